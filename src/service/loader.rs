//! Loads a season from the ledger into the broker, once for all who wait.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::broker::{Change, Ranking};
use super::ledger::Ranks;
use super::{Broker, Error, Ledger};
use crate::SeasonKey;

/// Loads seasons one at a time, so that a crowd asking for one loads it once.
pub(super) struct Loader {
    broker: Arc<dyn Broker>,
    ledger: Arc<dyn Ledger>,
    one_at_a_time: Mutex<()>,
}

/// Nobody else loads while this is held.
pub(super) struct Paused<'a> {
    loader: &'a Loader,
    _turn: MutexGuard<'a, ()>,
}

impl Loader {
    pub(super) fn new(ledger: Arc<dyn Ledger>, broker: Arc<dyn Broker>) -> Self {
        Self {
            broker,
            ledger,
            one_at_a_time: Mutex::new(()),
        }
    }

    /// Makes sure that the broker holds a season. Gives the number of standings
    /// if it had to be loaded.
    pub(super) async fn ensure(&self, key: &SeasonKey) -> Result<Option<u64>, Error> {
        if !self.broker.holds(key).await? {
            let loading = self.pause().await;
            if !self.broker.holds(key).await? {
                return loading.fill(key).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Makes sure that the broker holds a season, if anybody stands in it.
    /// Whether it holds it now: a season without standings is not worth the
    /// room that it would take from others, and readers may ask for any.
    pub(super) async fn ensure_if_any(&self, key: &SeasonKey) -> Result<bool, Error> {
        if self.broker.holds(key).await? {
            return Ok(true);
        }
        let loading = self.pause().await;
        if self.broker.holds(key).await? {
            return Ok(true);
        }
        let standings = self.ledger.standings(key).await?;
        let is_any = !standings.is_empty();
        if is_any {
            let ranking = loading.ranking(key).await?;
            self.broker.fill(key, ranking, standings).await?;
        }
        Ok(is_any)
    }

    /// Applies changes to a season, loading it where it is not held. Ranks as the
    /// broker gives them.
    pub(super) async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Vec<Option<Ranks>>, Error> {
        // A season may be dropped to make room between these two; twice is no chance.
        for _ in 0..3 {
            if let Some(ranks) = self.broker.apply(key, changes).await? {
                return Ok(ranks);
            }
            self.ensure(key).await?;
        }
        let detail = format!("season {key} does not stay loaded");
        Err(Error::Unavailable {
            part: "broker",
            detail,
        })
    }

    /// Waits for loads that run, and keeps others from beginning.
    pub(super) async fn pause(&self) -> Paused<'_> {
        Paused {
            loader: self,
            _turn: self.one_at_a_time.lock().await,
        }
    }
}

impl Paused<'_> {
    /// Loads a season, held or not. Gives its number of standings.
    pub(super) async fn load(&self, key: &SeasonKey) -> Result<u64, Error> {
        let Loader { ledger, broker, .. } = self.loader;
        let standings = ledger.standings(key).await?;
        let count = standings.len() as u64;
        broker
            .load(key, self.ranking(key).await?, standings)
            .await?;
        tracing::debug!(season = %key, standings = count, "season loaded anew");
        Ok(count)
    }

    /// Loads a season that is not held. Gives its number of standings.
    pub(super) async fn fill(&self, key: &SeasonKey) -> Result<u64, Error> {
        let Loader { ledger, broker, .. } = self.loader;
        let standings = ledger.standings(key).await?;
        let count = standings.len() as u64;
        broker
            .fill(key, self.ranking(key).await?, standings)
            .await?;
        tracing::debug!(season = %key, standings = count, "season loaded");
        Ok(count)
    }

    /// As the ledger has it: another node may have defined it a moment ago.
    async fn ranking(&self, key: &SeasonKey) -> Result<Ranking, Error> {
        let board = self.loader.ledger.board(&key.board).await?;
        let board = board.ok_or_else(|| Error::UnknownBoard(key.board.clone()))?;
        Ok((&board).into())
    }
}
