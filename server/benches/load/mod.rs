//! A closed loop of callers, each of which waits for an answer before the next call; and the disk
//! under durable answers.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::measure::{SEED, number, setting};

/// The result of one closed loop.
pub(crate) struct Load {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Half of the answers arrived within this many milliseconds.
    pub(crate) p50: f64,
    /// Of 100 answers, 99 arrived within this many milliseconds.
    pub(crate) p99: f64,
}

/// One figure of every round.
pub(crate) fn column(loads: &[Load], figure: impl Fn(&Load) -> f64) -> Vec<f64> {
    loads.iter().map(figure).collect()
}

/// Runs `callers` loops at once for `span`. Each makes its next call after the previous answer. A
/// call gets 64 random bits, which are the same in every run of a `round`. A call that begins
/// within `span` counts, with its full latency.
pub(crate) async fn closed_loop<C, A>(callers: u64, span: Duration, round: u64, call: C) -> Load
where
    C: Fn(u64) -> A + Clone + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let began = Instant::now();
    let deadline = began + span;
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut rng = SmallRng::seed_from_u64(SEED ^ (round << 32) ^ caller);
            let mut latencies = Vec::new();
            loop {
                let asked = Instant::now();
                if asked >= deadline {
                    return latencies;
                }
                call(rng.random()).await;
                latencies.push(asked.elapsed());
            }
        });
    }
    let latencies = tasks.join_all().await.concat();
    Load::of(latencies, began.elapsed())
}

impl Load {
    fn of(mut latencies: Vec<Duration>, took: Duration) -> Self {
        latencies.sort_unstable();
        let answers = u32::try_from(latencies.len()).expect("fewer than 2^32 answers");
        let within = |percent: usize| {
            let rank = (latencies.len() * percent).div_ceil(100);
            let latency = latencies
                .get(rank.saturating_sub(1))
                .expect("there were answers");
            latency.as_secs_f64() * 1e3
        };
        Self {
            rate: f64::from(answers) / took.as_secs_f64(),
            p50: within(50),
            p99: within(99),
        }
    }
}

/// A new directory on a disk, removed on drop.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Creates the directory in `LEADERPORT_BENCH_DIR`, or in cargo's `target/tmp`.
    ///
    /// # Panics
    /// If that is in memory, because a commit there would flush nothing.
    pub(crate) fn new() -> Self {
        let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let parent: PathBuf = setting("LEADERPORT_BENCH_DIR", parent);
        std::fs::create_dir_all(&parent).expect("the benchmark's directory can be created");
        let parent = parent
            .canonicalize()
            .expect("the benchmark's directory exists");
        let kind = file_system(&parent);
        assert!(
            !matches!(kind.as_str(), "tmpfs" | "ramfs") && !parent.starts_with("/dev/shm"),
            "{} is memory, not a disk: set LEADERPORT_BENCH_DIR",
            parent.display(),
        );
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&parent);
        Self {
            folder: folder.expect("the benchmark's directory is writable"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The directory, its file system, and the cost of a flush there, which is the least cost of a
    /// commit.
    pub(crate) fn about(&self) -> String {
        let folder = self.folder.path();
        let kind = file_system(folder);
        let flush = number(flush_micros(folder));
        format!(
            "disk: {} on {kind}; to write and flush 4 KiB takes {flush} us (median of 200)",
            folder.display()
        )
    }
}

/// The type of the file system that holds a directory, where the system reports it (Linux).
fn file_system(folder: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let holding = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (point, kind) = (words.next()?, words.next()?);
        folder.starts_with(point).then_some((point.len(), kind))
    });
    // Of several mounts on one point, the last is the visible one.
    let nearest = holding.max_by_key(|(length, _)| *length);
    nearest.map_or_else(
        || "an unknown file system".to_owned(),
        |(_, kind)| kind.to_owned(),
    )
}

fn flush_micros(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("flush")).expect("the directory is writable");
    let mut flush = || {
        let began = Instant::now();
        file.write_all(&[1; 4096]).expect("the file can be written");
        file.sync_data().expect("the file can be flushed");
        began.elapsed()
    };
    let mut took: Vec<Duration> = (0..200).map(|_| flush()).collect();
    took.sort_unstable();
    took[took.len() / 2].as_secs_f64() * 1e6
}
