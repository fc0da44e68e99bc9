//! Loads a season from the ledger into the broker, once for all who wait.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::leaderboards::commit::MAX_BATCH;
use crate::service::ports::broker::Broker;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::stored::{Ranks, StoredStanding};
use crate::{Drift, SeasonKey};

/// Loads seasons one at a time, so that a crowd asking for one loads it once.
pub(crate) struct Loader {
    broker: Arc<dyn Broker>,
    ledger: Arc<dyn Ledger>,
    one_at_a_time: Mutex<()>,
}

/// Nobody else loads while this is held.
pub(crate) struct Paused<'a> {
    loader: &'a Loader,
    _turn: MutexGuard<'a, ()>,
}

impl Loader {
    pub(crate) fn new(ledger: Arc<dyn Ledger>, broker: Arc<dyn Broker>) -> Self {
        Self {
            broker,
            ledger,
            one_at_a_time: Mutex::new(()),
        }
    }

    /// Makes sure that the broker holds a season. Gives the number of standings
    /// if it had to be loaded.
    pub(crate) async fn ensure(&self, key: &SeasonKey) -> Result<Option<u64>, Error> {
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
    pub(crate) async fn ensure_if_any(&self, key: &SeasonKey) -> Result<bool, Error> {
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
    pub(crate) async fn apply(
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

    /// Applies what was recorded some time ago. Over a broker of this process, where
    /// nothing is loaded meanwhile, a season that is not held is left: whoever loads
    /// it reads the ledger of now. Over another, a node may be loading it as it was.
    pub(crate) async fn apply_late(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<(), Error> {
        if self.broker.is_local() {
            let _loading = self.pause().await;
            self.broker.apply(key, changes).await?;
        } else {
            self.apply(key, changes).await?;
        }
        Ok(())
    }

    /// The same for a season that was counted anew as a whole.
    pub(crate) async fn build_late(&self, key: &SeasonKey) -> Result<(), Error> {
        if !self.broker.is_local() || self.broker.holds(key).await? {
            self.build_anew(key).await?;
        }
        Ok(())
    }

    /// Builds a season anew from the ledger and swaps it in: readers see the old
    /// one until then. Gives its number of standings.
    pub(crate) async fn build_anew(&self, key: &SeasonKey) -> Result<u64, Error> {
        let standings = self.pause().await.load(key).await?;
        // What was applied to the old one after the ledger was read.
        let (_, lacking) = self.compare(key).await?;
        self.apply_all(key, &lacking).await?;
        Ok(standings)
    }

    /// How far a season's engines are apart, and what the broker lacks.
    pub(crate) async fn compare(
        &self,
        key: &SeasonKey,
    ) -> Result<(Drift, Vec<StoredStanding>), Error> {
        let mut drift = Drift::default();
        let mut lacking = Vec::new();
        // The broker first: what is written meanwhile is then newer in the ledger.
        let Some(mut ranked) = self.broker.versions(key).await? else {
            return Ok((drift, lacking));
        };
        for standing in self.ledger.standings(key).await? {
            drift.checked += 1;
            match ranked.remove(&standing.player) {
                None => drift.missing += 1,
                Some(version) if version < standing.version => drift.stale += 1,
                Some(version) => {
                    drift.ahead += u64::from(version > standing.version);
                    continue;
                }
            }
            lacking.push(standing);
        }
        drift.ahead += ranked.len() as u64;
        Ok((drift, lacking))
    }

    /// Gives the broker what it lacks of a season.
    pub(crate) async fn apply_all(
        &self,
        key: &SeasonKey,
        lacking: &[StoredStanding],
    ) -> Result<(), Error> {
        let named = lacking.iter();
        let named = named.filter_map(|s| Some((s.player.clone(), s.name.clone()?)));
        for names in named.collect::<Vec<_>>().chunks(MAX_BATCH) {
            self.broker.rename(names, true).await?;
        }
        for changes in lacking.chunks(MAX_BATCH) {
            self.apply(key, changes).await?;
        }
        Ok(())
    }

    /// Waits for loads that run, and keeps others from beginning.
    pub(crate) async fn pause(&self) -> Paused<'_> {
        Paused {
            loader: self,
            _turn: self.one_at_a_time.lock().await,
        }
    }
}

impl Paused<'_> {
    /// Loads a season, held or not. Gives its number of standings.
    pub(crate) async fn load(&self, key: &SeasonKey) -> Result<u64, Error> {
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
    pub(crate) async fn fill(&self, key: &SeasonKey) -> Result<u64, Error> {
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
