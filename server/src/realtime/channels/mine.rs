//! The channel of a player's own standing in a season. Its state includes the players who overtook
//! the player since the subscription.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use leaderport::protocol::{Channel, Mine as MineState, MyPlace, Overtaker, State, keep_newest};
use leaderport::service::ports::broker::Publication;
use leaderport::service::{Error, Leaderboards, PlayerStanding};
use leaderport::{PlayerId, Rank, SeasonKey};
use tokio::time::Instant;

use crate::realtime::channels::registry::Registry;
use crate::realtime::channels::watchers::{Positions, Single};

/// Maximum number of named overtakers.
const OVERTAKERS: usize = 3;

/// Minimum interval of updates in which only the season's total has changed.
const TOTALS_INTERVAL: Duration = Duration::from_secs(1);

/// A player's own standing.
pub(crate) struct Mine {
    key: SeasonKey,
    leaderboards: Arc<Leaderboards>,
    player: PlayerId,
    positions: Arc<Positions>,
    /// Registry of the season's watched standings; contains this one until it is dropped.
    all: Arc<Registry<PlayerId, Mine>>,
    pub(crate) single: Single,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The row at the last read.
    row: Option<Row>,
    is_marked: bool,
    /// Whether a read is in progress. Publications that arrive during the read may be newer than
    /// its result.
    is_reading: bool,
    /// Whether the season's total has changed.
    is_resized: bool,
    read_at: Option<Instant>,
    /// Players who overtook this one since the last read.
    passed: Vec<(PlayerId, Rank)>,
    /// The overtakers of the published state, with names.
    overtakers: Vec<Overtaker>,
}

/// The player's row: the ranked player (after a merge, the receiving one), place and rank.
struct Row {
    player: PlayerId,
    place: u64,
    rank: Rank,
}

impl Mine {
    pub(crate) fn new(
        key: SeasonKey,
        leaderboards: Arc<Leaderboards>,
        player: PlayerId,
        positions: Arc<Positions>,
        all: Arc<Registry<PlayerId, Self>>,
    ) -> Self {
        let channel = Channel::Me(key.clone());
        Self {
            key,
            leaderboards,
            player,
            positions,
            all,
            single: Single::new(channel),
            seen: Mutex::default(),
        }
    }

    /// Reads the standing for the first time.
    pub(crate) async fn open(&self) -> Result<(), Error> {
        let opened = &self.single.opened;
        opened.open(async || self.read().await).await
    }

    /// Handles publications. Returns whether the standing must be read again.
    pub(crate) fn receive(&self, publications: &[Publication], is_resized: bool) -> bool {
        let mut seen = self.lock();
        seen.is_resized |= is_resized;
        seen.is_marked |= seen.is_reading;
        for publication in publications {
            let (top, bottom) = publication.touched;
            let is_own = publication.player == self.player;
            let Some(row) = &seen.row else {
                seen.is_marked |= is_own;
                continue;
            };
            let is_own = is_own || publication.player == row.player;
            let is_touched = (top..=bottom).contains(&row.place);
            let passed = publication.now.filter(|(_, rank)| {
                let was_behind = |before: Rank| before >= row.rank && *rank < before;
                !is_own
                    && top <= row.place
                    && *rank <= row.rank
                    && publication.previous.is_none_or(was_behind)
            });
            seen.is_marked |= is_own || is_touched;
            if let Some((_, rank)) = passed {
                seen.passed.push((publication.player.clone(), rank));
                keep_newest(&mut seen.passed, OVERTAKERS);
            }
        }
        seen.is_marked || seen.is_resized
    }

    /// Marks the standing for a new read, because publications may have been missed.
    pub(crate) fn lost(&self) {
        self.lock().is_marked = true;
    }

    /// Reads the standing if it is marked, or if an update of the total is due.
    pub(crate) async fn read_if_marked(&self) -> Result<(), Error> {
        let is_due = {
            let seen = self.lock();
            let is_rested = seen
                .read_at
                .is_none_or(|at| at.elapsed() >= TOTALS_INTERVAL);
            seen.is_marked || seen.is_resized && is_rested
        };
        if !is_due || !self.single.opened.is_done() {
            return Ok(());
        }
        let read = self.read().await;
        if read.is_err() {
            self.lost();
        }
        read
    }

    async fn read(&self) -> Result<(), Error> {
        let passed = {
            let mut seen = self.lock();
            seen.is_reading = true;
            seen.is_marked = false;
            seen.is_resized = false;
            seen.read_at = Some(Instant::now());
            std::mem::take(&mut seen.passed)
        };
        let standing = match self.standing().await {
            Ok(standing) => standing,
            Err(error) => {
                let mut seen = self.lock();
                seen.is_reading = false;
                seen.passed = [passed, std::mem::take(&mut seen.passed)].concat();
                return Err(error);
            }
        };
        let (service, key) = (&self.leaderboards, &self.key);
        let mut named = Vec::with_capacity(passed.len());
        for (player, rank) in passed {
            let name = service.name_of(key, &player).await;
            named.push(Overtaker { player, name, rank });
        }
        let place = standing.as_ref().map(MyPlace::from);
        let player = standing.map_or_else(|| self.player.clone(), |s| s.row.player);
        let overtaken_by = {
            let mut seen = self.lock();
            seen.is_reading = false;
            seen.row = place.map(|place| Row {
                player: player.clone(),
                place: place.place,
                rank: place.rank,
            });
            let again = |o: &Overtaker| named.iter().all(|n| n.player != o.player);
            seen.overtakers.retain(again);
            seen.overtakers.extend(named);
            keep_newest(&mut seen.overtakers, OVERTAKERS);
            seen.overtakers.clone()
        };
        let state = State::Me(MineState {
            player,
            standing: place,
            overtaken_by,
        });
        self.single.show(state, &self.positions);
        Ok(())
    }

    async fn standing(&self) -> Result<Option<PlayerStanding>, Error> {
        let (service, key) = (&self.leaderboards, &self.key);
        let info = service.find(&key.board, None, Some(key.season))?;
        match service.standing(info, &self.player).await {
            Ok(standing) => Ok(Some(standing)),
            Err(Error::UnknownPlayer(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.all.leave(&self.player);
    }
}
