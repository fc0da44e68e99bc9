//! Two nodes over PostgreSQL and Redis: durable submissions, reads, the delay from one node's
//! acknowledgement to another node's watcher, and a rebuild.
//!
//! The figures are compared with the services alone. For writes, the same PostgreSQL takes one
//! upsert per request. For reads, `redis-benchmark` asks the same Redis without pipelining. It runs
//! a plain command for the same rows, and the node's own script, which also returns total and
//! position. Everything runs on this machine and shares its cores.
//!
//! `.ci/with-services` sets the addresses of the two services (`make bench` runs it), and lets
//! PostgreSQL flush its commits. `make valkey` measures the same over Valkey.
//!
//! ```text
//! LEADERPORT_BENCH_NODES_MEMBERS  1000000
//! LEADERPORT_BENCH_NODES_ROUNDS   3
//! LEADERPORT_BENCH_NODES_SECONDS  4        seconds per case and round
//! LEADERPORT_BENCH_NODES_SAMPLES  1000     timed deliveries
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod load;
mod measure;
#[expect(
    dead_code,
    reason = "no client here is anonymous, and the process id is not used"
)]
mod serving;

use std::collections::HashMap;
use std::ffi::OsString;
use std::hint::black_box;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use leaderport::Page;
use leaderport::protocol::{Change, Event, State};
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use tokio::sync::watch;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use self::load::{Disk, Load, closed_loop, column};
use self::measure::{Table, figure, header, number, player, progress, ratio, score, setting};
use self::serving::{Client, Server};

/// The largest batch of one request.
const BATCH: usize = 1000;
/// Rows per page.
const PAGE: u64 = 50;
/// Concurrent callers of reads.
const READERS: u64 = 64;
/// Connections for single upserts. More of them would only wait for each other.
const UPSERT_CONNECTIONS: u32 = 32;
/// The scripts that a node reads with.
const SLICE: &str = concat!(
    include_str!("../src/broker/redis/lua/season.lua"),
    include_str!("../src/broker/redis/lua/slice.lua")
);
const PLACE: &str = concat!(
    include_str!("../src/broker/redis/lua/season.lua"),
    include_str!("../src/broker/redis/lua/places.lua")
);
/// Submissions per second while deliveries are timed.
const DELIVERIES_A_SECOND: u64 = 40;

// A single thread, as in the other load generators, leaves the cores to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let members: u32 = setting("LEADERPORT_BENCH_NODES_MEMBERS", 1_000_000);
    let rounds = setting("LEADERPORT_BENCH_NODES_ROUNDS", 3);
    let span = Duration::from_secs(setting("LEADERPORT_BENCH_NODES_SECONDS", 4));
    let samples = setting("LEADERPORT_BENCH_NODES_SAMPLES", 1000);
    let (Ok(postgres), Ok(redis)) = (
        std::env::var("LEADERPORT_TEST_POSTGRES"),
        std::env::var("LEADERPORT_TEST_REDIS"),
    ) else {
        println!("\nNodes are not measured: there is no PostgreSQL and no Redis. Run it as");
        println!("  .ci/with-services cargo bench -p server --bench nodes");
        return;
    };
    let db = PgPoolOptions::new()
        .max_connections(UPSERT_CONNECTIONS)
        .connect(&postgres)
        .await
        .expect("PostgreSQL answers");
    let disk = Disk::new();
    header(
        "Nodes over PostgreSQL and Redis",
        &[
            disk.about(),
            format!("PostgreSQL {}", server_setting(&db, "server_version").await),
            redis_version(&redis),
            format!(
                "fsync {}, synchronous_commit {}",
                server_setting(&db, "fsync").await,
                server_setting(&db, "synchronous_commit").await
            ),
            format!("{members} members on one board; pages and players are chosen at random"),
            format!(
                "{rounds} rounds after a warm-up; the cases take turns of {} s",
                span.as_secs()
            ),
            "two nodes, both services and the clients share this machine".to_owned(),
        ],
    );
    let flags = ["--database", &postgres, "--broker", &redis];
    let node = |name: &str| Server::start(&disk.path().join(name), &flags);
    let (a, b) = (node("a"), node("b"));
    let bench = Bench {
        node: Arc::new(Client::of(&a)),
        db,
        redis,
        members,
        rounds,
        span,
    };
    bench.fill().await;
    bench.submissions().await;
    bench.reads().await;
    bench.deliveries(&b, samples).await;
    bench.rebuild().await;
    // No server listens on port 1, so this node's broker is down.
    let flags = ["--database", &postgres, "--broker", "redis://127.0.0.1:1"];
    let degraded = Server::start(&disk.path().join("c"), &flags);
    bench.degraded(&Client::of(&degraded)).await;
}

async fn server_setting(db: &PgPool, setting: &str) -> String {
    let shown = sqlx::query_scalar(AssertSqlSafe(format!("SHOW {setting}")));
    shown.fetch_one(db).await.expect("PostgreSQL answers")
}

struct Bench {
    node: Arc<Client>,
    db: PgPool,
    redis: String,
    members: u32,
    rounds: u64,
    span: Duration,
}

impl Bench {
    /// Gives every member a standing, and a row in a table of plain scores.
    async fn fill(&self) {
        for board in ["bench", "live"] {
            let draft = json!({
                "title": "Benchmark", "policy": "latest", "order": "descending",
                "tie": "earliest", "periods": ["all_time"],
            });
            let path = format!("/api/v1/boards/{board}");
            self.node.send("PUT", &path, &draft).await;
        }
        let table = "DROP TABLE IF EXISTS plain;
            CREATE TABLE plain (player text PRIMARY KEY, score bigint NOT NULL)";
        self.db.execute(table).await.expect("the table is created");
        let bar = progress("filling the board", self.members.into());
        for first in (0..self.members).step_by(BATCH) {
            let numbers = (first..self.members).take(BATCH);
            let (players, scores): (Vec<String>, Vec<i64>) =
                numbers.map(|n| (player(n), score(n.into()))).unzip();
            let submissions = players.iter().zip(&scores);
            let submissions = submissions.map(|(p, s)| json!({ "player": p, "value": s }));
            let body = json!({ "submissions": submissions.collect::<Vec<_>>() });
            let path = "/api/v1/boards/bench/submissions/batch";
            self.node.send("POST", path, &body).await;
            let plain = "INSERT INTO plain SELECT * FROM unnest($1::text[], $2::bigint[])";
            let plain = sqlx::query(plain).bind(&players).bind(&scores);
            plain.execute(&self.db).await.expect("rows are inserted");
            bar.inc(players.len() as u64);
        }
        bar.finish_and_clear();
        let page = self
            .node
            .get("/api/v1/boards/bench/standings?limit=1")
            .await;
        let page: Value = serde_json::from_slice(&page).expect("a page is JSON");
        assert_eq!(page["total"], self.members, "every member is ranked");
    }

    async fn submissions(&self) {
        let mut table = Table::new([
            "durable submissions",
            "node: per second",
            "p50 ms",
            "p99 ms",
            "one upsert per request: per second",
            "p99 ms",
            "node / upserts",
        ]);
        for callers in [1, 16, 256] {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            let bar = progress(&format!("{callers} callers"), self.rounds);
            for round in 0..=self.rounds {
                let mine = self.submit(callers, round).await;
                let plain = self.upsert(callers, round).await;
                // The first round is the warm-up.
                if round > 0 {
                    ours.push(mine);
                    theirs.push(plain);
                }
                bar.set_position(round);
            }
            bar.finish_and_clear();
            let [mine, plain] = [&ours, &theirs].map(|loads| column(loads, |load| load.rate));
            table.row([
                format!("{callers} clients"),
                figure(&mine),
                figure(&column(&ours, |load| load.p50)),
                figure(&column(&ours, |load| load.p99)),
                figure(&plain),
                figure(&column(&theirs, |load| load.p99)),
                ratio(&mine, &plain),
            ]);
        }
        table.print();
    }

    async fn submit(&self, callers: u64, round: u64) -> Load {
        let (node, members) = (self.node.clone(), u64::from(self.members));
        closed_loop(callers, self.span, round, move |draw| {
            let node = node.clone();
            async move {
                let member = player(u32::try_from(draw % members).expect("less than members"));
                let one = json!({ "player": member, "value": score(draw) });
                let path = "/api/v1/boards/bench/submissions";
                black_box(node.send("POST", path, &one).await);
            }
        })
        .await
    }

    async fn upsert(&self, callers: u64, round: u64) -> Load {
        const UPSERT: &str = "INSERT INTO plain VALUES ($1, $2)
            ON CONFLICT (player) DO UPDATE SET score = excluded.score";
        let (db, members) = (self.db.clone(), u64::from(self.members));
        closed_loop(callers, self.span, round, move |draw| {
            let db = db.clone();
            async move {
                let member = player(u32::try_from(draw % members).expect("less than members"));
                let one = sqlx::query(UPSERT).bind(member).bind(score(draw));
                one.execute(&db).await.expect("a row is written");
            }
        })
        .await
    }

    async fn reads(&self) {
        let key = "leaderport:{bench}:all:2:rank";
        let middle = u64::from(self.members / 2);
        let (first, last) = (middle.to_string(), (middle + PAGE - 1).to_string());
        let member = redis_cli(&self.redis, &["ZREVRANGE", key, &first, &first]);
        let page = ["ZREVRANGE", key, &first, &last, "WITHSCORES"].map(OsString::from);
        let rank = ["ZREVRANK".into(), key.into(), member];
        let (slice, place) = (script(&self.redis, SLICE), script(&self.redis, PLACE));
        let slice = [slice, vec![first.into(), PAGE.to_string().into()]].concat();
        let place = [place, vec![player(0).into()]].concat();
        let reads: [(&str, Read, [&[OsString]; 2]); 3] = [
            ("a page at random", Read::Page, [&page, &slice]),
            ("the first page", Read::First, [&page, &slice]),
            ("rank of a player", Read::Rank, [&rank, &place]),
        ];
        let mut table = Table::new([
            "reads by 64 clients",
            "node: per second",
            "p50 ms",
            "p99 ms",
            "Redis, plain: per second",
            "node / plain",
            "Redis, script: per second",
            "node / script",
        ]);
        for (name, read, commands) in reads {
            let (mut ours, mut theirs) = (Vec::new(), [Vec::new(), Vec::new()]);
            let bar = progress(name, self.rounds);
            for round in 0..=self.rounds {
                let mine = self.read(read, round).await;
                let raw = commands.map(|command| redis_benchmark(&self.redis, self.span, command));
                if round > 0 {
                    ours.push(mine);
                    theirs[0].push(raw[0]);
                    theirs[1].push(raw[1]);
                }
                bar.set_position(round);
            }
            bar.finish_and_clear();
            let mine = column(&ours, |load| load.rate);
            table.row([
                name.to_owned(),
                figure(&mine),
                figure(&column(&ours, |load| load.p50)),
                figure(&column(&ours, |load| load.p99)),
                figure(&theirs[0]),
                ratio(&mine, &theirs[0]),
                figure(&theirs[1]),
                ratio(&mine, &theirs[1]),
            ]);
        }
        table.print();
        println!(
            "redis-benchmark always reads the same page or rank, in the middle of the board\n"
        );
    }

    async fn read(&self, read: Read, round: u64) -> Load {
        let (node, members) = (self.node.clone(), self.members);
        closed_loop(READERS, self.span, round, move |draw| {
            let node = node.clone();
            async move {
                let board = "/api/v1/boards/bench/standings";
                let path = match read {
                    Read::First => format!("{board}?limit={PAGE}"),
                    Read::Page => {
                        let pages = u64::from(members) / PAGE;
                        format!("{board}?limit={PAGE}&offset={}", draw % pages * PAGE)
                    }
                    Read::Rank => {
                        let member = u32::try_from(draw % u64::from(members));
                        let member = player(member.expect("less than members"));
                        format!("{board}/{member}?period=all_time")
                    }
                };
                black_box(node.get(&path).await);
            }
        })
        .await
    }

    /// Times deliveries, from the acknowledgement of this node to the frame of the other.
    async fn deliveries(&self, other: &Server, samples: u64) {
        let (show, shown) = watch::channel(HashMap::new());
        let watching = tokio::spawn(watch_page(other.address.clone(), show));
        let bar = progress("deliveries", samples);
        let mut ticks =
            tokio::time::interval(Duration::from_micros(1_000_000 / DELIVERIES_A_SECOND));
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..samples {
            // A rate of its own, so that samples cover every moment of a tick.
            ticks.tick().await;
            let (node, mut shown, bar) = (self.node.clone(), shown.clone(), bar.clone());
            tasks.spawn(async move {
                let (player, value) = (player(u32::try_from(n % PAGE).expect("small")), n + 1);
                let one = json!({ "player": player, "value": value });
                let path = "/api/v1/boards/live/submissions";
                node.send("POST", path, &one).await;
                let acknowledged = Instant::now();
                let is_there = |rows: &HashMap<String, u64>| {
                    rows.get(&player).is_some_and(|shown| *shown >= value)
                };
                let delivered = shown.wait_for(is_there).await;
                drop(delivered.expect("the other node's socket stays open"));
                bar.inc(1);
                acknowledged.elapsed().as_secs_f64() * 1e3
            });
        }
        let mut took = tasks.join_all().await;
        bar.finish_and_clear();
        watching.abort();
        took.sort_unstable_by(f64::total_cmp);
        let within = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
        println!(
            "from the acknowledgement at one node to the frame at another: p50 {} ms, p99 {} ms, \
             at most {} ms (of {samples}, {DELIVERIES_A_SECOND} a second on one page)\n",
            number(within(50)),
            number(within(99)),
            number(within(100)),
        );
    }

    async fn rebuild(&self) {
        let mut took = Vec::new();
        let bar = progress("rebuilding", self.rounds);
        for _ in 0..self.rounds {
            let began = Instant::now();
            let season = json!({ "board": "bench", "season": "all" });
            let rebuilt = self.node.send("POST", "/api/v1/engine/rebuild", &season);
            let rebuilt: Value = serde_json::from_slice(&rebuilt.await).expect("JSON");
            assert_eq!(rebuilt["standings"], self.members);
            took.push(began.elapsed().as_secs_f64());
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!(
            "a rebuild of {} standings while the season stays live: {} s\n",
            self.members,
            figure(&took)
        );
    }

    /// Times reads of a node whose Redis is down.
    async fn degraded(&self, node: &Client) {
        let board = "/api/v1/boards/bench/standings";
        let (mut pages, mut ranks) = (Vec::new(), Vec::new());
        let bar = progress("degraded reads", self.rounds);
        for round in 0..self.rounds {
            let draw = measure::spread(round);
            let place = draw % u64::from(self.members);
            let player = player(u32::try_from(place).expect("less than members"));
            pages.push(timed(node, &format!("{board}?limit={PAGE}&offset={place}")).await);
            ranks.push(timed(node, &format!("{board}/{player}?period=all_time")).await);
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!(
            "without Redis, from SQL, one at a time: a page at random {} ms, a rank {} ms\n",
            figure(&pages),
            figure(&ranks)
        );
    }
}

/// The latency of a degraded read in milliseconds.
async fn timed(node: &Client, path: &str) -> f64 {
    let began = Instant::now();
    let answer: Value = serde_json::from_slice(&node.get(path).await).expect("JSON");
    assert_eq!(answer["degraded"], true, "the page is read from the ledger");
    began.elapsed().as_secs_f64() * 1e3
}

/// The kinds of reads.
#[derive(Debug, Clone, Copy)]
enum Read {
    Page,
    First,
    Rank,
}

/// Follows the first page of the live board over a socket, and publishes its scores.
async fn watch_page(address: String, show: watch::Sender<HashMap<String, u64>>) {
    let (mut socket, _) = connect_async(format!("ws://{address}/ws"))
        .await
        .expect("the other node accepts sockets");
    let subscribe = json!({ "subscribe": { "id": 1, "channel": "page:live:all_time:1" } });
    let sent = socket.send(Message::text(subscribe.to_string())).await;
    sent.expect("the socket is open");
    let mut page: Option<Page> = None;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let event: Event = serde_json::from_str(&text).expect("an event");
        let newest = match event {
            Event::Subscribed { .. } => continue,
            Event::State {
                state: State::Page(page),
                ..
            } => page,
            Event::Change {
                change: Change::Page(delta),
                ..
            } => {
                let page = page.as_ref().expect("the state comes first");
                page.apply(&delta).expect("the delta fits")
            }
            other => panic!("unexpected {other:?}"),
        };
        let rows = newest.rows.iter();
        let score = |s: leaderport::Score| u64::try_from(s.get()).expect("above 0");
        show.send_replace(
            rows.map(|r| (r.player.to_string(), score(r.score)))
                .collect(),
        );
        page = Some(newest);
    }
}

/// A command-line tool of Redis, or the same one of Valkey if Redis is not installed.
fn redis_tool(name: &str) -> Command {
    let is_there = |program: &String| Command::new(program).arg("--version").output().is_ok();
    let programs = ["redis", "valkey"].map(|server| format!("{server}-{name}"));
    let program = programs.into_iter().find(is_there);
    Command::new(program.unwrap_or_else(|| panic!("redis-{name} is installed")))
}

/// The name and version of the Redis or Valkey.
fn redis_version(url: &str) -> String {
    let facts = redis_cli(url, &["INFO", "server"]);
    let facts = facts.to_string_lossy();
    let fact = |name: &str| facts.lines().find_map(|line| line.strip_prefix(name));
    match (fact("valkey_version:"), fact("redis_version:")) {
        (Some(version), _) => format!("Valkey {version}"),
        (None, version) => format!("Redis {}", version.unwrap_or("of an unknown version")),
    }
}

/// The answer of `redis-cli` as bytes, because a member need not be text.
fn redis_cli(url: &str, command: &[&str]) -> OsString {
    let ran = redis_tool("cli").args(["-u", url]).args(command).output();
    let mut said = ran.expect("redis-cli is installed").stdout;
    assert_eq!(said.pop(), Some(b'\n'), "a line");
    OsString::from_vec(said)
}

/// The command that runs a script on the board, without the script's arguments.
fn script(url: &str, text: &str) -> Vec<OsString> {
    let of_season = |part: &str| format!("leaderport:{{bench}}:all:2:{part}");
    let keys = [
        of_season("meta"),
        "leaderport:{bench}:names".to_owned(),
        of_season("rank"),
        of_season("players"),
        of_season("scores"),
    ];
    let hash = redis_cli(url, &["SCRIPT", "LOAD", text]);
    ["EVALSHA".into(), hash, "5".into()]
        .into_iter()
        .chain(keys.map(OsString::from))
        .collect()
}

/// The requests per second of `redis-benchmark` without pipelining, measured for about `span`.
fn redis_benchmark(url: &str, span: Duration, command: &[OsString]) -> f64 {
    let run = |requests: u64| {
        let ran = redis_tool("benchmark")
            .args(["-u", url, "-c", &READERS.to_string(), "--csv"])
            .args(["-n", &requests.to_string()])
            .args(command)
            .output();
        let ran = ran.expect("redis-benchmark is installed");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        // The line has "the command","requests a second" and six more fields. It is read from the
        // end, because a command may contain anything.
        let fields: Vec<&str> = said.trim_end().trim_matches('"').split("\",\"").collect();
        let rate = fields.iter().rev().nth(6);
        let rate = rate.and_then(|rate| rate.parse().ok());
        rate.unwrap_or_else(|| panic!("redis-benchmark printed {said}"))
    };
    let rate: f64 = run(2000);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some thousand requests"
    )]
    let requests = (rate * span.as_secs_f64()).max(1000.0) as u64;
    run(requests)
}
