//! The server over HTTP: pages, standings and submissions of a board with a
//! million members, asked by connections that stay open.
//!
//! It starts the release binary with a data folder of its own on a real disk,
//! fills it over the API, and asks it the calls in turns. The clients run on
//! the same machine and take their share of it: a server that has the machine
//! to itself answers more. `GET /boards` ranks nothing and answers a few
//! hundred bytes; what it takes is HTTP and the clients.
//!
//! ```text
//! LEADERPORT_BENCH_HTTP_MEMBERS      1000000
//! LEADERPORT_BENCH_HTTP_CONNECTIONS  32
//! LEADERPORT_BENCH_HTTP_ROUNDS       3
//! LEADERPORT_BENCH_HTTP_SECONDS      5           how long a call is asked in a round
//! LEADERPORT_BENCH_DIR               target/tmp  a folder on the disk to measure
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod load;
mod measure;

use std::hint::black_box;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::json;

use self::load::{Disk, Load, closed_loop, column};
use self::measure::{Table, figure, header, player, progress, ratio, score, setting};

const TOKEN: &str = "token-of-the-benchmark";

/// The most submissions of one request.
const BATCH: usize = 1000;

/// How many rows a page has.
const PAGE: u64 = 50;

#[tokio::main]
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
            format!("{members} members on one board; pages and players are asked at random"),
            format!("{connections} connections that stay open, each with one request at a time"),
            format!(
                "{rounds} rounds after a warm-up, the calls in turns, {} s each",
                span.as_secs()
            ),
            "the clients share this machine's cores with the server".to_owned(),
        ],
    );
    let server = Server::start(disk.path());
    let api = Arc::new(Api::new(&server.address, members, connections));
    api.define().await;
    api.fill().await;

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

fn print_loads(loads: &[Vec<Load>; 4]) {
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

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Call {
    Boards,
    Page,
    Standing,
    Submit,
}

impl Call {
    /// The first is what the others are compared with.
    const ALL: [Self; 4] = [Self::Boards, Self::Page, Self::Standing, Self::Submit];

    const fn name(self) -> &'static str {
        match self {
            Self::Boards => "GET /boards",
            Self::Page => "GET standings?offset&limit=50",
            Self::Standing => "GET standings/{player}?period=all_time",
            Self::Submit => "POST submissions, durable",
        }
    }
}

/// The client of one board.
struct Api {
    client: Client,
    boards: String,
    board: String,
    members: u32,
}

impl Api {
    fn new(address: &str, members: u32, connections: u64) -> Self {
        let idle = usize::try_from(connections).expect("some connections");
        let client = Client::builder()
            .pool_max_idle_per_host(idle)
            .tcp_nodelay(true)
            .no_proxy();
        let boards = format!("{address}/api/v1/boards");
        Self {
            client: client.build().expect("a client can be made"),
            board: format!("{boards}/bench"),
            boards,
            members,
        }
    }

    async fn define(&self) {
        let draft = json!({
            "title": "Benchmark",
            "policy": "latest",
            "order": "descending",
            "tie": "earliest",
            "periods": ["all_time"],
        });
        answer(self.client.put(&self.board).bearer_auth(TOKEN).json(&draft)).await;
    }

    /// Gives every member a standing, and checks that they are ranked.
    async fn fill(&self) {
        let bar = progress("filling the board", self.members.into());
        for first in (0..self.members).step_by(BATCH) {
            let numbers = (first..self.members).take(BATCH);
            let submissions: Vec<_> = numbers.map(|n| submission(n, score(n.into()))).collect();
            let url = format!("{}/submissions/batch", self.board);
            let body = json!({ "submissions": submissions });
            answer(self.client.post(url).bearer_auth(TOKEN).json(&body)).await;
            bar.inc(submissions.len() as u64);
        }
        bar.finish_and_clear();
        let url = format!("{}/standings?limit=1", self.board);
        let page: serde_json::Value =
            serde_json::from_slice(answer(self.client.get(url)).await.as_ref())
                .expect("a page is JSON");
        assert_eq!(page["total"], self.members, "every member is ranked");
    }

    /// Asks; what and of whom is taken from 64 random bits.
    async fn call(&self, call: Call, draw: u64) {
        let member = u32::try_from(draw % u64::from(self.members)).expect("less than members");
        let board = &self.board;
        let request = match call {
            Call::Boards => self.client.get(&self.boards),
            Call::Page => {
                let offset = draw % (u64::from(self.members) - PAGE + 1);
                self.client
                    .get(format!("{board}/standings?offset={offset}&limit={PAGE}"))
            }
            Call::Standing => {
                let player = player(member);
                self.client
                    .get(format!("{board}/standings/{player}?period=all_time"))
            }
            Call::Submit => {
                let request = self.client.post(format!("{board}/submissions"));
                request
                    .bearer_auth(TOKEN)
                    .json(&submission(member, score(draw)))
            }
        };
        black_box(answer(request).await);
    }
}

fn submission(member: u32, value: i64) -> serde_json::Value {
    json!({ "player": player(member), "value": value })
}

/// The answer's body, read to its end.
///
/// # Panics
/// When it is an error.
async fn answer(request: RequestBuilder) -> impl AsRef<[u8]> {
    let response = request.send().await.expect("the server answers");
    let (status, url) = (response.status(), response.url().clone());
    let body = response
        .bytes()
        .await
        .expect("the server answers to the end");
    assert!(
        status.is_success(),
        "{url} answered {status}: {}",
        String::from_utf8_lossy(&body)
    );
    body
}

/// The release binary on a free port. It ends when this is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_leaderport"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--api-token",
                TOKEN,
                "--data",
            ])
            .arg(data.join("data"))
            .env("LEADERPORT_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server's binary can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = lines
                .read_line(&mut line)
                .expect("the server's output is text");
            assert!(read > 0, "the server ended before it said where it listens");
            if let Some(address) = address(&line) {
                break address;
            }
        };
        // A full pipe would stop the server: what else it says is read and dropped.
        thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails only when the server has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address that a line of output names.
fn address(line: &str) -> Option<String> {
    const HOST: &str = "http://127.0.0.1:";
    let (_, rest) = line.split_once(HOST)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("{HOST}{port}"))
}
