//! The outbox: batches that are recorded, but not confirmed as applied to the broker.
//!
//! Any node applies an overdue batch; versions make this idempotent. Batches are independent of
//! each other, because each is applied with the current standings and names. A batch that fails
//! therefore lets the others pass. It becomes a dead letter if it fails [`MAX_FAILURES`] times by
//! its own content, and then waits for an admin. A batch of a board that a newer version defined
//! is left to the nodes of that version.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::{Settlement, Unapplied};
use crate::service::ports::stored::{BatchId, StoredName};
use crate::{PlayerId, SeasonKey, Slug};

/// Number of batches read from the outbox at once.
const BATCHES: u32 = 32;

/// Number of failed attempts after which a batch is a dead letter.
pub(crate) const MAX_FAILURES: u32 = 5;

/// Numbers of batches that this node has applied.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    all: AtomicU64,
    /// The number at the last failure.
    at_failure: AtomicU64,
}

impl Applied {
    pub(crate) fn add(&self, batches: u64) {
        self.all.fetch_add(batches, Ordering::Relaxed);
    }

    /// Whether any batch was applied since the last failure, so that the broker takes writes.
    fn any_since_failure(&self) -> bool {
        let all = self.all.load(Ordering::Relaxed);
        self.at_failure.swap(all, Ordering::Relaxed) < all
    }
}

/// A failed attempt to apply a batch, while ledger and broker respond.
struct Failure {
    id: BatchId,
    error: String,
    /// Whether the content of the batch is certainly the cause.
    is_its_own: bool,
    /// The boards of the batch; `None` if it cannot be read.
    boards: Option<BTreeSet<Slug>>,
}

impl Failure {
    /// Whether a newer version may be able to apply the batch. `newer` has the boards whose
    /// definitions this version cannot read. A batch that cannot be read may be of one of them.
    fn is_for_newer(&self, newer: &BTreeSet<Slug>) -> bool {
        let boards = self.boards.as_ref();
        !newer.is_empty() && boards.is_none_or(|boards| !boards.is_disjoint(newer))
    }
}

impl Leaderboards {
    /// Applies the batches that have been in the outbox for at least `age`. Returns their
    /// number.
    ///
    /// # Errors
    /// Fails if an engine is down; earlier batches stay settled.
    pub async fn drain(&self, age: Duration) -> Result<u64, Error> {
        let mut drained = 0;
        let mut failed: BTreeSet<BatchId> = BTreeSet::new();
        loop {
            let mut batches = self.ledger.unapplied(age, BATCHES).await?;
            // Stop at a list that is not full. An empty list may never come, because other
            // nodes keep writing.
            let is_all = batches.len() < BATCHES as usize;
            batches.retain(|batch| !failed.contains(&batch.id));
            if batches.is_empty() {
                return Ok(drained);
            }
            let (applied, failures) = self.apply_batches(&batches).await?;
            let count = applied.len() as u64;
            drained += count;
            let settlement = Settlement {
                answers: Vec::new(),
                applied,
            };
            self.ledger.record(&settlement, &[]).await?;
            self.applied.add(count);
            failed.extend(failures.iter().map(|failure| failure.id));
            self.note_failures(failures).await?;
            if is_all {
                return Ok(drained);
            }
        }
    }

    /// Applies batches: all at once, or one by one if that fails. Returns the applied ones and
    /// the failures.
    async fn apply_batches(
        &self,
        batches: &[Unapplied],
    ) -> Result<(Vec<BatchId>, Vec<Failure>), Error> {
        let mut failures = Vec::new();
        let mut readable = Vec::with_capacity(batches.len());
        for batch in batches {
            match &batch.unreadable {
                Some(error) => failures.push(Failure {
                    id: batch.id,
                    error: error.clone(),
                    is_its_own: true,
                    boards: None,
                }),
                None => readable.push(batch),
            }
        }
        if !failures.is_empty() {
            // All batches are unreadable while the ledger is down.
            self.check_ledger().await?;
        }
        if self.apply_again(&readable).await.is_ok() {
            return Ok((readable.iter().map(|batch| batch.id).collect(), failures));
        }
        let mut applied = Vec::new();
        for batch in readable {
            let Err(error) = self.apply_again(&[batch]).await else {
                applied.push(batch.id);
                continue;
            };
            self.check_ledger().await?;
            self.check_broker().await?;
            failures.push(Failure {
                id: batch.id,
                error: error.to_string(),
                is_its_own: matches!(error, Error::Invalid(_)),
                boards: Some(boards_of(batch)),
            });
        }
        Ok((applied, failures))
    }

    /// Counts failures. An unclear failure does not kill a batch while the broker applies
    /// nothing else, because the broker may refuse all writes. No failure here kills a batch
    /// that a newer version may be able to apply.
    async fn note_failures(&self, failures: Vec<Failure>) -> Result<(), Error> {
        if failures.is_empty() {
            return Ok(());
        }
        let is_broker_well = self.applied.any_since_failure();
        let newer = self.ledger.boards().await?.unreadable;
        for failure in failures {
            let is_left = failure.is_for_newer(&newer);
            let Failure { id, error, .. } = failure;
            tracing::warn!(
                batch = id.0,
                error,
                is_left,
                "a batch of the outbox could not be applied"
            );
            let may_die = !is_left && (failure.is_its_own || is_broker_well);
            let dies_at = may_die.then_some(MAX_FAILURES);
            let now = self.clock.now();
            self.records.note_failure(id, &error, dies_at, now).await?;
        }
        self.count_dead_letters().await
    }

    /// Sets the metric of dead letters.
    pub(crate) async fn count_dead_letters(&self) -> Result<(), Error> {
        let (dead, _) = self.records.dead_letters(0).await?;
        let dead = u32::try_from(dead).unwrap_or(u32::MAX);
        metrics::gauge!("leaderport_dead_letters").set(dead);
        Ok(())
    }

    /// Puts a dead letter, or all, back into the outbox and tries to apply it. Returns their
    /// number.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn retry_dead_letters(&self, caller: &Caller, id: Option<i64>) -> Result<u64, Error> {
        caller.check(Operation::RetryDeadLetters)?;
        let target = id.map_or_else(|| "all".to_owned(), |id| id.to_string());
        let note = self.note_of(caller, "retry_dead_letters", target);
        let retried = self.records.retry_dead_letters(id.map(BatchId), &note);
        let retried = retried.await?;
        if retried > 0
            && let Err(error) = self.drain(Duration::ZERO).await
        {
            tracing::warn!(?error, "the outbox could not be drained; it is retried");
        }
        self.count_dead_letters().await?;
        Ok(retried)
    }

    /// Applies the newest version of each standing, in chunks of a commit's size. Skips boards that
    /// were deleted.
    async fn apply_again(&self, batches: &[&Unapplied]) -> Result<(), Error> {
        let counted: BTreeSet<&SeasonKey> = batches.iter().flat_map(|b| &b.seasons).collect();
        for key in counted {
            match self.loader.build_late(key).await {
                Err(Error::UnknownBoard(_)) => {}
                built => built?,
            }
            self.near.forget_season(key);
        }
        let names = batches.iter().flat_map(|batch| batch.names.iter().cloned());
        let names: HashMap<PlayerId, StoredName> = names.collect();
        let names: Vec<_> = names.into_iter().collect();
        for names in names.chunks(MAX_BATCH) {
            // An earlier, failed attempt may have reached only some boards.
            self.broker.rename(names, true).await?;
        }
        let standings = batches.iter().flat_map(|batch| &batch.standings);
        let mut seasons: HashMap<&SeasonKey, HashMap<&PlayerId, &Change>> = HashMap::new();
        for (key, standing) in standings {
            let newest = seasons.entry(key).or_default();
            let newest = newest.entry(&standing.player).or_insert(standing);
            if newest.version < standing.version {
                *newest = standing;
            }
        }
        for (key, changes) in seasons {
            let changes: Vec<Change> = changes.into_values().cloned().collect();
            for changes in changes.chunks(MAX_BATCH) {
                match self.loader.apply_late(key, changes).await {
                    Err(Error::UnknownBoard(_)) => break,
                    applied => applied?,
                }
            }
        }
        Ok(())
    }
}

/// The boards of the standings and seasons of a batch.
fn boards_of(batch: &Unapplied) -> BTreeSet<Slug> {
    let standings = batch.standings.iter().map(|(key, _)| key);
    let seasons = standings.chain(&batch.seasons);
    seasons.map(|key| key.board.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_of_a_board_of_a_newer_version_is_left_to_it() {
        let slugs = |names: &[&str]| -> BTreeSet<Slug> {
            names.iter().map(|name| Slug::new(name).unwrap()).collect()
        };
        let failure = |boards: Option<&[&str]>| Failure {
            id: BatchId(1),
            error: String::new(),
            is_its_own: true,
            boards: boards.map(slugs),
        };
        let cases: [(Option<&[_]>, &[_], bool); 5] = [
            (Some(&["arena", "runs"]), &["runs"], true),
            (Some(&["arena"]), &["runs"], false),
            (Some(&[]), &["runs"], false),
            (None, &["runs"], true),
            (None, &[], false),
        ];
        for (boards, newer, expected) in cases {
            let is_left = failure(boards).is_for_newer(&slugs(newer));
            assert_eq!(is_left, expected, "{boards:?} {newer:?}");
        }
    }
}
