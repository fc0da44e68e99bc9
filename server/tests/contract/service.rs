//! The service contract, for every pair of engines.

mod access;
mod define;
mod deletion;
mod emblems;
mod engine;
mod exports;
mod lifecycle;
mod loads;
mod look;
mod model;
mod moderation;
mod names;
mod near;
mod nodes;
mod outbox;
mod random;
mod reads;
mod recounts;
mod redis_state;
mod rules;
mod search;
mod seasons;
mod submit;
mod unreadable;
mod viewers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use leaderport::service::{
    Broker, Caller, CommitTask, Error, Leaderboards, Ledger, Outcome, Ports,
};
use leaderport::{
    BoardDraft, NodeProfile, PAGE_SIZE, Page, PageNumber, PlayerId, Position, Row, Slug, Submission,
};
use server::rate_limit::local::{Local, Quotas};

pub(crate) use self::access::*;
pub(crate) use self::define::*;
pub(crate) use self::deletion::*;
pub(crate) use self::emblems::*;
pub(crate) use self::engine::*;
pub(crate) use self::exports::*;
pub(crate) use self::lifecycle::*;
pub(crate) use self::loads::*;
pub(crate) use self::look::*;
pub(crate) use self::moderation::*;
pub(crate) use self::names::*;
pub(crate) use self::near::*;
pub(crate) use self::nodes::*;
pub(crate) use self::outbox::*;
pub(crate) use self::random::*;
pub(crate) use self::reads::*;
pub(crate) use self::recounts::*;
pub(crate) use self::rules::*;
pub(crate) use self::search::*;
pub(crate) use self::seasons::*;
pub(crate) use self::submit::*;
pub(crate) use self::unreadable::*;
pub(crate) use self::viewers::*;
use super::clock::ManualClock;
use super::engines::Engines;
use super::{plain, sample};

/// The number of nodes started so far, which makes node names unique.
static NODES: AtomicU32 = AtomicU32::new(0);

/// How many pages a node caches.
const NEAR_PAGES: usize = 16;

/// A running service. Its clock starts at noon on 20 November 2026.
struct Running {
    service: Arc<Leaderboards>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<ManualClock>,
    commits: CommitTask,
}

impl Running {
    /// Starts over the engines' ledger and an empty broker.
    async fn start(engines: &Engines) -> Self {
        Self::start_with(engines, engines.broker().await).await
    }

    /// Starts over the engines' ledger and the given broker.
    async fn start_with(engines: &Engines, broker: Arc<dyn Broker>) -> Self {
        Self::start_limited(engines, broker, Quotas::default()).await
    }

    /// Like [`Self::start_with`], with quotas.
    async fn start_limited(engines: &Engines, broker: Arc<dyn Broker>, quotas: Quotas) -> Self {
        let ledger = engines.ledger().await;
        Self::start_fully(engines, ledger, broker, quotas).await
    }

    /// Starts over another view of the engines' ledger.
    async fn start_over(
        engines: &Engines,
        ledger: Arc<dyn Ledger>,
        broker: Arc<dyn Broker>,
    ) -> Self {
        Self::start_fully(engines, ledger, broker, Quotas::default()).await
    }

    async fn start_fully(
        engines: &Engines,
        ledger: Arc<dyn Ledger>,
        broker: Arc<dyn Broker>,
        quotas: Quotas,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(sample::noon(0)));
        let limiter = Arc::new(Local::new(&quotas));
        let ports = Ports {
            ledger: ledger.clone(),
            records: engines.records().await,
            broker,
            clock: clock.clone(),
            limiter,
            node: format!("node-{}", NODES.fetch_add(1, Ordering::Relaxed)),
            profile: NodeProfile::default(),
        };
        let started = Leaderboards::start(ports, NEAR_PAGES).await;
        let (service, commits, _) = started.unwrap();
        Self {
            service,
            ledger,
            clock,
            commits,
        }
    }

    /// Stops like a graceful shutdown: all accepted submissions are settled.
    async fn stop(self) {
        drop(self.service);
        let stopped = tokio::time::timeout(Duration::from_secs(10), self.commits).await;
        stopped
            .expect("the commit task ends with the service")
            .unwrap();
    }

    /// Stops like a killed process: no further submission is settled.
    async fn crash(self) {
        self.commits.abort();
        // The task was aborted, or had already ended.
        let _ = self.commits.await;
    }

    async fn define(&self, slug: &str, draft: BoardDraft) -> Slug {
        self.service
            .define_board(&Caller::Operator, sample::slug(slug), draft, None)
            .await
            .unwrap()
            .slug
            .clone()
    }

    /// The outcome of a submission that must be accepted.
    async fn submit(&self, submission: Submission) -> Outcome {
        self.service
            .submit_one(&Caller::Operator, submission)
            .await
            .unwrap()
    }

    /// The error of a submission that must be refused.
    async fn refused(&self, submission: Submission) -> Error {
        self.service
            .submit_one(&Caller::Operator, submission)
            .await
            .unwrap_err()
    }

    /// The first page of a season.
    async fn page(&self, board: &Slug, label: &str) -> (Page, Position) {
        self.service
            .page(&sample::key(board, label), PageNumber::FIRST)
            .await
            .unwrap()
    }

    /// Every row of a season, page by page.
    async fn rows(&self, board: &Slug, label: &str) -> Vec<Row> {
        let key = sample::key(board, label);
        let mut rows = Vec::new();
        loop {
            let number = PageNumber::holding(rows.len() as u64);
            let (page, _) = self.service.page(&key, number).await.unwrap();
            assert_eq!(
                page.rows.len() as u64,
                (page.total - number.start()).min(PAGE_SIZE),
                "{number:?}"
            );
            rows.extend(page.rows);
            if rows.len() as u64 == page.total {
                return rows;
            }
        }
    }

    /// The players of a season, with their ranks and scores.
    async fn ranks(&self, board: &Slug, label: &str) -> Vec<(String, u64, i64)> {
        let shown = |row: &Row| (row.player.to_string(), row.rank.get(), row.score.get());
        self.rows(board, label).await.iter().map(shown).collect()
    }
}

/// The first season's part of an answer: score, rank and previous rank.
fn answer(outcome: &Outcome) -> (i64, u64, Option<u64>) {
    let season = &outcome.seasons[0];
    let ranks = season.ranks.unwrap();
    (
        season.score.get(),
        ranks.rank.get(),
        ranks.previous.map(leaderport::Rank::get),
    )
}

/// The same submission without a time.
fn without_time(submission: Submission) -> Submission {
    Submission {
        at: None,
        ..submission
    }
}

/// The same submission, with a player name.
fn named(name: &str, submission: Submission) -> Submission {
    Submission {
        name: Some(sample::name(name)),
        ..submission
    }
}

/// The field that the error names.
fn field(error: &Error) -> &'static str {
    match error {
        Error::Invalid(invalid) => invalid.field,
        other => panic!("expected an invalid value, got {other:?}"),
    }
}

fn players(rows: &[Row]) -> Vec<&PlayerId> {
    rows.iter().map(|row| &row.player).collect()
}
