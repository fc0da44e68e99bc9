//! The realtime layer: the cost of watchers of a long board while it is written to.
//!
//! 1. Watchers of random pages of a board with a million members, at thousands of scores a second.
//!    The bytes per watcher are compared with sending the whole page on every tick and on every
//!    write. The delay from an acknowledgement to its frame is measured alone, with more watchers
//!    that read, and with as many that read nothing.
//! 2. The same bytes to many clients: processor time per delivery. It is compared with a bare axum
//!    broadcast and a Node `ws` broadcast, which have no pages, positions or recovery.
//! 3. Resident memory per idle connection, compared with the same two.
//!
//! Each contestant is its own process. The clients share the machine with it.
//!
//! ```text
//! LEADERPORT_BENCH_LIVE_MEMBERS   1000000
//! LEADERPORT_BENCH_LIVE_WATCHERS  1000
//! LEADERPORT_BENCH_LIVE_RATE      5000     scores per second
//! LEADERPORT_BENCH_LIVE_STEP      100      the largest growth of a score, about as many places
//! LEADERPORT_BENCH_LIVE_SECONDS   10       seconds per round
//! LEADERPORT_BENCH_LIVE_ROUNDS    3
//! LEADERPORT_BENCH_LIVE_IDLE      4000     idle connections
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[expect(dead_code, reason = "only the disk is used")]
mod load;
#[expect(dead_code, reason = "the scores are generated here")]
mod measure;
#[path = "realtime/peers.rs"]
mod peers;
#[expect(dead_code, reason = "no client here is anonymous")]
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
use self::watching::{Others, Seen, Watchers};

const BOARD: &str = "/api/v1/boards/live";
/// The largest batch of one request.
const BATCH: u32 = 1000;
/// Submissions per request while the board is watched.
const SMALL_BATCH: u64 = 50;
/// The number of additional watchers, of 48 pages each.
const STALLED: usize = 200;
/// The metric that counts connections whose client reads nothing.
const BLOCKED: &str = "leaderport_blocked";
/// The metric that counts changes skipped by slow connections for newer ones, since the start.
const SKIPPED: &str = "leaderport_frames_skipped_total";
/// Ticks per second.
const TICKS: f64 = 10.0;

/// The sizes of the benchmark.
struct Sizes {
    members: u32,
    watchers: usize,
    rate: u64,
    step: i64,
    span: Duration,
    rounds: u64,
    idle: usize,
}

// A single thread, as in the other load generators, leaves the cores to the server.
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
                "{} watchers on random pages of {} members; {} scores a second, each raised by at most {}",
                sizes.watchers, sizes.members, sizes.rate, sizes.step
            ),
            format!(
                "{} rounds; the cases take turns of {} s",
                sizes.rounds,
                sizes.span.as_secs()
            ),
            "the clients share this machine's cores with the server".to_owned(),
        ],
    );
    let flags = [
        "--max-per-address",
        "100000",
        "--max-connections",
        "100000",
        // A client that reads nothing stays connected until the round's end.
        "--slow-seconds",
        "600",
    ];
    let server = Server::start(&disk.path().join("data"), &flags);
    let board = Arc::new(Board::fill(Client::of(&server), sizes.members).await);
    measure_watchers(&server, &board, &sizes).await;
    drop(board);
    drop(server);
    measure_deliveries(&disk, &sizes).await;
    measure_idle(&disk, &sizes).await;
}

/// The board, and the score of every player.
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
            let batch =
                (first..members.min(first + BATCH)).map(|n| submission(n, scores[n as usize]));
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

    /// A value of the server's metrics.
    async fn metric(&self, name: &str) -> f64 {
        let metrics = self.client.get("/metrics").await;
        let metrics = String::from_utf8(metrics).expect("text");
        let figures = metrics.lines().filter_map(|line| line.split_once(' '));
        let mut found = figures.filter(|(of, _)| *of == name);
        found
            .next()
            .map_or(0.0, |(_, n)| n.parse().expect("a number"))
    }

    /// Submits at a fixed rate until a time. Returns the number of submissions.
    async fn submit_at_rate(self: &Arc<Self>, sizes: &Sizes, round: u64, until: Instant) -> u64 {
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
                let mut scores = self.scores.lock().expect("the lock is not poisoned");
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
                let body: Vec<Value> = batch
                    .iter()
                    .map(|(n, score)| submission(*n, *score))
                    .collect();
                let path = format!("{BOARD}/submissions/batch");
                board.client.send("POST", &path, &json!(body)).await;
                let now = Instant::now();
                let mut acknowledged = board.acknowledged.lock().expect("the lock is not poisoned");
                for (n, score) in batch {
                    acknowledged.insert((player(n), score), now);
                }
            });
        }
        sent.join_all().await;
        count
    }
}

fn submission(n: u32, score: i64) -> Value {
    json!({ "player": player(n), "value": score })
}

/// Measures watchers while the board is written to.
async fn measure_watchers(server: &Server, board: &Arc<Board>, sizes: &Sizes) {
    let pages = u64::from(sizes.members).div_ceil(50);
    let mut rng = SmallRng::seed_from_u64(SEED);
    let chosen: Vec<u64> = (0..sizes.watchers)
        .map(|_| rng.random_range(1..=pages))
        .collect();
    let watchers = Watchers::gather(&server.address, &chosen, board.clone()).await;
    let whole = watchers.page_bytes();
    let mut figures: [Vec<Figures>; 3] = Default::default();
    let bar = progress("rounds", sizes.rounds * 3);
    for round in 0..=sizes.rounds {
        for (others, figures) in [None, Some(true), Some(false)].iter().zip(&mut figures) {
            let others = match others {
                None => None,
                Some(read) => Some(Others::gather(&server.address, &chosen, STALLED, *read).await),
            };
            // The round begins once every connection that reads nothing is blocked.
            let stalled = others.as_ref().map_or(0, Others::stalled);
            while board.metric(BLOCKED).await < f64::from(stalled) {
                tokio::task::yield_now().await;
            }
            board
                .acknowledged
                .lock()
                .expect("the lock is not poisoned")
                .clear();
            watchers.reset();
            let (began, skipped) = (Instant::now(), board.metric(SKIPPED).await);
            let written = board.submit_at_rate(sizes, round, began + sizes.span).await;
            let seconds = began.elapsed().as_secs_f64();
            let skipped = board.metric(SKIPPED).await - skipped;
            let seen = Figures::of(&watchers.seen(), written, skipped, seconds, sizes);
            drop(others);
            // The first round is the warm-up.
            if round > 0 {
                figures.push(seen);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    print_watched(&figures, whole);
}

fn print_watched([plain, reading, stalled]: &[Vec<Figures>; 3], [json, binary]: [f64; 2]) {
    let column = |figures: &[Figures], of: fn(&Figures) -> f64| -> Vec<f64> {
        figures.iter().map(of).collect()
    };
    let written = column(plain, |f| f.written);
    println!(
        "a page has {} bytes as JSON, {} binary",
        number(json),
        number(binary)
    );
    println!("{} scores a second were accepted", figure(&written));
    let bytes = column(plain, |f| f.bytes);
    let changed: Vec<f64> = plain.iter().map(|f| f.frames * binary).collect();
    let every_tick = vec![json * TICKS; plain.len()];
    let every_write: Vec<f64> = written.iter().map(|w| w * json).collect();
    let mut table = Table::new(["bytes per watcher and second", "", "deltas / this"]);
    let mut row = |name: &str, of: &[f64]| {
        table.row([name.to_owned(), figure(of), ratio(&bytes, of)]);
    };
    row("deltas, binary", &bytes);
    row("whole page, binary, on each tick with a change", &changed);
    row("whole page, JSON, on each tick", &every_tick);
    row("whole page, JSON, on each write to the board", &every_write);
    table.print();
    let mut table = Table::new([
        "acknowledged to delivered",
        "p50 ms",
        "p99 ms",
        "p99 / first row",
        "changes skipped",
    ]);
    let p99 = column(plain, |f| f.p99);
    let mut row = |name: String, figures: &[Figures]| {
        let of = column(figures, |f| f.p99);
        table.row([
            name,
            figure(&column(figures, |f| f.p50)),
            figure(&of),
            ratio(&of, &p99),
            figure(&column(figures, |f| f.skipped)),
        ]);
    };
    row("no other watchers".to_owned(), plain);
    row(format!("with {STALLED} that read 48 pages each"), reading);
    row(
        format!("with {STALLED} stalled watchers of 48 pages each"),
        stalled,
    );
    table.print();
    let all = || plain.iter().chain(reading).chain(stalled);
    println!(
        "{} scores were timed; {} more entered a page by other players' moves, later than 2 s",
        all().map(|f| f.timed).sum::<usize>(),
        all().map(|f| f.late).sum::<u64>()
    );
}

/// The figures of one round.
struct Figures {
    /// Scores per second.
    written: f64,
    /// Bytes and frames, per watcher and second.
    bytes: f64,
    frames: f64,
    p50: f64,
    p99: f64,
    /// Changes that slow connections skipped for newer ones.
    skipped: f64,
    timed: usize,
    late: u64,
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "figures are fewer than 2^52")]
    fn of(seen: &Seen, written: u64, skipped: f64, seconds: f64, sizes: &Sizes) -> Self {
        let millis = seen.freshness.iter().map(|d| d.as_secs_f64() * 1e3);
        let mut millis: Vec<f64> = millis.collect();
        millis.sort_unstable_by(f64::total_cmp);
        let within = |percent: usize| {
            let rank = (millis.len() * percent).div_ceil(100);
            millis
                .get(rank.saturating_sub(1))
                .copied()
                .unwrap_or(f64::NAN)
        };
        let each = |all: u64| all as f64 / sizes.watchers as f64 / seconds;
        Self {
            written: written as f64 / seconds,
            bytes: each(seen.bytes),
            frames: each(seen.frames),
            p50: within(50),
            p99: within(99),
            skipped,
            timed: millis.len(),
            late: seen.late,
        }
    }
}

/// Measures the processor time per delivery of one page to all clients.
async fn measure_deliveries(disk: &Disk, sizes: &Sizes) {
    let mut costs: [Vec<f64>; 3] = Default::default();
    let bar = progress("deliveries", sizes.rounds * 3);
    for round in 0..sizes.rounds {
        for (which, costs) in costs.iter_mut().enumerate() {
            let peer = Peer::start(which, &disk.path().join(format!("d{round}"))).await;
            let crowd = peer.gather(sizes.watchers).await;
            // The first second is the warm-up.
            peer.broadcast(Duration::from_secs(1)).await;
            crowd.reset();
            let before = Usage::of(peer.id());
            peer.broadcast(sizes.span).await;
            let used = Usage::of(peer.id()).since(before);
            costs.push(used.as_secs_f64() * 1e6 / crowd.frames());
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    print_peers("processor time per delivery, us", &costs);
}

/// Measures the resident memory per connection that receives nothing.
async fn measure_idle(disk: &Disk, sizes: &Sizes) {
    let mut costs: [Vec<f64>; 3] = Default::default();
    let bar = progress("idle connections", sizes.rounds * 3);
    for round in 0..sizes.rounds {
        for (which, costs) in costs.iter_mut().enumerate() {
            let peer = Peer::start(which, &disk.path().join(format!("i{round}"))).await;
            // The first connections also cost shared memory, so they are not counted.
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
    print_peers("resident memory per idle connection, KiB", &costs);
}

fn print_peers(title: &str, costs: &[Vec<f64>; 3]) {
    let mut table = Table::new([title, "", "LeaderPort / this"]);
    for (name, cost) in Peer::NAMES.iter().zip(costs) {
        table.row([(*name).to_owned(), figure(cost), ratio(&costs[0], cost)]);
    }
    table.print();
}
