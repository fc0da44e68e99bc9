//! Durable submissions in one process: the service over SQLite on a real disk, and the memory
//! broker.
//!
//! An answer means that the submission is on the disk. A single writer pays one flush per
//! submission, while the group commit lets many share one. Each writer waits for its answer before
//! it submits again, so at most `n` submissions of `n` writers share a commit. The second part
//! times starts that rebuild the ranked state from the ledger.
//!
//! ```text
//! LEADERPORT_BENCH_WRITERS    256         the larger number of writers
//! LEADERPORT_BENCH_PLAYERS    100000      players with a standing before the first round
//! LEADERPORT_BENCH_STANDINGS  1000000     standings to rebuild from
//! LEADERPORT_BENCH_ROUNDS     5
//! LEADERPORT_BENCH_SECONDS    3           seconds per case and round
//! LEADERPORT_BENCH_DIR        target/tmp  a directory on the disk to measure
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod load;
mod measure;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use leaderport::service::{Caller, CommitTask, Leaderboards, MAX_BATCH, Ports, Rebuilt};
use leaderport::{
    BoardDraft, Order, Period, PlayerId, PlayerName, Score, ScorePolicy, Slug, Submission,
    Submitters, TieRule,
};
use server::broker::memory::Memory;
use server::ledger::database::any::AnyDatabase;
use server::ledger::database::sqlite_file::SqliteFile;
use server::ledger::records::SqlRecords;
use server::ledger::sqlite::Sqlite;
use server::rate_limit::local::{Local, Quotas};
use server::startup::clock::{SystemClock, new_submission_id};

use self::load::{Disk, Load, closed_loop, column};
use self::measure::{SEED, Table, figure, header, player, progress, ratio, score, setting};

/// How many starts are timed.
const STARTS: u64 = 3;

/// After a run the service settles the ranks of its last answers, within 20 ms. The next run waits
/// for that.
const SETTLED: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() {
    let disk = Disk::new();
    submissions(&disk).await;
    rebuilds(&disk).await;
}

/// One case of the benchmark, and its load in every round.
struct Case {
    board: Slug,
    periods: &'static str,
    writers: u64,
    loads: Vec<Load>,
}

async fn submissions(disk: &Disk) {
    let writers = setting("LEADERPORT_BENCH_WRITERS", 256);
    let players = setting("LEADERPORT_BENCH_PLAYERS", 100_000);
    let rounds = setting("LEADERPORT_BENCH_ROUNDS", 5);
    let span = Duration::from_secs(setting("LEADERPORT_BENCH_SECONDS", 3));
    header(
        "Durable submissions, over SQLite and the memory broker",
        &[
            disk.about(),
            format!(
                "{rounds} rounds after a warm-up; the cases take turns of {} s",
                span.as_secs()
            ),
            format!(
                "{players} players; every submission is new and sets a random score of a random player"
            ),
            "writers, service and ledger share this process and its cores".to_owned(),
        ],
    );
    let (service, commits, _) = start(&disk.path().join("submissions.sqlite")).await;
    let one = define(&service, "one-period", &[Period::AllTime]).await;
    let five = define(&service, "five-periods", &Period::ALL).await;
    for board in [&one, &five] {
        fill(&service, board, players, false).await;
    }
    let case = |board: &Slug, periods, writers| Case {
        board: board.clone(),
        periods,
        writers,
        loads: Vec::new(),
    };
    let mut cases = [
        case(&one, "1 period", 1),
        case(&one, "1 period", writers),
        case(&five, "5 periods", 1),
        case(&five, "5 periods", writers),
    ];
    let bar = progress("rounds", rounds);
    for round in 0..=rounds {
        for case in &mut cases {
            let (service, board) = (service.clone(), case.board.clone());
            let submit = move |draw| {
                let (service, submission) = (service.clone(), random(&board, players, draw));
                async move {
                    let outcome = service.submit_one(&Caller::Operator, submission).await;
                    outcome.expect("a submission is recorded");
                }
            };
            let load = closed_loop(case.writers, span, round, submit).await;
            tokio::time::sleep(SETTLED).await;
            // The first round is the warm-up.
            if round > 0 {
                case.loads.push(load);
            }
        }
        bar.set_position(round);
    }
    bar.finish_and_clear();
    stop(service, commits).await;
    print_submissions(&cases);
}

fn print_submissions(cases: &[Case]) {
    let mut loads = Table::new(["board, writers", "submissions/s", "p50 ms", "p99 ms"]);
    for case in cases {
        loads.row([
            format!("{}, {}", case.periods, case.writers),
            figure(&column(&case.loads, |load| load.rate)),
            figure(&column(&case.loads, |load| load.p50)),
            figure(&column(&case.loads, |load| load.p99)),
        ]);
    }
    loads.print();
    let mut ratios = Table::new(["submissions/s, writers", "ratio", "aim"]);
    for pair in cases.chunks_exact(2) {
        let [few, many] = [0, 1].map(|at: usize| column(&pair[at].loads, |load| load.rate));
        ratios.row([
            format!(
                "{}, {} / {}",
                pair[1].periods, pair[1].writers, pair[0].writers
            ),
            ratio(&many, &few),
            "30 x or more".to_owned(),
        ]);
    }
    ratios.print();
}

async fn rebuilds(disk: &Disk) {
    let standings = setting("LEADERPORT_BENCH_STANDINGS", 1_000_000);
    header(
        "Starts that rebuild the ranked state from the ledger",
        &[
            format!("{standings} standings of one season; the file is in the page cache"),
            format!("{STARTS} starts each, with a new broker over a newly opened ledger"),
        ],
    );
    let mut table = Table::new(["players", "seconds", "aim"]);
    for (what, named) in [("without names", false), ("each with a name", true)] {
        let file = disk.path().join(format!("rebuild-{named}.sqlite"));
        let (service, commits, _) = start(&file).await;
        let board = define(&service, "board", &[Period::AllTime]).await;
        fill(&service, &board, standings, named).await;
        stop(service, commits).await;
        let mut seconds = Vec::new();
        for _ in progress("starting", STARTS).wrap_iter(0..STARTS) {
            let ports = ports(&file).await;
            let began = Instant::now();
            let started = Leaderboards::start(ports, 0).await;
            seconds.push(began.elapsed().as_secs_f64());
            let (service, commits, rebuilt) = started.expect("the service starts");
            assert_eq!(
                rebuilt.standings,
                u64::from(standings),
                "every standing is ranked again"
            );
            stop(service, commits).await;
        }
        table.row([what.to_owned(), figure(&seconds), "1.5 or less".to_owned()]);
    }
    table.print();
}

async fn start(file: &Path) -> (Arc<Leaderboards>, CommitTask, Rebuilt) {
    let started = Leaderboards::start(ports(file).await, 0).await;
    started.expect("the service starts")
}

async fn ports(file: &Path) -> Ports {
    let clock = Arc::new(SystemClock);
    let file = SqliteFile::at(file);
    let ledger = Sqlite::open(&file, clock.clone()).await;
    let ledger = ledger.expect("the ledger opens");
    let database = AnyDatabase::sqlite(&file)
        .await
        .expect("the database opens");
    Ports {
        ledger: Arc::new(ledger),
        records: Arc::new(SqlRecords::new(database)),
        broker: Arc::new(Memory::new(SEED)),
        clock,
        limiter: unlimited(),
        node: "bench".to_owned(),
        profile: leaderport::NodeProfile::default(),
    }
}

/// Stops the service after everything is committed.
async fn stop(service: Arc<Leaderboards>, commits: CommitTask) {
    drop(service);
    commits
        .await
        .expect("the commit task ends without an error");
}

/// A board on which every submission counts: the latest value is the score.
async fn define(service: &Leaderboards, slug: &str, periods: &[Period]) -> Slug {
    let slug = Slug::new(slug).expect("a valid slug");
    let draft = BoardDraft {
        title: "Benchmark".to_owned(),
        policy: ScorePolicy::Latest,
        order: Order::Descending,
        tie: TieRule::Earliest,
        periods: periods.to_vec(),
        time_zone: None,
        min_score: None,
        max_score: None,
        format: None,
        unit: None,
        description: None,
        opens_at: None,
        closes_at: None,
        submitters: Some(Submitters::Both),
        archived: false,
        tick_millis: None,
        accent: None,
        emblem: None,
    };
    let defined = service
        .define_board(&Caller::Operator, slug.clone(), draft, None)
        .await;
    defined.expect("the board is defined");
    slug
}

/// Gives every player a standing, through the service.
async fn fill(service: &Leaderboards, board: &Slug, players: u32, named: bool) {
    let bar = progress("filling the ledger", players.into());
    for first in (0..players).step_by(MAX_BATCH) {
        let numbers = (first..players).take(MAX_BATCH);
        let batch: Vec<Submission> = numbers
            .map(|n| Submission {
                name: named.then(|| PlayerName::new(&format!("Player {n}")).expect("a valid name")),
                ..submission(board, n, score(n.into()))
            })
            .collect();
        bar.inc(batch.len() as u64);
        let outcomes = service
            .submit(&Caller::Operator, batch)
            .await
            .expect("the ledger records");
        for outcome in outcomes {
            outcome.expect("a submission is recorded");
        }
    }
    bar.finish_and_clear();
}

/// A submission of a random player and value, both derived from 64 random bits.
fn random(board: &Slug, players: u32, draw: u64) -> Submission {
    let number = u32::try_from(draw % u64::from(players)).expect("less than players");
    submission(board, number, score(draw))
}

fn submission(board: &Slug, number: u32, value: i64) -> Submission {
    Submission {
        id: new_submission_id(),
        board: board.clone(),
        player: PlayerId::new(&player(number)).expect("a valid id"),
        name: None,
        value: Score::new(value).expect("52 bits"),
        at: None,
    }
}

fn unlimited() -> Arc<Local> {
    Arc::new(Local::new(&Quotas::default()))
}
