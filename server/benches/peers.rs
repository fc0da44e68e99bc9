//! LeaderPort compared with a leaderboard as a script: Hono on Node with ioredis, and Hono on Bun with
//! Bun's own Redis client, each over a Redis on this machine.
//!
//! The scripts are in `benches/peers`: one process each, one sorted set, the same paths and the same
//! members. They check no permission, count no quota and keep no history. LeaderPort's submissions
//! are on the disk before their answer. Those of the scripts are not, except in the cases that are
//! called durable: there, Redis has `appendfsync always`. LeaderPort runs embedded, and over the
//! PostgreSQL and the Redis of `.ci/with-services` (`make bench` runs it).
//!
//! All contestants take turns in every case and round, with new connections each time. Clients,
//! servers and services share this machine. Routes of axum in this process with constant answers, two of
//! them with the rows of LeaderPort's answers, show the cost of HTTP and of the clients.
//!
//! ```text
//! LEADERPORT_BENCH_PEERS_MEMBERS  1000000
//! LEADERPORT_BENCH_PEERS_ROUNDS   3
//! LEADERPORT_BENCH_PEERS_SECONDS  3           seconds per case, contestant and round
//! LEADERPORT_BENCH_PEERS_CASES    all         like page,around,submit-16
//! LEADERPORT_BENCH_DIR            target/tmp  a directory on the disk to measure
//! LEADERPORT_BENCH_SERVER                     another build of the server to measure
//! LEADERPORT_BENCH_BEFORE                     a build to compare it with, embedded
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod callers;
#[path = "peers/cases.rs"]
mod cases;
#[path = "peers/contestants.rs"]
mod contestants;
mod filling;
mod load;
mod measure;
mod redis;
#[path = "peers/scripts.rs"]
mod scripts;
#[expect(dead_code, reason = "the process id is not used")]
mod serving;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::cases::Case;
use self::contestants::{Contestant, Role};
use self::load::{Disk, Load, closed_loop, column};
use self::measure::{Table, figure, header, progress, ratio, setting};
use self::scripts::{Script, Stores};

// A single thread, as in the other load generators, leaves the cores to the servers.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let members: u32 = setting("LEADERPORT_BENCH_PEERS_MEMBERS", 1_000_000);
    let rounds: u64 = setting("LEADERPORT_BENCH_PEERS_ROUNDS", 3);
    let span = Duration::from_secs(setting("LEADERPORT_BENCH_PEERS_SECONDS", 3));
    assert!(members > 50, "a board of one page measures nothing");
    let cases = chosen(&setting("LEADERPORT_BENCH_PEERS_CASES", "all".to_owned()));
    let disk = Disk::new();
    let before = std::env::var_os("LEADERPORT_BENCH_BEFORE").map(PathBuf::from);
    header(
        "LeaderPort beside scripts over Redis",
        &facts(&disk, before.as_deref(), members, rounds, span),
    );
    let stores = Stores::start(&disk.path().join("redis"), members);
    let contestants = start(&disk, before.as_deref(), stores.as_ref(), members).await;

    let mut results = Vec::new();
    for case in cases {
        let loads = measure_case(case, &contestants, members, rounds, span).await;
        results.push(Results { case, loads });
    }
    print_results(&contestants, &results);
    print_constants(&results);
}

/// The cases whose names are in a comma-separated list.
fn chosen(list: &str) -> Vec<Case> {
    let all = Case::all();
    if list == "all" {
        return all;
    }
    let find = |name: &str| {
        let found = all.iter().find(|case| case.id == name).copied();
        found.unwrap_or_else(|| {
            let names: Vec<&str> = all.iter().map(|case| case.id).collect();
            panic!("there is no case {name:?}, only {}", names.join(", "))
        })
    };
    list.split(',').map(|name| find(name.trim())).collect()
}

fn facts(
    disk: &Disk,
    before: Option<&Path>,
    members: u32,
    rounds: u64,
    span: Duration,
) -> Vec<String> {
    let mut facts = vec![
        disk.about(),
        format!("LeaderPort: {}", serving::binary().display()),
    ];
    facts.extend(before.map(|build| format!("before: {}", build.display())));
    facts.extend([
        format!("{members} members on one board; pages and players are chosen at random"),
        format!(
            "{rounds} rounds after a warm-up; the contestants take turns of {} s",
            span.as_secs()
        ),
        "answers a second, from 16 connections where no other number is given".to_owned(),
        "the clients, servers and services share this machine's cores".to_owned(),
    ]);
    facts
}

/// Starts the contestants that can be measured here, and says why others cannot.
async fn start(
    disk: &Disk,
    before: Option<&Path>,
    stores: Option<&Stores>,
    members: u32,
) -> Vec<Contestant> {
    let (build, disk) = (serving::binary(), disk.path());
    let mut contestants = Vec::new();
    if let Some(before) = before {
        let data = disk.join("before");
        let role = Role::Before;
        contestants.push(Contestant::leaderport(role, before, &data, &[], members).await);
    }
    let data = disk.join("embedded");
    let role = Role::Embedded;
    contestants.push(Contestant::leaderport(role, &build, &data, &[], members).await);
    if let Some(stores) = stores {
        println!("Redis {}", stores.version);
        let scripts = [
            (Role::Node, Script::node(stores)),
            (Role::Bun, Script::bun(stores)),
        ];
        for (role, script) in scripts {
            match script {
                Ok(script) => {
                    println!("{}: {}", role.name(), script.version);
                    contestants.push(Contestant::script(role, script));
                }
                Err(sentence) => println!("{sentence}"),
            }
        }
    } else {
        println!("The scripts are not measured: redis-server is not on the PATH.");
    }
    if let (Ok(postgres), Ok(redis)) = (
        std::env::var("LEADERPORT_TEST_POSTGRES"),
        std::env::var("LEADERPORT_TEST_REDIS"),
    ) {
        let engines = ["--database", &postgres, "--broker", &redis];
        let data = disk.join("scaled-out");
        let role = Role::ScaledOut;
        contestants.push(Contestant::leaderport(role, &build, &data, &engines, members).await);
    } else {
        println!("PostgreSQL and Redis are not measured: `.ci/with-services` starts them.");
    }
    println!();
    let embedded = contestants.iter().find(|one| one.role == Role::Embedded);
    let embedded = embedded.expect("it is always measured");
    let bare = Contestant::bare(embedded, members).await;
    contestants.push(bare);
    contestants
}

/// The loads of one case, by contestant and round.
struct Results {
    case: Case,
    loads: Vec<(Role, Vec<Load>)>,
}

impl Results {
    /// One figure of every round; none if the contestant does not take part.
    fn of(&self, role: Role, figure: impl Fn(&Load) -> f64) -> Vec<f64> {
        let found = self.loads.iter().find(|(of, _)| *of == role);
        found
            .map(|(_, loads)| column(loads, figure))
            .unwrap_or_default()
    }
}

async fn measure_case(
    case: Case,
    contestants: &[Contestant],
    members: u32,
    rounds: u64,
    span: Duration,
) -> Vec<(Role, Vec<Load>)> {
    let mut results: Vec<(Role, Vec<Load>)> = contestants
        .iter()
        .map(|contestant| (contestant.role, Vec::new()))
        .collect();
    let bar = progress(case.title, rounds);
    for round in 0..=rounds {
        for (contestant, (_, loads)) in contestants.iter().zip(&mut results) {
            let Some(clients) = contestant.clients(case.call, members) else {
                continue;
            };
            let clients = Arc::new(clients);
            let ask = move |draw| {
                let clients = clients.clone();
                async move { clients.call(case.call, draw).await }
            };
            let load = closed_loop(case.clients, span, round, ask).await;
            // The first round is the warm-up.
            if round > 0 {
                loads.push(load);
            }
        }
        bar.set_position(round);
    }
    bar.finish_and_clear();
    results
}

/// The ratios that the table shows: a title, and what is divided by what.
const RATIOS: [(&str, Role, Role); 3] = [
    ("now / before", Role::Embedded, Role::Before),
    ("ratio to Bun", Role::Embedded, Role::Bun),
    ("ratio to Node", Role::Embedded, Role::Node),
];

fn print_results(contestants: &[Contestant], results: &[Results]) {
    let roles: Vec<Role> = contestants
        .iter()
        .map(|contestant| contestant.role)
        .collect();
    let ratios = RATIOS.into_iter();
    let ratios = ratios.filter(|(_, a, b)| roles.contains(a) && roles.contains(b));
    let ratios: Vec<_> = ratios.collect();
    // The constant answers have a table of their own.
    let columns = roles.iter().copied().filter(|role| *role != Role::Bare);
    let columns: Vec<Role> = columns.collect();

    let names = columns.iter().map(|role| role.name());
    let titles = ratios.iter().map(|(title, ..)| *title);
    let mut table = Table::new([""].into_iter().chain(names).chain(titles));
    for of_case in results {
        let mut row = |title: &str, figure: fn(&Load) -> f64| {
            let figures = |role: Role| of_case.of(role, figure);
            let shown = columns.iter().map(|role| cell(&figures(*role)));
            let divided = ratios
                .iter()
                .map(|(_, a, b)| ratio_cell(&figures(*a), &figures(*b)));
            table.row([title.to_owned()].into_iter().chain(shown).chain(divided));
        };
        row(of_case.case.title, |load| load.rate);
        if of_case.case.call.is_submission() {
            row("  p50 ms", |load| load.p50);
            row("  p99 ms", |load| load.p99);
        }
    }
    table.print();
}

/// Compares reads with constant answers of the same bytes, which cost only HTTP and the clients.
fn print_constants(results: &[Results]) {
    let mut table = Table::new(["", "LeaderPort", "constant answer", "ratio"]);
    for of_case in results {
        let [ours, constant] =
            [Role::Embedded, Role::Bare].map(|role| of_case.of(role, |load| load.rate));
        if !constant.is_empty() {
            let figures = [figure(&ours), figure(&constant), ratio(&ours, &constant)];
            table.row([of_case.case.title.to_owned()].into_iter().chain(figures));
        }
    }
    table.print();
}

/// The figures of a contestant, or nothing.
fn cell(figures: &[f64]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    figure(figures)
}

/// The ratio of two contestants that both take part, or nothing.
fn ratio_cell(a: &[f64], b: &[f64]) -> String {
    if a.is_empty() || b.is_empty() {
        return String::new();
    }
    ratio(a, b)
}
