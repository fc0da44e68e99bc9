//! `leaderport demo`: sends generated traffic to a running server, to watch a board live.
//!
//! Submissions arrive as a Poisson process at the requested rate. Each tick sends them in batches,
//! with only a few calls in flight. Submissions that the server does not take within a second are
//! skipped and counted, never queued. Nothing is sent twice. A player has the same id, name and
//! skill in every run.

mod traffic;

use std::collections::VecDeque;
use std::future;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, ensure};
use indicatif::HumanCount;
use leaderport::service::MAX_BATCH;
use leaderport::{BoardDraft, Order, Period, ScorePolicy, Slug, TieRule};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use self::traffic::{Scale, Traffic};
use super::client::{CallError, Client, Outcome, ServerArgs};
use super::progress::{Progress, per_second};

/// Interval of ticks. The arrivals of one tick share a call.
const TICK: Duration = Duration::from_millis(100);
/// Maximum number of calls in flight.
const MAX_CALLS: usize = 4;
/// Maximum time by which the calls may lag behind the arrivals, in seconds.
const MAX_BEHIND: f64 = 1.0;
/// Number of recent calls in the latency figures.
const LATENCIES: usize = 1000;
/// Grace period for the calls in flight when the demo stops.
const GRACE: Duration = Duration::from_secs(5);

/// Options of `leaderport demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Board to submit to; created if it does not exist.
    #[arg(
        long,
        value_name = "SLUG",
        env = "LEADERPORT_DEMO_BOARD",
        default_value = "demo"
    )]
    board: Slug,

    /// Number of players.
    #[arg(long, value_name = "N", env = "LEADERPORT_DEMO_PLAYERS", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    players: u32,

    /// Average number of submissions a second, from 0.1 to 100,000.
    #[arg(long, value_name = "R", env = "LEADERPORT_DEMO_RATE", default_value_t = 20.0, value_parser = rate)]
    rate: f64,

    /// Stop after this many seconds; without it, on Ctrl-C.
    #[arg(long, value_name = "S", env = "LEADERPORT_DEMO_SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse::<f64>()
        .ok()
        .filter(|rate| (0.1..=100_000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.1 to 100000".to_owned())
}

/// Sends traffic until the time limit or Ctrl-C, then prints the totals.
///
/// # Errors
/// Fails if the server cannot be reached at first, refuses the calls, or accepts nothing.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let client = Client::new(args.server)?;
    let (scale, is_new) = prepare_board(&client, &args.board).await?;
    let progress = Progress::new(None);
    progress.say(&format!(
        "{} players submit {} scores a second to the {} board {} of {}; Ctrl-C stops",
        HumanCount(args.players.into()),
        args.rate,
        if is_new { "new" } else { "existing" },
        args.board,
        client.server(),
    ));
    let rng = StdRng::from_rng(&mut rand::rng());
    let traffic = Traffic {
        rng,
        scale,
        players: args.players,
        rate: args.rate,
        next: 0.0,
    };
    let mut demo = Demo::new(client, args.board, traffic, progress);

    let stop = stop(args.seconds);
    tokio::pin!(stop);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = ticks.tick() => demo.tick(),
            Some(call) = demo.calls.join_next() => {
                demo.settle(call)?;
                demo.send();
            }
        }
    }
    let end = Instant::now() + GRACE;
    while let Ok(Some(call)) = tokio::time::timeout_at(end, demo.calls.join_next()).await {
        demo.settle(call)?;
    }
    demo.finish()
}

/// Resolves at the time limit, or on Ctrl-C.
async fn stop(seconds: Option<u64>) {
    let time_is_up = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => future::pending().await,
        }
    };
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = time_is_up => {}
        () = interrupt => {}
    }
}

/// Creates the board if it does not exist. Returns the range of its scores, and whether it was
/// created.
async fn prepare_board(client: &Client, slug: &Slug) -> Result<(Scale, bool), CallError> {
    let boards = client.boards().await?;
    if let Some(board) = boards.iter().find(|board| board.slug == *slug) {
        let low = board.min_score.get().max(1);
        let scale = Scale {
            low,
            high: board.max_score.get().min(1_000_000).max(low),
            is_ascending: board.order == Order::Ascending,
        };
        return Ok((scale, false));
    }
    let draft = BoardDraft {
        title: "Demo arena".to_owned(),
        policy: ScorePolicy::Sum,
        order: Order::Descending,
        tie: TieRule::Earliest,
        periods: vec![Period::AllTime, Period::Weekly, Period::Daily],
        time_zone: None,
        min_score: None,
        max_score: None,
        format: None,
        unit: Some("points".to_owned()),
        description: Some("Generated players collect points.".to_owned()),
        opens_at: None,
        closes_at: None,
        submitters: None,
        archived: false,
        tick_millis: None,
        accent: None,
        emblem: None,
    };
    client.define_board(slug, &draft).await?;
    Ok((Scale::POINTS, true))
}

/// A running demo.
struct Demo {
    client: Client,
    board: Slug,
    traffic: Traffic,
    progress: Progress,
    calls: JoinSet<Call>,
    /// Seconds from the start to the last tick. Later arrivals wait for the next tick.
    now: f64,
    sent: u64,
    accepted: u64,
    refused: u64,
    unanswered: u64,
    /// Number of arrivals skipped because the calls lagged too far behind.
    left_out: u64,
    /// Reason of the last refusal or failure.
    trouble: Option<String>,
    /// Latencies of recent calls, oldest first.
    latencies: VecDeque<Duration>,
}

/// A finished call.
struct Call {
    submissions: usize,
    latency: Duration,
    answer: Result<Vec<Outcome>, CallError>,
}

impl Demo {
    fn new(client: Client, board: Slug, traffic: Traffic, progress: Progress) -> Self {
        Self {
            client,
            board,
            traffic,
            progress,
            calls: JoinSet::new(),
            now: 0.0,
            sent: 0,
            accepted: 0,
            refused: 0,
            unanswered: 0,
            left_out: 0,
            trouble: None,
            latencies: VecDeque::with_capacity(LATENCIES),
        }
    }

    fn tick(&mut self) {
        self.now = self.progress.elapsed().as_secs_f64();
        self.left_out += self.traffic.arrivals(self.now - MAX_BEHIND, usize::MAX) as u64;
        self.send();
        let status = self.status();
        self.progress.update(self.sent, &status);
    }

    /// Sends the arrivals up to the last tick, while fewer than the maximum of calls are in flight.
    fn send(&mut self) {
        while self.calls.len() < MAX_CALLS {
            let count = self.traffic.arrivals(self.now, MAX_BATCH);
            if count == 0 {
                return;
            }
            let submissions: Vec<_> = (0..count).map(|_| self.traffic.submission()).collect();
            self.sent += count as u64;
            let (client, board) = (self.client.clone(), self.board.clone());
            self.calls.spawn(async move {
                let began = Instant::now();
                let answer = client.submit(&board, &submissions).await;
                Call {
                    submissions: count,
                    latency: began.elapsed(),
                    answer,
                }
            });
        }
    }

    /// Counts the results of a call. An unavailable server may recover, so the demo continues. A
    /// server that refuses the call would refuse the next one too, so the demo ends.
    fn settle(&mut self, call: Result<Call, JoinError>) -> anyhow::Result<()> {
        let call = call.context("a call panicked")?;
        match call.answer {
            Ok(outcomes) => {
                if self.latencies.len() == LATENCIES {
                    self.latencies.pop_front();
                }
                self.latencies.push_back(call.latency);
                for outcome in outcomes {
                    if outcome.is_accepted() {
                        self.accepted += 1;
                    } else {
                        self.refused += 1;
                        self.trouble = Some(outcome.to_string());
                    }
                }
            }
            Err(error) if error.retry_after().is_some() => {
                self.unanswered += call.submissions as u64;
                self.trouble = Some(error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn status(&self) -> String {
        let rate = per_second(self.sent, self.progress.elapsed());
        let mut parts = vec![
            format!("{} sent ({}/s)", HumanCount(self.sent), HumanCount(rate)),
            format!("{} accepted", HumanCount(self.accepted)),
            format!("{} refused", HumanCount(self.refused)),
        ];
        if let Some((median, slow)) = percentiles(&self.latencies) {
            parts.push(format!("calls take {median:.1?} (p50), {slow:.1?} (p99)"));
        }
        if self.unanswered > 0 {
            parts.push(format!("{} not answered", HumanCount(self.unanswered)));
        }
        if self.left_out > 0 {
            let left_out = HumanCount(self.left_out);
            parts.push(format!("{left_out} skipped: the server does not keep up"));
        }
        parts.join(", ")
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.progress.finish();
        // The result of calls that outlast the grace period is unknown.
        let answered = self.accepted + self.refused;
        self.unanswered = self.sent - answered;
        if let Some(trouble) = &self.trouble {
            self.progress.say(&format!("the last error was: {trouble}"));
        }
        writeln!(io::stdout().lock(), "{}", self.status())
            .context("cannot write to standard output")?;
        ensure!(
            self.accepted > 0 || self.sent == 0,
            "no submission was accepted"
        );
        Ok(())
    }
}

/// The 50th and the 99th percentile of the latencies.
fn percentiles(latencies: &VecDeque<Duration>) -> Option<(Duration, Duration)> {
    let mut sorted: Vec<Duration> = latencies.iter().copied().collect();
    sorted.sort_unstable();
    let of_hundred = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1);
    Some((*of_hundred(50)?, *of_hundred(99)?))
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;

    #[test]
    fn percentiles_are_exact_and_absent_without_latencies() {
        assert_eq!(percentiles(&VecDeque::new()), None);
        let millis = |range: RangeInclusive<u64>| -> VecDeque<Duration> {
            range.map(Duration::from_millis).collect()
        };
        let of = |n| (Duration::from_millis(n), Duration::from_millis(n));
        assert_eq!(percentiles(&millis(7..=7)), Some(of(7)));
        let expected = (Duration::from_millis(50), Duration::from_millis(99));
        assert_eq!(percentiles(&millis(1..=100)), Some(expected));
    }

    #[test]
    fn rate_is_accepted_only_within_its_bounds() {
        for good in ["0.1", "20", "100000"] {
            assert!(rate(good).is_ok(), "{good}");
        }
        for bad in ["0", "0.09", "-1", "100001", "NaN", "inf", "fast", ""] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
