//! Submissions beside floods of anonymous requests, on a board with a million members.
//!
//! Four clients submit and one signs in, alone and beside clients who never pause. These read past
//! seasons, unknown players, rows, search results and pictures, rename guests, subscribe to pages, or
//! never end their headers: from one address, or each from an address of its own. Quotas bound one
//! address, and nothing but the machine bounds many addresses. The clients of a flood run on a thread
//! of their own, so that they delay the clients who submit only by the machine's cores.
//!
//! ```text
//! LEADERPORT_BENCH_CONTENTION_MEMBERS  1000000
//! LEADERPORT_BENCH_CONTENTION_CLIENTS  64
//! LEADERPORT_BENCH_CONTENTION_ROUNDS   3
//! LEADERPORT_BENCH_CONTENTION_SECONDS  5           seconds per case and round
//! LEADERPORT_BENCH_DIR                 target/tmp  a directory on the disk to measure
//! LEADERPORT_BENCH_SERVER                          another build of the server to measure
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod filling;
#[path = "contention/floods.rs"]
mod floods;
mod load;
mod measure;
#[expect(dead_code, reason = "the process id is not used")]
mod serving;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use self::filling::fill;
use self::floods::{Flood, Size};
use self::load::{Disk, Load, closed_loop, column};
use self::measure::{Table, figure, header, player, progress, ratio, score, setting};
use self::serving::{Client, Server};

const BOARD: &str = "/api/v1/boards/bench";

/// The clients who submit.
const SUBMITTERS: u64 = 4;

/// The pause before each sign-in. A password's hash takes a core for some milliseconds.
const BETWEEN_SIGN_INS: Duration = Duration::from_millis(250);

// A single thread, as in the other load generators, leaves the cores to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let members: u32 = setting("LEADERPORT_BENCH_CONTENTION_MEMBERS", 1_000_000);
    let clients: u64 = setting("LEADERPORT_BENCH_CONTENTION_CLIENTS", 64);
    let rounds = setting("LEADERPORT_BENCH_CONTENTION_ROUNDS", 3);
    let span = Duration::from_secs(setting("LEADERPORT_BENCH_CONTENTION_SECONDS", 5));
    let disk = Disk::new();
    header(
        "Submissions beside floods of anonymous requests",
        &[
            disk.about(),
            format!("{members} members on one board of two periods"),
            format!(
                "{SUBMITTERS} clients submit, one signs in again and again, {clients} make a flood"
            ),
            format!(
                "{rounds} rounds after a warm-up; the cases take turns of {} s",
                span.as_secs()
            ),
            "the clients share this machine's cores with the server".to_owned(),
        ],
    );
    let server = Server::start(
        &disk.path().join("data"),
        &["--trust-forwarded", "--limit-reads", "6000/m"],
    );
    let client = Arc::new(Client::of(&server));
    let ranked = fill(
        &client,
        BOARD,
        &["all_time", "daily"],
        members,
        "filling the board",
    )
    .await;
    assert_eq!(ranked, u64::from(members), "every member is ranked");
    let account = json!({ "handle": "ann", "password": "correct horse", "role": "player" });
    client.send("POST", "/api/v1/accounts", &account).await;

    let floods = Flood::all().map(Some);
    let mut cases: Vec<Case> = std::iter::once(None).chain(floods).map(Case::new).collect();
    let bar = progress("rounds", rounds);
    for round in 0..=rounds {
        for case in &mut cases {
            let size = Size {
                members,
                clients,
                span,
                round,
            };
            let flooding = case.flood.map(|flood| {
                let client = Client::of(&server);
                thread::spawn(move || flood.run(client, size))
            });
            let client = client.clone();
            let client_of_signer = client.clone();
            let submit = move |draw| {
                let client = client.clone();
                async move {
                    let member = u32::try_from(draw % u64::from(members)).expect("a member");
                    let one = json!({ "player": player(member), "value": score(draw) });
                    let path = format!("{BOARD}/submissions");
                    client.send("POST", &path, &one).await;
                }
            };
            let signing_in = sign_ins(&client_of_signer, span);
            let submitting = closed_loop(SUBMITTERS, span, round, submit);
            let (load, sign_ins) = tokio::join!(submitting, signing_in);
            let flood = flooding.map(|flood| flood.join().expect("a flood does not fail"));
            // The first round is the warm-up.
            if round > 0 {
                case.loads.push(load);
                case.sign_ins.extend(sign_ins);
                case.answers.extend(flood.map(|flood| flood.rate));
            }
        }
        bar.set_position(round);
    }
    bar.finish_and_clear();
    print_cases(&cases);
}

fn print_cases(cases: &[Case]) {
    let mut table = Table::new([
        "beside",
        "submissions/s",
        "p50 ms",
        "p99 ms",
        "of alone",
        "flood/s",
        "sign-in ms",
    ]);
    let rate = |case: &Case| column(&case.loads, |load| load.rate);
    let alone = rate(&cases[0]);
    for case in cases {
        let rates = rate(case);
        table.row([
            case.flood.map_or_else(|| "nothing".to_owned(), Flood::name),
            figure(&rates),
            figure(&column(&case.loads, |load| load.p50)),
            figure(&column(&case.loads, |load| load.p99)),
            ratio(&rates, &alone),
            if case.answers.is_empty() {
                String::new()
            } else {
                figure(&case.answers)
            },
            figure(&case.sign_ins),
        ]);
    }
    table.print();
}

/// The figures of a case.
struct Case {
    flood: Option<Flood>,
    loads: Vec<Load>,
    /// Answers to the flood a second, refusals included.
    answers: Vec<f64>,
    /// Durations in milliseconds.
    sign_ins: Vec<f64>,
}

impl Case {
    fn new(flood: Option<Flood>) -> Self {
        Self {
            flood,
            loads: Vec::new(),
            answers: Vec::new(),
            sign_ins: Vec::new(),
        }
    }
}

/// Signs in for `span`, with pauses. Returns the durations in milliseconds.
async fn sign_ins(client: &Client, span: Duration) -> Vec<f64> {
    let until = Instant::now() + span;
    let mut durations = Vec::new();
    while Instant::now() + BETWEEN_SIGN_INS < until {
        tokio::time::sleep(BETWEEN_SIGN_INS).await;
        let began = Instant::now();
        let form = "handle=ann&password=correct+horse";
        let status = client
            .form("/_fn/sign-in", form, "10.2.0.1", "")
            .await
            .status;
        assert!(status < 400, "a sign-in was answered with {status}");
        durations.push(began.elapsed().as_secs_f64() * 1e3);
    }
    durations
}
