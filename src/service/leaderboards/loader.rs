//! Loads seasons from the ledger into the broker. The broker *holds* a season that is
//! loaded and not evicted. Concurrent callers share one load.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::ports::broker::Broker;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::stored::{Ranks, StoredStanding};
use crate::{Drift, SeasonKey};

/// Loads one season at a time, so that concurrent requests for a season load it once.
pub(crate) struct Loader {
    broker: Arc<dyn Broker>,
    ledger: Arc<dyn Ledger>,
    one_at_a_time: Mutex<()>,
}

/// Lock on loading: no other season is loaded while it is held.
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

    /// Ensures that the broker holds a season. Returns the number of standings if this call
    /// loaded the season.
    pub(crate) async fn ensure(&self, key: &SeasonKey) -> Result<Option<u64>, Error> {
        if !self.broker.holds(key).await? {
            let loading = self.pause().await;
            if !self.broker.holds(key).await? {
                return loading.fill(key).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Ensures that the broker holds a season, if the season has standings. Returns whether
    /// the broker holds it. Empty seasons are not loaded: readers can request any season, and
    /// the loads would evict other seasons.
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

    /// Applies changes to a season. Loads the season first if the broker does not hold it.
    /// Returns the broker's ranks.
    pub(crate) async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Vec<Option<Ranks>>, Error> {
        // The broker may evict the season between these two calls, but hardly twice in a
        // row.
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

    /// Applies changes that were recorded some time ago. A local broker skips a season that
    /// it does not hold: no load runs concurrently, and a later load reads the current
    /// ledger. With a remote broker, another node may be loading an older state, so the
    /// season is loaded.
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

    /// Rebuilds a season that was recounted as a whole. Skips a season that a local broker
    /// does not hold.
    pub(crate) async fn build_late(&self, key: &SeasonKey) -> Result<(), Error> {
        if !self.broker.is_local() || self.broker.holds(key).await? {
            self.rebuild_season(key).await?;
        }
        Ok(())
    }

    /// Rebuilds a season from the ledger and swaps it in; readers see the old one until
    /// then. Returns the number of standings.
    pub(crate) async fn rebuild_season(&self, key: &SeasonKey) -> Result<u64, Error> {
        let standings = self.pause().await.load(key).await?;
        // Changes recorded after the ledger was read may have reached only the old season.
        let (_, lacking) = self.compare(key).await?;
        self.apply_all(key, &lacking).await?;
        Ok(standings)
    }

    /// Compares a season by version. Returns the drift and the standings that the broker
    /// lacks.
    pub(crate) async fn compare(
        &self,
        key: &SeasonKey,
    ) -> Result<(Drift, Vec<StoredStanding>), Error> {
        let mut drift = Drift::default();
        let mut lacking = Vec::new();
        // Read the broker first, so that concurrent writes appear newer in the ledger.
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

    /// Applies the standings that the broker lacks.
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

    /// Waits for the running load and prevents new ones.
    pub(crate) async fn pause(&self) -> Paused<'_> {
        Paused {
            loader: self,
            _turn: self.one_at_a_time.lock().await,
        }
    }
}

impl Paused<'_> {
    /// Loads a season, replacing it if it is held. Returns the number of standings.
    pub(crate) async fn load(&self, key: &SeasonKey) -> Result<u64, Error> {
        let (ranking, standings) = self.recorded(key).await?;
        let count = standings.len() as u64;
        self.loader.broker.load(key, ranking, standings).await?;
        tracing::debug!(season = %key, standings = count, "season rebuilt");
        Ok(count)
    }

    /// Loads a season that is not held. Returns the number of standings.
    pub(crate) async fn fill(&self, key: &SeasonKey) -> Result<u64, Error> {
        let (ranking, standings) = self.recorded(key).await?;
        let count = standings.len() as u64;
        self.loader.broker.fill(key, ranking, standings).await?;
        tracing::debug!(season = %key, standings = count, "season loaded");
        Ok(count)
    }

    /// A season's rules and standings in the ledger.
    async fn recorded(&self, key: &SeasonKey) -> Result<(Ranking, Vec<StoredStanding>), Error> {
        let standings = self.loader.ledger.standings(key).await?;
        Ok((self.ranking(key).await?, standings))
    }

    /// The board's rules, read from the ledger, because another node may have just redefined
    /// the board.
    async fn ranking(&self, key: &SeasonKey) -> Result<Ranking, Error> {
        let board = self.loader.ledger.board(&key.board).await?;
        let board = board.ok_or_else(|| Error::UnknownBoard(key.board.clone()))?;
        Ok((&board).into())
    }
}
