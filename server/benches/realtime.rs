//! The realtime layer: what watchers of a long board cost while it is written to.
//!
//! 1. Watchers on random pages of a board with a million members, at thousands of
//!    scores a second: bytes a watcher, beside sending the whole page on every tick and
//!    on every write; the time from an acknowledgement to the frame that shows it, with
//!    and without watchers who take nothing, in turns.
//! 2. The same bytes to many: processor time a delivery, beside a bare axum broadcast
//!    and one of Node's `ws`, which know no pages, no positions and no recovery.
//! 3. Resident memory an idle connection, beside the same two.
//!
//! Each contestant is a process of its own; the clients share the machine with it.
//!
//! ```text
//! LEADERPORT_BENCH_LIVE_MEMBERS   1000000
//! LEADERPORT_BENCH_LIVE_WATCHERS  1000
//! LEADERPORT_BENCH_LIVE_RATE      5000     scores a second
//! LEADERPORT_BENCH_LIVE_STEP      100      a score grows by up to this; about as many places
//! LEADERPORT_BENCH_LIVE_SECONDS   10       of a round
//! LEADERPORT_BENCH_LIVE_ROUNDS    3
//! LEADERPORT_BENCH_LIVE_IDLE      4000     idle connections
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[expect(dead_code, reason = "it needs the disk alone")]
mod load;
#[expect(dead_code, reason = "it draws its scores itself")]
mod measure;
#[path = "realtime/peers.rs"]
mod peers;
#[expect(dead_code, reason = "it reads nothing over HTTP")]
mod serving;
#[path = "realtime/watching.rs"]
mod watching;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use self::load::Disk;
use self::measure::{SEED, Table, figure, header, number, player, progress, ratio, setting};
use self::peers::{Peer, Usage};
use self::serving::{Client, Server};
use self::watching::{Seen, Stalled, Watchers};

const BOARD: &str = "/api/v1/boards/live";
/// The most submissions of one request.
const BATCH: u32 = 1000;
/// Submissions of a request while the board is watched.
const SMALL_BATCH: u64 = 50;
/// Watchers who take nothing.
const STALLED: usize = 200;
/// Ticks a second.
const TICKS: f64 = 10.0;

/// Sizes of everything.
struct Sizes {
    members: u32,
    watchers: usize,
    rate: u64,
    step: i64,
    span: Duration,
    rounds: u64,
    idle: usize,
}

// One thread, as the other load generators here have: the cores are for the server.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    if peers::is_peer() {
        return peers::serve().await;
    }
    let sizes = Sizes {
        members: setting("LEADERPORT_BENCH_LIVE_MEMBERS", 1_000_000),
        watchers: setting("LEADERPORT_BENCH_LIVE_WATCHERS", 1000),
        rate: setting("LEADERPORT_BENCH_LIVE_RATE", 5000),
        step: setting("LEADERPORT_BENCH_LIVE_STEP", 100),
        span: Duration::from_secs(setting("LEADERPORT_BENCH_LIVE_SECONDS", 10)),
        rounds: setting("LEADERPORT_BENCH_LIVE_ROUNDS", 3),
        idle: setting("LEADERPORT_BENCH_LIVE_IDLE", 4000),
    };
    let disk = Disk::new();
    header(
        "The realtime layer",
        &[
            disk.about(),
            format!(
                "{} watchers on random pages of {} members; {} scores a second, each up by at most {}",
                sizes.watchers, sizes.members, sizes.rate, sizes.step
            ),
            format!(
                "{} rounds of {} s, in turns",
                sizes.rounds,
                sizes.span.as_secs()
            ),
            "the clients share this machine's cores with the server".to_owned(),
        ],
    );
    let flags = ["--max-per-address", "100000", "--max-connections", "100000"];
    let server = Server::start(&disk.path().join("data"), &flags);
    let board = Arc::new(Board::fill(Client::of(&server), sizes.members).await);
    watched(&server, &board, &sizes).await;
    drop(board);
    drop(server);
    deliveries(&disk, &sizes).await;
    idle(&disk, &sizes).await;
}

/// The board, and everybody's score.
struct Board {
    client: Client,
    scores: Mutex<Vec<i64>>,
    /// When the newest score of a player was acknowledged.
    acknowledged: Mutex<HashMap<(String, i64), Instant>>,
}

impl Board {
    async fn fill(client: Client, members: u32) -> Self {
        let rules = json!({
            "title": "Live", "policy": "latest", "order": "descending", "tie": "earliest",
            "periods": ["all_time"],
        });
        client.send("PUT", BOARD, &rules).await;
        let mut rng = SmallRng::seed_from_u64(SEED);
        let scores: Vec<i64> = (0..members)
            .map(|_| rng.random_range(0..members.into()))
            .collect();
        let bar = progress("members", members.into());
        for first in (0..members).step_by(BATCH as usize) {
            let batch = (first..members.min(first + BATCH)).map(|n| one(n, scores[n as usize]));
            let batch: Vec<Value> = batch.collect();
            client
                .send("POST", &format!("{BOARD}/submissions/batch"), &json!(batch))
                .await;
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Self {
            client,
            scores: Mutex::new(scores),
            acknowledged: Mutex::default(),
        }
    }

    /// Submits at a rate until a time. Gives how many.
    async fn play(self: &Arc<Self>, sizes: &Sizes, round: u64, until: Instant) -> u64 {
        let mut rng = SmallRng::seed_from_u64(SEED ^ round);
        let mut ticks = tokio::time::interval(
            Duration::from_secs(1) * u32::try_from(SMALL_BATCH).expect("small")
                / u32::try_from(sizes.rate).expect("a rate"),
        );
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut sent = JoinSet::new();
        let mut count = 0;
        while Instant::now() < until {
            ticks.tick().await;
            let batch: Vec<(u32, i64)> = {
                let mut scores = self.scores.lock().expect("nobody panics here");
                let draws = (0..SMALL_BATCH).map(|_| {
                    let n = rng.random_range(0..sizes.members);
                    let score = &mut scores[n as usize];
                    *score += rng.random_range(1..=sizes.step);
                    (n, *score)
                });
                draws.collect()
            };
            count += SMALL_BATCH;
            let board = self.clone();
            sent.spawn(async move {
                let body: Vec<Value> = batch.iter().map(|(n, score)| one(*n, *score)).collect();
                let path = format!("{BOARD}/submissions/batch");
                board.client.send("POST", &path, &json!(body)).await;
                let now = Instant::now();
                let mut acknowledged = board.acknowledged.lock().expect("nobody panics here");
                for (n, score) in batch {
                    acknowledged.insert((player(n), score), now);
                }
            });
        }
        sent.join_all().await;
        count
    }
}

fn one(n: u32, score: i64) -> Value {
    json!({ "player": player(n), "value": score })
}

/// Watchers while the board is written to.
async fn watched(server: &Server, board: &Arc<Board>, sizes: &Sizes) {
    let pages = u64::from(sizes.members).div_ceil(50);
    let mut rng = SmallRng::seed_from_u64(SEED);
    let chosen: Vec<u64> = (0..sizes.watchers)
        .map(|_| rng.random_range(1..=pages))
        .collect();
    let watchers = Watchers::gather(&server.address, &chosen, board.clone()).await;
    let whole = watchers.page_bytes();
    let (mut plain, mut beside) = (Vec::<Figures>::new(), Vec::<Figures>::new());
    let bar = progress("rounds", sizes.rounds * 2);
    for round in 0..=sizes.rounds {
        for stalled in [false, true] {
            let stalled = if stalled {
                Some(Stalled::gather(&server.address, &chosen, STALLED).await)
            } else {
                None
            };
            watchers.forget();
            let until = Instant::now() + sizes.span;
            let written = board.play(sizes, round, until).await;
            let seen = watchers.seen();
            let figures = Figures::of(&seen, written, sizes);
            let is_beside = stalled.is_some();
            drop(stalled);
            // The first round is the warm-up.
            if round > 0 {
                if is_beside {
                    beside.push(figures);
                } else {
                    plain.push(figures);
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    let column = |figures: &[Figures], of: fn(&Figures) -> f64| -> Vec<f64> {
        figures.iter().map(of).collect()
    };
    let written = column(&plain, |f| f.written);
    let bytes = column(&plain, |f| f.bytes);
    let every_tick: Vec<f64> = plain.iter().map(|_| whole * TICKS).collect();
    let every_write: Vec<f64> = written.iter().map(|w| whole * w).collect();
    println!(
        "a page as JSON has {} bytes; {} scores a second were taken",
        number(whole),
        figure(&written)
    );
    let mut table = Table::new([
        "bytes a watcher a second",
        "",
        "of the page each tick",
        "of the page each write",
    ]);
    table.row([
        "changes, binary".to_owned(),
        figure(&bytes),
        ratio(&bytes, &every_tick),
        ratio(&bytes, &every_write),
    ]);
    table.print();
    let mut table = Table::new([
        "acknowledged to delivered",
        "p50 ms",
        "p99 ms",
        "p99 of the others'",
    ]);
    let (p99, beside_p99) = (column(&plain, |f| f.p99), column(&beside, |f| f.p99));
    table.row([
        "all take what they are sent".to_owned(),
        figure(&column(&plain, |f| f.p50)),
        figure(&p99),
        String::new(),
    ]);
    table.row([
        format!("beside {STALLED} who take nothing"),
        figure(&column(&beside, |f| f.p50)),
        figure(&beside_p99),
        ratio(&beside_p99, &p99),
    ]);
    table.print();
    println!(
        "{} changes were timed",
        plain.iter().chain(&beside).map(|f| f.timed).sum::<usize>()
    );
}

/// What a round came to.
struct Figures {
    written: f64,
    bytes: f64,
    p50: f64,
    p99: f64,
    timed: usize,
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "figures are fewer than 2^52")]
    fn of(seen: &Seen, written: u64, sizes: &Sizes) -> Self {
        let mut millis: Vec<f64> = seen
            .freshness
            .iter()
            .map(|d| d.as_secs_f64() * 1e3)
            .collect();
        millis.sort_unstable_by(f64::total_cmp);
        let within =
            |percent: usize| millis[(millis.len() * percent).div_ceil(100).saturating_sub(1)];
        let seconds = sizes.span.as_secs_f64();
        Self {
            written: written as f64 / seconds,
            bytes: seen.bytes as f64 / sizes.watchers as f64 / seconds,
            p50: within(50),
            p99: within(99),
            timed: millis.len(),
        }
    }
}

/// One page to everybody: processor time a delivery.
async fn deliveries(disk: &Disk, sizes: &Sizes) {
    let mut costs: [Vec<f64>; 3] = Default::default();
    let bar = progress("deliveries", sizes.rounds * 3);
    for round in 0..sizes.rounds {
        for (which, costs) in costs.iter_mut().enumerate() {
            let peer = Peer::start(which, &disk.path().join(format!("d{round}"))).await;
            let crowd = peer.gather(sizes.watchers).await;
            // The first second is the warm-up.
            peer.broadcast(Duration::from_secs(1)).await;
            crowd.forget();
            let before = Usage::of(peer.id());
            peer.broadcast(sizes.span).await;
            let used = Usage::of(peer.id()).since(before);
            costs.push(used.as_secs_f64() * 1e6 / crowd.frames());
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    print_peers("processor time a delivery, us", &costs);
}

/// Connections that hear of nothing: resident memory each.
async fn idle(disk: &Disk, sizes: &Sizes) {
    let mut costs: [Vec<f64>; 3] = Default::default();
    let bar = progress("idle connections", sizes.rounds * 3);
    for round in 0..sizes.rounds {
        for (which, costs) in costs.iter_mut().enumerate() {
            let peer = Peer::start(which, &disk.path().join(format!("i{round}"))).await;
            // What the first connections bring about is not theirs alone.
            let first = peer.gather(100).await;
            let before = peers::resident(peer.id());
            let crowd = peer.gather(sizes.idle).await;
            let grown = peers::resident(peer.id()) - before;
            costs.push(grown / f64::from(u32::try_from(sizes.idle).expect("fewer")) / 1024.0);
            drop((crowd, first));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    print_peers("resident memory an idle connection, KiB", &costs);
}

fn print_peers(title: &str, costs: &[Vec<f64>; 3]) {
    let mut table = Table::new([title, "", "ours, of it"]);
    for (name, cost) in Peer::NAMES.iter().zip(costs) {
        table.row([(*name).to_owned(), figure(cost), ratio(&costs[0], cost)]);
    }
    table.print();
}
