//! The broker in memory, for a single node.
//!
//! Each season has its own lock, so boards do not block each other. The broker holds at most
//! [`MAX_SEASONS`] seasons. Loading one more evicts the least recently used season, which is loaded
//! again on its next use.

pub mod interner;
mod players;
mod season;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, Stream, StreamExt};
use leaderport::board::Ranking;
use leaderport::protocol::Presence;
use leaderport::service::Broker;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Change, Missed, Notice, PlaceRead, Publication, Slice};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::{Epoch, PlayerId, Position, Rank, Score, SeasonKey, Slug};
use tokio::sync::broadcast;
use tokio::time::Instant;

use self::players::Players;
use self::season::{Loading, SeasonState};

/// Maximum number of held seasons.
pub const MAX_SEASONS: usize = 1024;

/// Number of standings whose players get their numbers under one lock: some tenths of a millisecond.
const PART: usize = 1000;

/// Number of notices that a subscriber may lag behind.
const NOTICES: usize = 4096;

/// The broker in memory.
pub struct Memory {
    seasons: RwLock<HashMap<SeasonKey, Arc<Held>>>,
    players: Arc<RwLock<Players>>,
    notices: broadcast::Sender<Notice>,
    next_epoch: AtomicU64,
    /// Sequence number of the last use of any season.
    uses: AtomicU64,
    presence: RwLock<Presences>,
}

/// The last report of each node about a board's viewers, and its expiry.
type Presences = HashMap<Slug, HashMap<String, (Presence, Instant)>>;

struct Held {
    state: RwLock<SeasonState>,
    /// Sequence number of the last use, to find the least recently used season.
    used: AtomicU64,
}

/// Known players whose names a load changed. They are published on drop, also if the load fails or is
/// cancelled: held seasons show the names already, and later ones of the same version are ignored.
struct Renamed<'a> {
    memory: &'a Memory,
    players: BTreeSet<u32>,
}

impl Drop for Renamed<'_> {
    fn drop(&mut self) {
        self.memory.publish_renamed(&self.players);
    }
}

// Locks of std suffice: they are held for microseconds and never across an await.
// Lock order: `seasons`, then a season's `state`, then `players`.

impl Memory {
    /// `seed` distinguishes this process's epochs from those of others: use a random one.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seasons: RwLock::default(),
            players: Arc::default(),
            notices: broadcast::channel(NOTICES).0,
            next_epoch: AtomicU64::new(seed),
            uses: AtomicU64::new(0),
            presence: RwLock::default(),
        }
    }

    fn held(&self, key: &SeasonKey) -> Option<Arc<Held>> {
        let held = read(&self.seasons).get(key).cloned()?;
        // The most recently used season stays that without a write. A write would take the cache line
        // from readers on other cores.
        if held.used.load(Ordering::Relaxed) != self.uses.load(Ordering::Relaxed) {
            held.used.store(self.next_use(), Ordering::Relaxed);
        }
        Some(held)
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn read<T>(
        &self,
        key: &SeasonKey,
        read_it: impl FnOnce(&SeasonState, &Players) -> T,
    ) -> Option<T> {
        let held = self.held(key)?;
        let state = read(&held.state);
        Some(read_it(&state, &read(&self.players)))
    }

    /// Builds a season from parts of its standings. The lock of the players is held only for each
    /// part, so that other seasons are read and changed while a long season loads. Drop the returned
    /// [`Renamed`] after the season is held.
    async fn build(
        &self,
        ranking: Ranking,
        parts: impl Stream<Item = Vec<StoredStanding>> + Send,
    ) -> Result<(Arc<Held>, Renamed<'_>), BrokerError> {
        let mut loading = Loading::new(ranking);
        let mut renamed = Renamed {
            memory: self,
            players: BTreeSet::new(),
        };
        let mut parts = std::pin::pin!(parts);
        while let Some(part) = parts.next().await {
            let numbers = {
                let mut players = write(&self.players);
                let intern = |s: &StoredStanding| {
                    players.intern(&s.player, s.name.as_ref(), &mut renamed.players)
                };
                part.iter().map(intern).collect()
            };
            loading.add(part, numbers);
            tokio::task::yield_now().await;
        }
        let epoch = Epoch(self.next_epoch.fetch_add(1, Ordering::Relaxed));
        let state = tokio::task::spawn_blocking(move || loading.finish(epoch)).await;
        let state = state.map_err(|error| BrokerError(format!("a load failed: {error}")))?;
        let used = AtomicU64::new(self.next_use());
        let state = RwLock::new(state);
        Ok((Arc::new(Held { state, used }), renamed))
    }

    /// Publishes the rows of renamed players in every held season. Returns these seasons.
    fn publish_renamed(&self, renamed: &BTreeSet<u32>) -> Vec<(SeasonKey, Position)> {
        let mut shown = Vec::new();
        if renamed.is_empty() {
            return shown;
        }
        let held: Vec<(SeasonKey, Arc<Held>)> = read(&self.seasons)
            .iter()
            .map(|(key, held)| (key.clone(), held.clone()))
            .collect();
        for (key, held) in held {
            let mut state = write(&held.state);
            let players = read(&self.players);
            let published: Vec<Publication> = renamed
                .iter()
                .filter_map(|number| state.renamed(*number, &players))
                .collect();
            if let Some(last) = published.last() {
                shown.push((key.clone(), last.position));
                self.notify(Notice::Published(key, published.into()));
            }
        }
        shown
    }

    /// Inserts a season, if `is_wanted` allows it for the currently held one. At the limit, evicts
    /// the least recently used season.
    fn hold(
        &self,
        key: &SeasonKey,
        held: Arc<Held>,
        is_wanted: impl FnOnce(&HashMap<SeasonKey, Arc<Held>>) -> bool,
    ) {
        let mut seasons = write(&self.seasons);
        if !is_wanted(&seasons) {
            return;
        }
        if seasons.len() >= MAX_SEASONS && !seasons.contains_key(key) {
            let oldest = seasons
                .iter()
                .min_by_key(|(_, h)| h.used.load(Ordering::Relaxed));
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                seasons.remove(&oldest);
            }
        }
        seasons.insert(key.clone(), held);
        // Send the notice under the lock, so that it precedes all notices of the season's changes.
        self.notify(Notice::Loaded(key.clone()));
    }

    fn notify(&self, notice: Notice) {
        // Sending fails only without subscribers.
        let _ = self.notices.send(notice);
    }
}

fn parts(standings: Vec<StoredStanding>) -> impl Stream<Item = Vec<StoredStanding>> + Send {
    stream::unfold(standings.into_iter(), async |mut rest| {
        let part: Vec<_> = rest.by_ref().take(PART).collect();
        (!part.is_empty()).then_some((part, rest))
    })
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Broker for Memory {
    async fn holds(&self, key: &SeasonKey) -> Result<bool, BrokerError> {
        Ok(self.held(key).is_some())
    }

    async fn load(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        let (built, _renamed) = self.build(ranking, parts(standings)).await?;
        self.hold(key, built, |_| true);
        Ok(())
    }

    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        let (built, _renamed) = self.build(ranking, parts(standings)).await?;
        self.hold(key, built, |seasons| !seasons.contains_key(key));
        Ok(())
    }

    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError> {
        let mut seasons = write(&self.seasons);
        let is_one = |(key, held): &(&SeasonKey, &Arc<Held>)| {
            let is_unlike = |ranking| read(&held.state).ranking() != ranking;
            key.board == *board && unlike.is_none_or(is_unlike)
        };
        let held = seasons.iter().filter(is_one);
        let held: Vec<SeasonKey> = held.map(|(key, _)| key.clone()).collect();
        for key in &held {
            seasons.remove(key);
        }
        Ok(held)
    }

    async fn rename(
        &self,
        names: &[(PlayerId, StoredName)],
        // A rename is atomic here, so no failed attempt can have left a name unpublished.
        _again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError> {
        // Change the names before the positions, so that a page at a new position never shows an
        // old name.
        let mut renamed = BTreeSet::new();
        let mut players = write(&self.players);
        for (id, name) in names {
            players.intern(id, Some(name), &mut renamed);
        }
        drop(players);
        Ok(self.publish_renamed(&renamed))
    }

    async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Option<Vec<Option<Ranks>>>, BrokerError> {
        let Some(held) = self.held(key) else {
            return Ok(None);
        };
        let mut ranks = Vec::with_capacity(changes.len());
        let mut published: Vec<Publication> = Vec::new();
        let mut renamed = BTreeSet::new();
        let mut state = write(&held.state);
        let numbers: Vec<u32> = {
            let mut players = write(&self.players);
            let intern = |c: &Change| players.intern(&c.player, c.name.as_ref(), &mut renamed);
            changes.iter().map(intern).collect()
        };
        let players = read(&self.players);
        for (change, number) in changes.iter().zip(numbers) {
            let (applied, publication) = state.apply(change, number, &players);
            ranks.push(applied);
            published.extend(publication);
        }
        drop(players);
        if !published.is_empty() {
            // Send the notice under the season's lock, so that notices are in the order of the
            // stream.
            self.notify(Notice::Published(key.clone(), published.into()));
        }
        drop(state);
        self.publish_renamed(&renamed);
        Ok(Some(ranks))
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Option<Slice>, BrokerError> {
        Ok(self.read(key, |state, players| state.slice(players, start, limit)))
    }

    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError> {
        Ok(self.read(key, |state, players| {
            state.place(players, players.find(player)?)
        }))
    }

    async fn around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Option<Slice>>, BrokerError> {
        Ok(self.read(key, |state, players| {
            state.around(players, players.find(player)?, limit)
        }))
    }

    async fn place_of_score(
        &self,
        key: &SeasonKey,
        score: Score,
    ) -> Result<Option<PlaceRead>, BrokerError> {
        Ok(self.read(key, |state, _| state.place_of_score(score)))
    }

    async fn place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<Option<u64>, BrokerError> {
        Ok(self.read(key, |state, _| state.place_of_rank(rank)))
    }

    async fn missed(
        &self,
        key: &SeasonKey,
        since: Position,
    ) -> Result<Option<Missed>, BrokerError> {
        Ok(self.read(key, |state, _| state.missed(since)))
    }

    async fn versions(
        &self,
        key: &SeasonKey,
    ) -> Result<Option<HashMap<PlayerId, u64>>, BrokerError> {
        Ok(self.read(key, SeasonState::versions))
    }

    fn is_local(&self) -> bool {
        true
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        Ok(())
    }

    async fn present(
        &self,
        board: &Slug,
        node: &str,
        here: &Presence,
        lasts: Duration,
    ) -> Result<Presence, BrokerError> {
        let now = Instant::now();
        let mut boards = write(&self.presence);
        let nodes = boards.entry(board.clone()).or_default();
        nodes.insert(node.to_owned(), (here.clone(), now + lasts));
        nodes.retain(|_, (presence, until)| presence.count > 0 && *until > now);
        let all = Presence::sum(nodes.values().map(|(presence, _)| presence));
        if nodes.is_empty() {
            boards.remove(board);
        }
        Ok(all)
    }

    async fn announce(&self, board: &Slug) -> Result<(), BrokerError> {
        self.notify(Notice::Defined(board.clone()));
        Ok(())
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}

#[cfg(test)]
mod tests;
