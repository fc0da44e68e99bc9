//! Display names that this node read from Redis, so that a read of rows returns none.
//!
//! A board's names have a stamp in Redis (`lua/season.lua`), which moves with every change of a name
//! that a reader may have seen. A read of rows returns the stamp of its state, and a cached name is
//! used only at the stamp at which it was read. A row's name is therefore never older than the row,
//! whether or not a notice of a rename arrived.
//!
//! The number of names is bounded: a full cache starts empty again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use leaderport::{PlayerId, PlayerName, Slug};
use tokio::time::Instant;

/// Maximum number of names, over all boards. Each has two short texts on the heap.
pub(super) const CAPACITY: usize = 1 << 20;

/// Lifetime of the cached names of a board. Nodes of an earlier version do not move the stamp.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The cache.
pub(super) struct NameCache {
    capacity: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Boards with at least one name.
    boards: HashMap<Slug, BoardNames>,
    /// Number of names of all boards.
    count: usize,
}

/// Names of one board, all read at one stamp.
struct BoardNames {
    stamp: u64,
    since: Instant,
    names: HashMap<PlayerId, PlayerName>,
}

impl BoardNames {
    fn is_current(&self, stamp: u64, now: Instant) -> bool {
        self.stamp == stamp && now.saturating_duration_since(self.since) < MAX_AGE
    }
}

impl NameCache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            held: Mutex::default(),
        }
    }

    /// The cached names of players of a board at a stamp, in the order of the players.
    pub(super) fn get<'a>(
        &self,
        board: &Slug,
        stamp: u64,
        players: impl Iterator<Item = &'a PlayerId>,
        now: Instant,
    ) -> Vec<Option<PlayerName>> {
        let held = self.lock();
        let of_board = held.boards.get(board);
        let names = of_board.filter(|names| names.is_current(stamp, now));
        let name = |player: &'a PlayerId| names.and_then(|names| names.names.get(player).cloned());
        players.map(name).collect()
    }

    /// Caches names that were read at a stamp. Names of another stamp are dropped.
    pub(super) fn insert(
        &self,
        board: &Slug,
        stamp: u64,
        mut read: Vec<(PlayerId, PlayerName)>,
        now: Instant,
    ) {
        read.truncate(self.capacity);
        if read.is_empty() {
            return;
        }
        let dropped = self.lock().insert(board, stamp, read, now, self.capacity);
        if !dropped.is_empty() {
            // Up to a million names: freeing them would delay other tasks.
            tokio::task::spawn_blocking(move || drop(dropped));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Returns the names that were dropped to make room, or because they are outdated.
    fn insert(
        &mut self,
        board: &Slug,
        stamp: u64,
        read: Vec<(PlayerId, PlayerName)>,
        now: Instant,
        capacity: usize,
    ) -> Vec<BoardNames> {
        let mut dropped = Vec::new();
        if self.count + read.len() > capacity {
            self.count = 0;
            dropped.extend(std::mem::take(&mut self.boards).into_values());
        }
        let is_outdated = |names: &BoardNames| !names.is_current(stamp, now);
        if self.boards.get(board).is_some_and(is_outdated)
            && let Some(outdated) = self.boards.remove(board)
        {
            self.count -= outdated.names.len();
            dropped.push(outdated);
        }
        let held = self
            .boards
            .entry(board.clone())
            .or_insert_with(|| BoardNames {
                stamp,
                since: now,
                names: HashMap::new(),
            });
        let before = held.names.len();
        held.names.extend(read);
        self.count += held.names.len() - before;
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(id: &str) -> PlayerId {
        PlayerId::new(id).unwrap()
    }

    fn read(pairs: &[(&str, &str)]) -> Vec<(PlayerId, PlayerName)> {
        let pair = |(id, name): &(&str, &str)| (player(id), PlayerName::new(name).unwrap());
        pairs.iter().map(pair).collect()
    }

    /// A cache of four names, and the board that tests use.
    fn cache() -> (NameCache, Slug) {
        (NameCache::new(4), Slug::new("arena").unwrap())
    }

    fn shown(cache: &NameCache, board: &Slug, stamp: u64, now: Instant) -> [Option<String>; 2] {
        let players = ["ann", "bob"].map(player);
        let names = cache.get(board, stamp, players.iter(), now);
        let names = names.into_iter().map(|name| name.map(|n| n.to_string()));
        names.collect::<Vec<_>>().try_into().unwrap()
    }

    #[tokio::test]
    async fn names_are_used_only_at_their_stamp() {
        let ((cache, board), now) = (cache(), Instant::now());
        cache.insert(&board, 1, read(&[("ann", "Ann")]), now);
        let ann = Some("Ann".to_owned());
        assert_eq!(shown(&cache, &board, 1, now), [ann, None]);
        assert_eq!(shown(&cache, &board, 2, now), [None, None]);
        let other = Slug::new("other").unwrap();
        assert_eq!(shown(&cache, &other, 1, now), [None, None]);
        // A read at a newer stamp replaces the names, and a late one never brings them back there.
        cache.insert(&board, 2, read(&[("bob", "Bob")]), now);
        let bob = Some("Bob".to_owned());
        assert_eq!(shown(&cache, &board, 2, now), [None, bob]);
        cache.insert(&board, 1, read(&[("ann", "Ann")]), now);
        assert_eq!(shown(&cache, &board, 2, now), [None, None]);
    }

    #[tokio::test]
    async fn names_expire() {
        let ((cache, board), now) = (cache(), Instant::now());
        cache.insert(&board, 1, read(&[("ann", "Ann")]), now);
        let last = now + MAX_AGE;
        assert_eq!(shown(&cache, &board, 1, last), [None, None]);
        cache.insert(&board, 1, read(&[("bob", "Bob")]), last);
        let bob = Some("Bob".to_owned());
        assert_eq!(shown(&cache, &board, 1, last), [None, bob]);
    }

    #[tokio::test]
    async fn number_of_names_is_bounded() {
        let ((cache, board), now) = (cache(), Instant::now());
        for n in 0..100 {
            let ids = [format!("p{n}"), format!("q{n}"), "ann".to_owned()];
            let names = ids.map(|id| (player(&id), PlayerName::new("Name").unwrap()));
            let stamp = n / 10;
            cache.insert(&board, stamp, names.to_vec(), now);
            let other = Slug::new(&format!("board-{n}")).unwrap();
            cache.insert(&other, 0, read(&[("bob", "Bob")]), now);
            let held = cache.lock();
            let names = held.boards.values().map(|names| names.names.len());
            assert_eq!(held.count, names.clone().sum::<usize>());
            assert!(held.count <= 4, "{}", held.count);
            assert!(names.clone().all(|count| count > 0), "boards have names");
        }
    }
}
