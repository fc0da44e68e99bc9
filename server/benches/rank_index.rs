//! The rank index, compared with an order-statistic set from the registry and a real Redis:
//! nanoseconds per update, rank and page, and bytes per member.
//!
//! Every contestant is filled one member at a time, in the same order and with the same random
//! scores. All must give equal answers before they are timed. A minimal client drives Redis with
//! 100 commands at a time: commands are encoded before the clock starts, and replies are parsed in
//! place. A separate column shows the time of the commands inside Redis, by its own statistics.
//!
//! ```text
//! LEADERPORT_BENCH_MEMBERS    1000000,10000000  numbers of members
//! LEADERPORT_BENCH_OPS        200000            operations per kind and round, in process
//! LEADERPORT_BENCH_REDIS_OPS  20000             the same, for Redis
//! LEADERPORT_BENCH_ROUNDS     5
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod engines;
mod measure;
#[expect(dead_code, reason = "no other program connects to this Redis")]
mod redis;

use std::alloc::System;
use std::collections::HashMap;
use std::hint::black_box;
use std::num::ParseIntError;
use std::process::{Command, Stdio};
use std::str::FromStr;

use leaderport::board::Ranking;
use leaderport::ranking::rank_index::{ByNumber, Member, RankIndex};
use leaderport::service::Broker;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{Order, PlayerId, Score, Season, SeasonKey, Slug, SortKey, Standing, TieRule};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use server::broker::memory::Memory;
use server::broker::memory::interner::Interner;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use self::engines::{DEPTH, Indexset, Kind, Redis};
use self::measure::{SEED, Table, figure, header, number, player, progress, ratio, score, setting};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The environment variable that tells a child process what to build. The system then reports the
/// child's memory.
const BUILD: &str = "LEADERPORT_BENCH_BUILD";

/// The builds of a child process. With `ids`, the members' ids are interned too.
const BUILDS: [&str; 4] = ["at once", "one by one", "ids, at once", "ids, one by one"];

fn main() {
    let Sizes(sizes) = setting(
        "LEADERPORT_BENCH_MEMBERS",
        Sizes(vec![1_000_000, 10_000_000]),
    );
    if let Ok(what) = std::env::var(BUILD) {
        return build_in_child(&what, sizes[0]);
    }
    let contest = Contest {
        operations: setting("LEADERPORT_BENCH_OPS", 200_000),
        redis_operations: setting("LEADERPORT_BENCH_REDIS_OPS", 20_000),
        rounds: setting("LEADERPORT_BENCH_ROUNDS", 5),
    };
    header(
        "The rank index, indexset and Redis",
        &[
            format!("{} rounds after a warm-up; the contestants take turns", contest.rounds),
            format!("a round has {} operations of each kind, and {} for Redis", contest.operations, contest.redis_operations),
            format!("Redis: {DEPTH} commands at a time over loopback; its server and the client use a core each"),
            "by id: members are given and returned as ids of 16 bytes, as in Redis; otherwise by number".to_owned(),
            "bytes: requested from the allocator; for Redis, its used_memory above that of an empty server".to_owned(),
            "times include the allocator's statistics, but not for Redis, which has its own allocator".to_owned(),
        ],
    );
    for members in &sizes {
        contest.run(*members);
    }
    if let Some(most) = sizes.iter().max() {
        print_peaks(*most);
    }
}

/// Numbers of members, separated by commas.
struct Sizes(Vec<u32>);

impl FromStr for Sizes {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let sizes = text.split(',').map(|n| n.trim().parse());
        sizes.collect::<Result<_, _>>().map(Self)
    }
}

/// The contestants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Numbers,
    Ids,
    Indexset,
    Redis,
}

impl Who {
    const ALL: [Self; 4] = [Self::Numbers, Self::Ids, Self::Indexset, Self::Redis];
}

struct Contest {
    operations: usize,
    redis_operations: usize,
    rounds: usize,
}

impl Contest {
    fn run(&self, members: u32) {
        assert!(members >= 1000, "fewer than 1,000 members measure nothing");
        println!("{} members\n", number(members.into()));
        let mut bytes = Footprints::new(members);
        bytes.row("rank index, built at once", "40 or less", || build(members));
        let mut index = bytes.row("rank index, filled one by one", "40 or less", || {
            engines::fill_index(members)
        });
        let ids = bytes.row("ids interned", "", || engines::fill_ids(members));
        bytes.sum("rank index and ids, built at once", "80 or less", [0, 2]);
        bytes.sum("rank index and ids, one by one", "80 or less", [1, 2]);
        bytes.row("the whole memory broker", "", || broker(members));
        let mut set = bytes.row("indexset and each member's entry", "", || {
            Indexset::fill(members)
        });
        let mut redis = Redis::fill(members);
        if let Some(redis) = &mut redis {
            bytes.add("Redis (used_memory)", "", redis.bytes());
        }
        bytes.table.print();

        let mut rng = SmallRng::seed_from_u64(SEED);
        let asks = engines::asks(&mut rng, members, 200);
        engines::check(&index, &ids, &set, redis.as_mut(), &asks);

        let mut times: HashMap<(Who, Kind), Vec<f64>> = HashMap::new();
        let bar = progress("rounds", self.rounds as u64);
        for round in 0..=self.rounds {
            // The first round is the warm-up.
            if let (1, Some(redis)) = (round, &mut redis) {
                redis.reset_costs();
            }
            for turn in 0..Who::ALL.len() {
                let who = Who::ALL[(round + turn) % Who::ALL.len()];
                for kind in Kind::ALL {
                    let count = if who == Who::Redis {
                        self.redis_operations
                    } else {
                        self.operations
                    };
                    let asks = engines::asks(&mut rng, members, count);
                    let nanos = match who {
                        Who::Numbers => engines::ask_numbers(&mut index, kind, &asks),
                        Who::Ids => engines::ask_ids(&mut index, &ids, kind, &asks),
                        Who::Indexset => set.ask(kind, &asks),
                        Who::Redis => match &mut redis {
                            Some(redis) => redis.ask(kind, &asks),
                            None => continue,
                        },
                    };
                    if round > 0 {
                        times.entry((who, kind)).or_default().push(nanos);
                    }
                }
            }
            bar.set_position(round as u64);
        }
        bar.finish_and_clear();
        print_times(&times, redis.as_mut(), members);
    }
}

fn print_times(
    times: &HashMap<(Who, Kind), Vec<f64>>,
    mut redis: Option<&mut Redis>,
    members: u32,
) {
    let absent = || "-".to_owned();
    let mut nanos = Table::new([
        "nanoseconds per operation",
        "rank index",
        "rank index, by id",
        "indexset",
        "Redis",
        "inside Redis",
    ]);
    let mut ratios = Table::new([
        "time / that of the rank index",
        "Redis",
        "Redis / by id",
        "indexset",
        "aim: Redis",
    ]);
    for kind in Kind::ALL {
        let of = |who| times.get(&(who, kind));
        let time = |who| of(who).map_or_else(absent, |t| figure(t));
        let cost = redis
            .as_deref_mut()
            .and_then(|r| r.cost(kind))
            .map_or_else(absent, number);
        nanos.row([
            kind.name().to_owned(),
            time(Who::Numbers),
            time(Who::Ids),
            time(Who::Indexset),
            time(Who::Redis),
            cost,
        ]);
        let against = |a, b| of(a).zip(of(b)).map_or_else(absent, |(a, b)| ratio(a, b));
        let aim = match kind {
            Kind::Update if members == 1_000_000 => "5 x or more",
            Kind::Rank if members == 1_000_000 => "10 x or more",
            _ => "",
        };
        ratios.row([
            kind.name().to_owned(),
            against(Who::Redis, Who::Numbers),
            against(Who::Redis, Who::Ids),
            against(Who::Indexset, Who::Numbers),
            aim.to_owned(),
        ]);
    }
    nanos.print();
    ratios.print();
    if redis.is_none() {
        println!("Redis is not measured: there is no redis-server on the PATH\n");
    }
}

/// Bytes per member, as requested from the allocator or as Redis reports them.
struct Footprints {
    members: u32,
    table: Table,
    bytes: Vec<u64>,
}

impl Footprints {
    fn new(members: u32) -> Self {
        let table = Table::new(["bytes per member", "", "aim"]);
        Self {
            members,
            table,
            bytes: Vec::new(),
        }
    }

    /// Adds a row with the bytes that `make` leaves allocated, and returns its value.
    fn row<T>(&mut self, what: &str, aim: &str, make: impl FnOnce() -> T) -> T {
        let before = allocated();
        let made = make();
        self.add(what, aim, allocated() - before);
        made
    }

    /// Adds a row with the sum of two rows.
    fn sum(&mut self, what: &str, aim: &str, rows: [usize; 2]) {
        self.add(what, aim, rows.map(|row| self.bytes[row]).iter().sum());
    }

    fn add(&mut self, what: &str, aim: &str, bytes: u64) {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 bytes")]
        let each = bytes as f64 / f64::from(self.members);
        self.bytes.push(bytes);
        self.table
            .row([what.to_owned(), number(each), aim.to_owned()]);
    }
}

fn allocated() -> u64 {
    let stats = ALLOCATOR.stats();
    (stats.bytes_allocated - stats.bytes_deallocated) as u64
}

fn build(members: u32) -> RankIndex {
    let keys = (0..members).map(|n| (engines::key(score(n.into())), Member(n)));
    RankIndex::build(keys.collect(), &ByNumber)
}

/// A memory broker with one season loaded, including ids, names and versions.
fn broker(members: u32) -> Memory {
    let season = SeasonKey {
        board: Slug::new("bench").expect("a valid slug"),
        season: Season::AllTime,
    };
    let ranking = Ranking {
        order: Order::Descending,
        tie: TieRule::Earliest,
    };
    let standing = |n: u32| StoredStanding {
        player: PlayerId::new(&player(n)).expect("a valid id"),
        name: None,
        standing: Some(Standing {
            score: Score::new(score(n.into())).expect("52 bits"),
            achieved_at: engines::now(),
            latest_at: engines::now(),
        }),
        version: 1,
    };
    let bar = progress("memory broker, loading", members.into());
    let standings = bar.wrap_iter(0..members).map(standing).collect();
    let broker = Memory::new(SEED);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime can be built");
    runtime
        .block_on(broker.load(&season, ranking, standings))
        .expect("the memory broker never fails");
    broker
}

/// Prints the peak memory of whole processes that build an index and nothing else.
fn print_peaks(members: u32) {
    let mut table = Table::new(["peak MiB, whole process", "", "aim"]);
    let bar = progress("building in child processes", BUILDS.len() as u64);
    for what in bar.wrap_iter(BUILDS.into_iter()) {
        let child = std::env::current_exe().and_then(|bench| {
            Command::new(bench)
                .env(BUILD, what)
                .env("LEADERPORT_BENCH_MEMBERS", members.to_string())
                .stderr(Stdio::inherit())
                .output()
        });
        let child = child.expect("this benchmark can be started again");
        assert!(
            child.status.success(),
            "building {what} failed: {}",
            child.status
        );
        let kib = String::from_utf8_lossy(&child.stdout).trim().parse::<u32>();
        let mib = kib.map_or_else(
            |_| "not known here".to_owned(),
            |kib| number(f64::from(kib) / 1024.0),
        );
        let index = what.replace("ids", "rank index and ids");
        table.row([index, mib, "1,024 or less".to_owned()]);
    }
    println!(
        "{} members; the peak includes the list to build from\n",
        number(members.into())
    );
    table.print();
}

/// Builds an index, and prints the peak memory of this process in KiB. Prints an empty line where
/// the system does not report it (Linux does).
fn build_in_child(what: &str, members: u32) {
    let mut ids = Interner::default();
    let entry = |n: u32| -> (SortKey, Member) {
        if what.starts_with("ids") {
            ids.intern(&player(n));
        }
        (engines::key(score(n.into())), Member(n))
    };
    let entries = (0..members).map(entry);
    let index: RankIndex = if what.ends_with("at once") {
        RankIndex::build(entries.collect(), &ByNumber)
    } else {
        let mut index = RankIndex::new();
        for (key, member) in entries {
            index.update(member, key, &ByNumber);
        }
        index
    };
    black_box((&index, &ids));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.split_whitespace().next());
    println!("{}", kib.unwrap_or_default());
}
