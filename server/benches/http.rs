//! The server over HTTP: pages, standings and submissions of a board with a million members, over
//! keep-alive connections. Submissions are those of the operator, who has no quota, of a game server
//! with an API key, and of guests.
//!
//! The benchmark starts the release binary over its own data directory on a real disk, and fills it
//! over the API. It then times the calls in turns. The clients run on the same machine and use a
//! part of it, so a server with its own machine answers more. `GET /boards` ranks nothing and
//! answers a few hundred bytes, so it shows the cost of HTTP and the clients.
//!
//! ```text
//! LEADERPORT_BENCH_HTTP_MEMBERS      1000000
//! LEADERPORT_BENCH_HTTP_CONNECTIONS  32
//! LEADERPORT_BENCH_HTTP_ROUNDS       3
//! LEADERPORT_BENCH_HTTP_SECONDS      5           seconds per call and round
//! LEADERPORT_BENCH_DIR               target/tmp  a directory on the disk to measure
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod callers;
mod filling;
mod load;
mod measure;
#[expect(
    dead_code,
    reason = "no client here reads without a token, and the process id is not used"
)]
mod serving;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use self::callers::{Callers, HIGH_QUOTAS};
use self::filling::fill;
use self::load::{Disk, Load, closed_loop, column};
use self::measure::{Table, figure, header, player, progress, ratio, score, setting};
use self::serving::{Client, Server};

const BOARDS: &str = "/api/v1/boards";
const BOARD: &str = "/api/v1/boards/bench";

/// Rows per page.
const PAGE: u64 = 50;

// A single thread, as in the other load generators, leaves the cores to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let members: u32 = setting("LEADERPORT_BENCH_HTTP_MEMBERS", 1_000_000);
    let connections: u64 = setting("LEADERPORT_BENCH_HTTP_CONNECTIONS", 32);
    let rounds = setting("LEADERPORT_BENCH_HTTP_ROUNDS", 3);
    let span = Duration::from_secs(setting("LEADERPORT_BENCH_HTTP_SECONDS", 5));
    assert!(
        u64::from(members) > PAGE,
        "a board of one page measures nothing"
    );
    let disk = Disk::new();
    header(
        "The server over HTTP",
        &[
            disk.about(),
            format!("{members} members on one board; pages and players are chosen at random"),
            format!("{connections} keep-alive connections, each with one request at a time"),
            format!(
                "{rounds} rounds after a warm-up; the calls take turns of {} s",
                span.as_secs()
            ),
            "the clients share this machine's cores with the server".to_owned(),
        ],
    );
    let server = Server::start(&disk.path().join("data"), &HIGH_QUOTAS);
    let client = Client::of(&server);
    let ranked = fill(&client, BOARD, &["all_time"], members, "filling the board").await;
    assert_eq!(ranked, u64::from(members), "every member is ranked");
    let callers = Callers::make(&client, "bench").await;
    let api = Arc::new(Api {
        client,
        callers,
        members,
    });

    let mut loads = Call::ALL.map(|_| Vec::<Load>::new());
    let bar = progress("rounds", rounds);
    for round in 0..=rounds {
        for (call, loads) in Call::ALL.into_iter().zip(&mut loads) {
            let api = api.clone();
            let ask = move |draw| {
                let api = api.clone();
                async move { api.call(call, draw).await }
            };
            let load = closed_loop(connections, span, round, ask).await;
            // The first round is the warm-up.
            if round > 0 {
                loads.push(load);
            }
        }
        bar.set_position(round);
    }
    bar.finish_and_clear();
    print_loads(&loads);
}

fn print_loads(loads: &[Vec<Load>; 6]) {
    let mut table = Table::new(["call", "requests/s", "p50 ms", "p99 ms", "of GET /boards"]);
    let rates = loads
        .each_ref()
        .map(|loads| column(loads, |load| load.rate));
    for ((call, loads), rate) in Call::ALL.into_iter().zip(loads).zip(&rates) {
        table.row([
            call.name().to_owned(),
            figure(rate),
            figure(&column(loads, |load| load.p50)),
            figure(&column(loads, |load| load.p99)),
            ratio(rate, &rates[0]),
        ]);
    }
    table.print();
}

/// The calls that are timed.
#[derive(Debug, Clone, Copy)]
enum Call {
    Boards,
    Page,
    Standing,
    Submit,
    SubmitWithKey,
    SubmitAsGuest,
}

impl Call {
    /// The first call is the baseline for the others.
    const ALL: [Self; 6] = [
        Self::Boards,
        Self::Page,
        Self::Standing,
        Self::Submit,
        Self::SubmitWithKey,
        Self::SubmitAsGuest,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Boards => "GET /boards",
            Self::Page => "GET standings?offset&limit=50",
            Self::Standing => "GET standings/{player}?period=all_time",
            Self::Submit => "POST submissions, durable",
            Self::SubmitWithKey => "POST submissions, with an API key",
            Self::SubmitAsGuest => "a score of the page's form, as guests",
        }
    }
}

/// The callers of one board.
struct Api {
    client: Client,
    callers: Callers,
    members: u32,
}

impl Api {
    /// Makes a call. Its member and page derive from 64 random bits.
    async fn call(&self, call: Call, draw: u64) {
        let member = u32::try_from(draw % u64::from(self.members)).expect("less than members");
        let client = &self.client;
        let answer = match call {
            Call::Boards => client.get(BOARDS).await,
            Call::Page => {
                let offset = draw % (u64::from(self.members) - PAGE + 1);
                let path = format!("{BOARD}/standings?offset={offset}&limit={PAGE}");
                client.get(&path).await
            }
            Call::Standing => {
                let player = player(member);
                let path = format!("{BOARD}/standings/{player}?period=all_time");
                client.get(&path).await
            }
            Call::Submit => {
                let one = submission(member, score(draw));
                client
                    .send("POST", &format!("{BOARD}/submissions"), &one)
                    .await
            }
            Call::SubmitWithKey => {
                let one = submission(member, score(draw));
                self.callers.submit_with_key(client, &one).await
            }
            Call::SubmitAsGuest => self.callers.submit_as_guest(client, draw).await,
        };
        black_box(answer);
    }
}

fn submission(member: u32, value: i64) -> serde_json::Value {
    json!({ "player": player(member), "value": value })
}
