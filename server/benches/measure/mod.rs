//! Tools of every benchmark: settings, facts about the machine, rounds, ratios, tables and
//! progress.
//!
//! Contestants take turns in rounds, so that other work of the machine affects all of them. A
//! figure is the median over the rounds, with the minimum and the maximum. A ratio is taken within
//! each round, and the median of the ratios is shown.

use std::process::Command;
use std::str::FromStr;
use std::thread;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// The seed of every benchmark's random numbers.
pub(crate) const SEED: u64 = 20_261_120;

/// A setting from the environment.
pub(crate) fn setting<T: FromStr>(name: &str, default: T) -> T {
    let Ok(text) = std::env::var(name) else {
        return default;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("{name} cannot be {text:?}"))
}

/// Prints the title, the day, the commit, the machine and the facts of a comparison.
pub(crate) fn header(title: &str, facts: &[String]) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    println!("\n== {title} ==\n");
    println!("date: {}", jiff::Timestamp::now().strftime("%F"));
    println!("commit: {}", commit());
    println!("machine: {cores} cores, {}, {os}, {arch}", processor());
    if cfg!(debug_assertions) {
        println!("A DEBUG BUILD: these figures say nothing about the product");
    }
    for fact in facts {
        println!("{fact}");
    }
    println!();
}

/// The commit of the source files, and whether they differ from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let folder = env!("CARGO_MANIFEST_DIR");
        let ran = Command::new("git")
            .args(["-C", folder])
            .args(arguments)
            .output();
        let ran = ran.ok().filter(|ran| ran.status.success())?;
        Some(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match git(&["status", "--porcelain"]).as_deref() {
        Some("") => commit,
        _ => format!("{commit}, with changes"),
    }
}

/// The model of the processor, where the system reports it (Linux).
fn processor() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = facts.lines().find_map(|line| {
        let (name, model) = line.split_once(':')?;
        (name.trim() == "model name").then(|| model.trim().to_owned())
    });
    model.unwrap_or_else(|| "an unknown processor".to_owned())
}

/// The median over the rounds, with the minimum and the maximum.
pub(crate) fn figure(rounds: &[f64]) -> String {
    let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = number(median(rounds));
    if rounds.len() == 1 {
        return middle;
    }
    format!("{middle} ({} to {})", number(least), number(greatest))
}

/// The median of `a / b`, taken round by round.
pub(crate) fn ratio(a: &[f64], b: &[f64]) -> String {
    let ratios: Vec<f64> = a.iter().zip(b).map(|(a, b)| a / b).collect();
    format!("{} x", number(median(&ratios)))
}

fn median(figures: &[f64]) -> f64 {
    assert!(!figures.is_empty(), "there is at least one round");
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}

/// A number with three or more significant digits: `12,345`, `123`, `12.3`, `1.23`.
pub(crate) fn number(value: f64) -> String {
    let decimals = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    let whole = text.split('.').next().unwrap_or_default().len();
    let mut grouped = String::with_capacity(text.len() + 4);
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Rows of text under a heading.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(heading: impl IntoIterator<Item = S>) -> Self {
        Self {
            rows: vec![heading.into_iter().map(Into::into).collect()],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let row: Vec<String> = cells.into_iter().collect();
        let columns = self.rows[0].len();
        assert_eq!(row.len(), columns, "a row has a cell for every column");
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        let columns = 0..self.rows[0].len();
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = columns.map(width).collect();
        for (line, row) in self.rows.iter().enumerate() {
            let align = |(column, (cell, &width)): (usize, (&String, &usize))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            };
            let cells: Vec<String> = row.iter().zip(&widths).enumerate().map(align).collect();
            let text = cells.join("  ");
            println!("{}", text.trim_end());
            if line == 0 {
                println!("{}", "-".repeat(text.chars().count()));
            }
        }
        println!();
    }
}

/// A progress bar on standard error, or one line if that is not a terminal.
pub(crate) fn progress(what: &str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    let bar = ProgressBar::new(steps)
        .with_style(style.expect("the template is valid"))
        .with_message(what.to_owned())
        .with_finish(ProgressFinish::AndClear);
    if bar.is_hidden() {
        eprintln!("{what} ...");
    }
    bar
}

/// A player's id: 16 hexadecimal digits, in no order, and different for every `n`.
pub(crate) fn player(n: u32) -> String {
    format!("{:016x}", spread(u64::from(n)))
}

/// Spreads numbers over all 64 bits without a collision. This is the finalizer of `SplitMix64`
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
pub(crate) fn spread(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A score of at most 52 bits, which is different for nearly every `n`.
pub(crate) fn score(n: u64) -> i64 {
    i64::try_from(spread(!n) >> 12).expect("52 bits")
}
