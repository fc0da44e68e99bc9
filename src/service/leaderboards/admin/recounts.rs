//! Recounts of standings, after rules that change them. Only the recounted board refuses
//! submissions. A recount runs in a task of its own, which survives its caller. If its node dies,
//! any node continues it.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::service::error::Error;
use crate::service::leaderboards::admission::Terms;
use crate::service::leaderboards::commit::{ImportOutcome, Shared};
use crate::service::leaderboards::keyed_locks::KeyedLocks;
use crate::service::leaderboards::near_cache::Near;
use crate::service::leaderboards::reconciliation::loader::Loader;
use crate::service::leaderboards::reconciliation::outbox::Applied;
use crate::service::leaderboards::{Boards, Leaderboards, learn};
use crate::service::ports::broker::Broker;
use crate::service::ports::clock::Clock;
use crate::service::ports::ledger::{Ledger, Settlement};
use crate::service::ports::records::{Records, Recounted};
use crate::{Slug, Submission};

/// Interval between checks for interrupted recounts.
const EVERY: Duration = Duration::from_secs(1);

/// Pause after a recount that could not be continued. Each attempt reads all submissions.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Interval in which a node notes that it works on a recount.
const SEEN_EVERY: Duration = Duration::from_secs(3);

/// Time without a note after which another node continues a recount, in milliseconds.
const LEASE_MILLIS: i64 = 15_000;

/// Longest time that a submission waits for a recount.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// First and longest pause before a waiting submission is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(160));

/// Runs recounts, at most one of each board on this node.
pub(crate) struct Recounts {
    applied: Arc<Applied>,
    boards: Boards,
    broker: Arc<dyn Broker>,
    clock: Arc<dyn Clock>,
    ledger: Arc<dyn Ledger>,
    loader: Arc<Loader>,
    near: Arc<Near>,
    records: Arc<dyn Records>,
    running: KeyedLocks<Slug>,
}

impl Recounts {
    pub(crate) fn new(
        shared: &Shared,
        ledger: Arc<dyn Ledger>,
        records: Arc<dyn Records>,
        broker: Arc<dyn Broker>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            applied: shared.applied.clone(),
            boards: shared.boards.clone(),
            broker,
            clock,
            ledger,
            loader: shared.loader.clone(),
            near: shared.near.clone(),
            records,
            running: KeyedLocks::new(),
        }
    }

    /// Finishes the recount of a board, if one is unfinished. Returns the number of changed
    /// standings.
    ///
    /// # Errors
    /// Fails if the ledger is down. The recount is continued later.
    pub(crate) async fn finish(self: &Arc<Self>, slug: &Slug) -> Result<u64, Error> {
        let (recounts, slug) = (self.clone(), slug.clone());
        let task = tokio::spawn(async move { recounts.run(&slug).await });
        task.await.map_err(|_| Error::stopping())?
    }

    async fn run(&self, slug: &Slug) -> Result<u64, Error> {
        let _running = self.running.exclusive(slug).await;
        let recount = async {
            match self.records.recount(slug).await? {
                Some(recounted) => self.end(slug, recounted).await,
                None => Ok(0),
            }
        };
        let standings = tokio::select! {
            standings = recount => standings?,
            never = self.note_progress(slug) => match never {},
        };
        learn(&self.boards, &*self.ledger, &self.near, slug).await?;
        if let Err(error) = self.broker.announce(slug).await {
            tracing::warn!(board = %slug, %error, "the end of a recount was not announced to other nodes; they learn it with the next submission");
        }
        Ok(standings)
    }

    /// Notes again and again that this node works on the recount.
    async fn note_progress(&self, slug: &Slug) -> Infallible {
        loop {
            tokio::time::sleep(SEEN_EVERY).await;
            let seen = self.records.see_recount(slug, self.clock.now());
            if let Err(error) = seen.await {
                tracing::debug!(board = %slug, %error, "the progress of a recount was not noted");
            }
        }
    }

    /// Ranks the recounted standings, then lets the board accept submissions.
    async fn end(&self, slug: &Slug, recounted: Recounted) -> Result<u64, Error> {
        match self.rank(&recounted).await {
            // With a remote broker, another node may be loading an older state. The batch stays in
            // the outbox, so that the seasons are rebuilt again soon.
            Ok(()) if self.broker.is_local() => self.settle(&recounted).await?,
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(board = %slug, ?error, "recounted seasons are not ranked yet; it is retried");
            }
        }
        self.records.end_recount(slug, recounted.version).await?;
        tracing::info!(board = %slug, standings = recounted.standings, "the standings were recounted");
        Ok(recounted.standings)
    }

    /// Rebuilds the recounted seasons that the broker holds. Any other season is loaded from the
    /// current ledger when it is needed.
    async fn rank(&self, recounted: &Recounted) -> Result<(), Error> {
        for key in &recounted.seasons {
            if self.broker.holds(key).await? {
                self.loader.rebuild_season(key).await?;
                self.near.forget_season(key);
            }
        }
        Ok(())
    }

    async fn settle(&self, recounted: &Recounted) -> Result<(), Error> {
        let settlement = Settlement {
            answers: Vec::new(),
            applied: recounted.id.into_iter().collect(),
        };
        if !settlement.is_empty() {
            self.ledger.record(&settlement, &[]).await?;
            self.applied.add(1);
        }
        Ok(())
    }

    /// Continues recounts on which no node has worked for this time.
    async fn continue_interrupted(self: &Arc<Self>, lease_millis: i64) -> Result<(), Error> {
        let mut result = Ok(());
        for recount in self.records.recounts().await? {
            let age = self.clock.now().millis_i64() - recount.seen_at.millis_i64();
            // A recount that fails must not hold up those of other boards.
            if age >= lease_millis
                && let Err(error) = self.finish(&recount.board).await
            {
                result = Err(error);
            }
        }
        result
    }
}

impl Leaderboards {
    /// Records submissions. Those to a board that is being recounted wait for the end of a short
    /// recount, and are refused during a long one.
    pub(crate) async fn record_after_recounts(
        &self,
        submissions: Vec<Submission>,
        terms: Terms,
    ) -> Result<Vec<Result<ImportOutcome, Error>>, Error> {
        let arrived = self.clock.now();
        let mut outcomes = self.record(submissions.clone(), arrived, terms).await?;
        let until = Instant::now() + LONGEST_WAIT;
        let (mut pause, longest) = PAUSES;
        loop {
            let is_waiting = |n: &usize| matches!(outcomes[*n], Err(Error::Recounting(_)));
            let waiting: Vec<usize> = (0..outcomes.len()).filter(is_waiting).collect();
            if waiting.is_empty() || Instant::now() >= until {
                return Ok(outcomes);
            }
            tokio::time::sleep(pause).await;
            pause = longest.min(2 * pause);
            let again = waiting.iter().map(|n| submissions[*n].clone()).collect();
            match self.record(again, arrived, terms).await {
                Ok(recorded) => {
                    for (n, outcome) in waiting.into_iter().zip(recorded) {
                        outcomes[n] = outcome;
                    }
                }
                // The others of the batch are recorded.
                Err(error) => {
                    for n in waiting {
                        outcomes[n] = Err(error.clone());
                    }
                    return Ok(outcomes);
                }
            }
        }
    }
}

/// Continues interrupted recounts while the service exists.
pub(crate) async fn keep_recounting(service: Weak<Leaderboards>, recounts: Arc<Recounts>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Only a former process can have begun a recount of a local ledger.
    let mut lease = if recounts.ledger.is_local() {
        0
    } else {
        LEASE_MILLIS
    };
    loop {
        ticks.tick().await;
        if service.strong_count() == 0 {
            return;
        }
        match recounts.continue_interrupted(lease).await {
            Ok(()) => lease = LEASE_MILLIS,
            Err(error) => {
                tracing::warn!(?error, "a recount could not be continued; it is retried");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}
