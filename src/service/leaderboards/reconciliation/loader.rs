//! Loads seasons from the ledger into the broker. The broker *holds* a season that is
//! loaded and not evicted.
//!
//! Concurrent callers share one load of a season, and seasons are loaded independently.
//! Readers can request any season, so few of them load at a time, and those that wait too
//! long fail. Writers never queue behind readers of other seasons.
//!
//! Order of the locks: a reader's turn, the board, the season.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::leaderboards::keyed_locks::{Exclusive, KeyedLocks, Shared};
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::ports::broker::Broker;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::records::Records;
use crate::service::ports::stored::{Ranks, StoredStanding};
use crate::{Board, Drift, SeasonKey, Slug};

/// Maximum number of concurrent loads for readers. Each has a whole season in memory.
const READERS_AT_ONCE: usize = 2;

/// Maximum number of concurrent loads for writers.
const WRITERS_AT_ONCE: usize = 4;

/// Maximum time for which a reader waits until its load begins.
const READER_WAIT: Duration = Duration::from_secs(5);

/// Maximum number of seasons that are remembered as empty.
const MAX_EMPTY: u64 = 10_000;

/// Time for which a season is remembered as empty. Another node may write to it.
const EMPTY_FOR: Duration = Duration::from_secs(5);

/// Maximum number of loads of a season while other nodes redefine its board.
const ATTEMPTS: u32 = 4;

/// How a load treats the present state of a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    /// Leaves a held season unchanged.
    Fill,
    /// Like [`Load::Fill`]; does not load a season without standings.
    FillIfAny,
    /// Replaces a held season.
    Replace,
}

/// Loads seasons, each once for all concurrent requests.
pub(crate) struct Loader {
    broker: Arc<dyn Broker>,
    ledger: Arc<dyn Ledger>,
    records: Arc<dyn Records>,
    /// Loads hold it shared.
    boards: KeyedLocks<Slug>,
    seasons: KeyedLocks<SeasonKey>,
    /// Turns of the readers of a season, so that one of them at a time waits for a permit.
    readers: KeyedLocks<SeasonKey>,
    reader_permits: Arc<Semaphore>,
    writer_permits: Semaphore,
    /// Seasons without standings. Inserted only under the season's lock, and removed by
    /// everyone else who takes that lock, so a write is never hidden.
    empty: Cache<SeasonKey, ()>,
}

/// Lock on a season: excludes other loads of it.
pub(crate) struct Locked<'a> {
    loader: &'a Loader,
    key: &'a SeasonKey,
    _board: Shared,
    _season: Exclusive,
}

/// Lock on a board: excludes loads of its seasons.
pub(crate) struct Paused<'a> {
    loader: &'a Loader,
    _board: Exclusive,
}

impl Loader {
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        records: Arc<dyn Records>,
        broker: Arc<dyn Broker>,
    ) -> Self {
        Self {
            broker,
            ledger,
            records,
            boards: KeyedLocks::new(),
            seasons: KeyedLocks::new(),
            readers: KeyedLocks::new(),
            reader_permits: Arc::new(Semaphore::new(READERS_AT_ONCE)),
            writer_permits: Semaphore::new(WRITERS_AT_ONCE),
            empty: Cache::builder()
                .max_capacity(MAX_EMPTY)
                .time_to_live(EMPTY_FOR)
                .build(),
        }
    }

    /// Ensures that the broker holds a season, for a writer. Returns the number of standings
    /// if this call loaded the season.
    pub(crate) async fn ensure(&self, key: &SeasonKey) -> Result<Option<u64>, Error> {
        if self.broker.holds(key).await? {
            return Ok(None);
        }
        let permit = self.writer_permits.acquire().await;
        let _permit = permit.map_err(|_| Error::stopping())?;
        let loading = self.lock(key).await;
        if self.broker.holds(key).await? {
            return Ok(None);
        }
        loading.fill().await.map(Some)
    }

    /// Ensures that the broker holds a season, for a reader. Returns whether the broker holds
    /// it. With `if_any`, a season without standings is not loaded: readers can request any
    /// season, and the loads would evict other seasons.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if too many other seasons are being loaded.
    pub(crate) async fn ensure_for_reader(
        self: &Arc<Self>,
        key: &SeasonKey,
        if_any: bool,
    ) -> Result<bool, Error> {
        if self.broker.holds(key).await? {
            return Ok(true);
        }
        if if_any && self.empty.contains_key(key) {
            return Ok(false);
        }
        let turn = async {
            let turn = self.readers.exclusive(key).await;
            // Another reader may have just loaded the season.
            if self.broker.holds(key).await? {
                return Ok(None);
            }
            let permit = self.reader_permits.clone().acquire_owned().await;
            let permit = permit.map_err(|_| Error::stopping())?;
            Ok::<_, Error>(Some((turn, permit)))
        };
        let turn = timeout(READER_WAIT, turn).await;
        let Some(turn) = turn.map_err(|_| Error::Busy)?? else {
            return Ok(true);
        };
        let (loader, key) = (self.clone(), key.clone());
        // The load continues after its caller is gone, for later readers.
        let load = tokio::spawn(async move {
            let held = loader.load_for_reader(&key, if_any).await;
            drop(turn);
            held
        });
        load.await.unwrap_or_else(|_| Err(Error::stopping()))
    }

    async fn load_for_reader(&self, key: &SeasonKey, if_any: bool) -> Result<bool, Error> {
        let _board = self.boards.shared(&key.board).await;
        let _season = self.seasons.exclusive(key).await;
        if self.broker.holds(key).await? {
            return Ok(true);
        }
        if if_any && self.empty.contains_key(key) {
            return Ok(false);
        }
        let load = if if_any { Load::FillIfAny } else { Load::Fill };
        let loaded = self.load(key, load).await?;
        if loaded.is_none() {
            self.empty.insert(key.clone(), ());
        }
        Ok(loaded.is_some())
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
            let _loading = self.lock(key).await;
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
        let standings = self.lock(key).await.load().await?;
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

    /// Waits for a running load of a season and prevents another one.
    pub(crate) async fn lock<'a>(&'a self, key: &'a SeasonKey) -> Locked<'a> {
        let board = self.boards.shared(&key.board).await;
        let season = self.seasons.exclusive(key).await;
        self.empty.invalidate(key);
        Locked {
            loader: self,
            key,
            _board: board,
            _season: season,
        }
    }

    /// Waits for the running loads of a board's seasons and prevents other ones.
    pub(crate) async fn pause(&self, board: &Slug) -> Paused<'_> {
        let board = self.boards.exclusive(board).await;
        self.empty.invalidate_all();
        Paused {
            loader: self,
            _board: board,
        }
    }

    /// Loads a season that is not held. Returns the number of standings.
    async fn fill(&self, key: &SeasonKey) -> Result<u64, Error> {
        let loaded = self.load(key, Load::Fill).await?;
        Ok(loaded.unwrap_or_default())
    }

    /// Loads a season. Returns the number of standings, or `None` if it was not loaded.
    ///
    /// Locks exclude loads of this node only. Another node that redefines or deletes the board
    /// during the load drops the board's seasons, perhaps before this one is swapped in. The
    /// board is therefore compared after the load.
    async fn load(&self, key: &SeasonKey, load: Load) -> Result<Option<u64>, Error> {
        for _ in 0..ATTEMPTS {
            // Read the board from the ledger, because another node may have just redefined it.
            // Read it before the standings, so that they are not of an earlier board.
            let board = self.ledger.board(&key.board).await?;
            let board = board.ok_or_else(|| Error::UnknownBoard(key.board.clone()))?;
            let standings = self.ledger.standings(key).await?;
            if load == Load::FillIfAny && standings.is_empty() {
                return Ok(None);
            }
            let count = standings.len() as u64;
            let ranking = Ranking::from(&board);
            match load {
                Load::Fill | Load::FillIfAny => self.broker.fill(key, ranking, standings).await?,
                Load::Replace => self.broker.load(key, ranking, standings).await?,
            }
            if !self.drop_if_outdated(&board).await? {
                tracing::debug!(season = %key, standings = count, "season loaded");
                return Ok(Some(count));
            }
        }
        Err(Error::contended(&key.board))
    }

    /// Drops the seasons of a board that was deleted after it was read, or got rules by which
    /// they differ. Returns whether it did. Seasons that are ranked by the current rules stay,
    /// unless these rules also count differently.
    async fn drop_if_outdated(&self, read: &Board) -> Result<bool, Error> {
        let now = self.ledger.board(&read.slug).await?;
        if now.as_ref().is_some_and(|now| now.version == read.version) {
            return Ok(false);
        }
        let deleted = self.records.deleted_board(&read.slug).await?;
        let is_same = deleted.is_none_or(|deleted| deleted.version < read.version);
        let Some(now) = now.filter(|_| is_same) else {
            // The slug has no board, or another one.
            self.broker.forget(&read.slug, None).await?;
            self.broker.forget_newest_applied(Some(&read.slug)).await?;
            return Ok(true);
        };
        let is_counted_alike = !now.counts_unlike(read) && now.season_rules == read.season_rules;
        let ranking = Ranking::from(&now);
        if is_counted_alike && ranking == Ranking::from(read) {
            return Ok(false);
        }
        let unlike = Some(ranking).filter(|_| is_counted_alike);
        self.broker.forget(&read.slug, unlike).await?;
        Ok(true)
    }
}

impl Locked<'_> {
    /// Loads the season, replacing it if it is held. Returns the number of standings.
    async fn load(&self) -> Result<u64, Error> {
        let loaded = self.loader.load(self.key, Load::Replace).await?;
        Ok(loaded.unwrap_or_default())
    }

    /// Loads the season, which is not held. Returns the number of standings.
    async fn fill(&self) -> Result<u64, Error> {
        self.loader.fill(self.key).await
    }
}

impl Paused<'_> {
    /// Loads a season of the board that is not held. Returns the number of standings.
    pub(crate) async fn fill(&self, key: &SeasonKey) -> Result<u64, Error> {
        self.loader.fill(key).await
    }
}
