//! Near cache: copies of hot pages on this node, so that reads need no round trip to a
//! remote broker. The number of pages is bounded.
//!
//! Each copy has a position. A later publication either touches the page, which makes the
//! copy stale, or leaves it unchanged. An unchanged copy is also valid at the later
//! position. The node records the newest position in any answer to a read or a write, and
//! never returns a copy of an older position. An acknowledged caller therefore sees its own
//! write. The one exception: while the broker is slow, the node returns a stale copy with
//! the copy's own position.
//!
//! A copy expires after [`FRESH`], in case publications are lost without a notice.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::repair::subscribed;
use crate::service::ports::broker::{Notice, Publication, Slice};
use crate::{PageNumber, Position, SeasonKey, Slug};

/// Lifetime of an untouched copy.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

/// Maximum age of a stale copy that is returned while the broker is slow.
pub(crate) const STALE: Duration = Duration::from_secs(10);

/// The near cache.
pub(crate) struct Near {
    /// Maximum number of pages; 0 with a local broker.
    capacity: usize,
    copies: Mutex<Copies>,
}

#[derive(Default)]
struct Copies {
    seasons: HashMap<SeasonKey, Season>,
    pages: usize,
    uses: u64,
}

/// State of a season, kept while it has cached pages or running reads.
#[derive(Default)]
struct Season {
    /// Position of the last received publication; untouched pages are current up to it.
    received: Option<Position>,
    /// The newest position in any answer of the broker to this node.
    seen: Option<Position>,
    /// Number of running reads.
    reading: usize,
    /// Number of times that all copies were dropped.
    lives: u64,
    pages: BTreeMap<PageNumber, Copy>,
}

struct Copy {
    slice: Slice,
    read_at: Instant,
    is_touched: bool,
    /// Sequence number of the last use.
    used: u64,
}

/// Result of a lookup.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A page that is current, with its position.
    Fresh(Slice),
    /// An outdated page, for use while the broker is slow.
    Stale(Slice),
    /// No usable copy.
    Nothing,
}

/// A running read; pass it to [`Near::end`], or drop it to cancel.
#[must_use]
pub(crate) struct Reading<'a> {
    near: &'a Near,
    key: SeasonKey,
    number: PageNumber,
    life: u64,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut copies = self.near.lock();
        if let Some(season) = copies.seasons.get_mut(&self.key) {
            season.reading -= 1;
        }
        copies.drop_if_unused(&self.key);
    }
}

impl Near {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            copies: Mutex::default(),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// Looks up a page at an instant.
    pub(crate) fn lookup(&self, key: &SeasonKey, number: PageNumber, now: Instant) -> Lookup {
        let mut copies = self.lock();
        copies.uses += 1;
        let used = copies.uses;
        let Some(season) = copies.seasons.get_mut(key) else {
            return Lookup::Nothing;
        };
        let (received, seen) = (season.received, season.seen);
        let Some(copy) = season.pages.get_mut(&number) else {
            return Lookup::Nothing;
        };
        copy.used = used;
        let age = now.saturating_duration_since(copy.read_at);
        let as_of = newest(copy.slice.position, received);
        let is_behind = seen.is_some_and(|seen| is_older(as_of, seen));
        if !copy.is_touched && !is_behind && age < FRESH {
            copy.slice.position = as_of;
            Lookup::Fresh(copy.slice.clone())
        } else if age < STALE {
            Lookup::Stale(copy.slice.clone())
        } else {
            Lookup::Nothing
        }
    }

    /// Starts a read of a page from the broker.
    pub(crate) fn begin(&self, key: &SeasonKey, number: PageNumber) -> Reading<'_> {
        let mut copies = self.lock();
        let season = copies.seasons.entry(key.clone()).or_default();
        season.reading += 1;
        Reading {
            near: self,
            key: key.clone(),
            number,
            life: season.lives,
        }
    }

    /// Stores the result of a read, if there is one and it is still usable.
    pub(crate) fn end(&self, reading: Reading<'_>, read: Option<&Slice>, now: Instant) {
        let (key, number, life) = (&reading.key, reading.number, reading.life);
        let mut copies = self.lock();
        copies.uses += 1;
        let used = copies.uses;
        let Some(season) = copies.seasons.get_mut(key) else {
            return;
        };
        let (mut freed, mut kept) = (0, 0);
        let is_of_use = |slice: &&Slice| season.lives == life && is_of_stream(slice.position);
        if let Some(slice) = read.filter(is_of_use) {
            freed = season.see(slice.position);
            let received = *season.received.get_or_insert(slice.position);
            let is_newer = |held: &Copy| is_older(slice.position, held.slice.position);
            if !season.pages.get(&number).is_some_and(is_newer) {
                let copy = Copy {
                    slice: slice.clone(),
                    read_at: now,
                    // The result may lack publications that arrived during the read.
                    is_touched: is_older(slice.position, received),
                    used,
                };
                kept = usize::from(season.pages.insert(number, copy).is_none());
            }
        }
        copies.pages = copies.pages + kept - freed;
        copies.make_room(self.capacity);
        // Dropping the reading takes the lock.
        drop(copies);
        drop(reading);
    }

    /// Records the position of an answer. Copies of older positions become stale.
    pub(crate) fn see(&self, key: &SeasonKey, position: Position) {
        if !self.is_on() || !is_of_stream(position) {
            return;
        }
        let mut copies = self.lock();
        if let Some(season) = copies.seasons.get_mut(key) {
            let freed = season.see(position);
            copies.pages -= freed;
        }
    }

    /// The newest recorded position of a season; `None` unless the node caches or reads a page
    /// of the season.
    pub(crate) fn seen(&self, key: &SeasonKey) -> Option<Position> {
        self.lock().seasons.get(key)?.seen
    }

    fn receive(&self, notice: &Notice) {
        match notice {
            Notice::Published(key, publications) => self.publish(key, publications),
            Notice::Loaded(key) => self.forget_season(key),
            Notice::Lost(board) => self.forget_board(board),
            Notice::Back | Notice::Restarted => self.forget_all(),
            Notice::Defined(_) | Notice::Away => {}
        }
    }

    fn publish(&self, key: &SeasonKey, publications: &[Publication]) {
        let mut copies = self.lock();
        if let Some(season) = copies.seasons.get_mut(key) {
            let freed: usize = publications.iter().map(|p| season.publish(p)).sum();
            copies.pages -= freed;
        }
    }

    /// Drops the copies of a board, because this node changed the whole board.
    pub(crate) fn forget_board(&self, board: &Slug) {
        self.forget(|key| key.board == *board);
    }

    /// Drops the copies of a season after a recorded change that no publication announces.
    pub(crate) fn forget_season(&self, key: &SeasonKey) {
        self.forget(|other| other == key);
    }

    /// Drops all copies.
    pub(crate) fn forget_all(&self) {
        self.forget(|_| true);
    }

    /// Number of times that the season's copies were dropped. It distinguishes reads that
    /// began before a drop from later ones.
    pub(crate) fn life(&self, key: &SeasonKey) -> u64 {
        self.lock()
            .seasons
            .get(key)
            .map_or(0, |season| season.lives)
    }

    fn forget(&self, is_one: impl Fn(&SeasonKey) -> bool) {
        let mut copies = self.lock();
        let mut freed = 0;
        for (_, season) in copies.seasons.iter_mut().filter(|(key, _)| is_one(key)) {
            freed += season.clear();
        }
        copies.pages -= freed;
        copies.seasons.retain(|_, season| season.is_used());
    }

    fn lock(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copies {
    /// Evicts the least recently used copies.
    fn make_room(&mut self, capacity: usize) {
        while self.pages > capacity {
            let pages = self.seasons.iter().flat_map(|(key, season)| {
                let used = season.pages.iter();
                used.map(move |(number, copy)| (copy.used, key, *number))
            });
            let Some((_, key, number)) = pages.min() else {
                return;
            };
            let key = key.clone();
            if let Some(season) = self.seasons.get_mut(&key) {
                season.pages.remove(&number);
                self.pages -= 1;
            }
            self.drop_if_unused(&key);
        }
    }

    fn drop_if_unused(&mut self, key: &SeasonKey) {
        if self.seasons.get(key).is_some_and(|s| !s.is_used()) {
            self.seasons.remove(key);
        }
    }
}

impl Season {
    fn is_used(&self) -> bool {
        self.reading > 0 || !self.pages.is_empty()
    }

    /// Drops all copies; returns their number.
    fn clear(&mut self) -> usize {
        self.lives += 1;
        self.received = None;
        std::mem::take(&mut self.pages).len()
    }

    /// Records a position. A new epoch drops all copies; returns their number.
    fn see(&mut self, position: Position) -> usize {
        match self.seen {
            Some(seen) if seen.epoch == position.epoch => {
                self.seen = Some(newest(seen, Some(position)));
                0
            }
            None => {
                self.seen = Some(position);
                0
            }
            Some(_) => {
                self.seen = Some(position);
                self.clear()
            }
        }
    }

    /// Records a publication. A gap before it drops all copies; returns their number.
    fn publish(&mut self, publication: &Publication) -> usize {
        let position = publication.position;
        let Some(received) = self.received else {
            self.received = Some(position);
            return 0;
        };
        if received.epoch == position.epoch && position.offset <= received.offset {
            return 0;
        }
        let is_next = received.epoch == position.epoch && position.offset == received.offset + 1;
        let freed = if is_next { 0 } else { self.clear() };
        self.received = Some(position);
        let (first, last) = publication.touched;
        let touched = PageNumber::holding(first)..=PageNumber::holding(last);
        for (number, copy) in &mut self.pages {
            if !is_older(copy.slice.position, position) {
                continue;
            }
            if touched.contains(number) {
                copy.is_touched = true;
            } else {
                copy.slice.total = publication.total;
            }
        }
        freed
    }
}

/// Whether a position is older than another, or from another epoch.
fn is_older(position: Position, than: Position) -> bool {
    position.epoch != than.epoch || position.offset < than.offset
}

fn newest(position: Position, other: Option<Position>) -> Position {
    match other {
        Some(other) if other.epoch == position.epoch && other.offset > position.offset => other,
        _ => position,
    }
}

fn is_of_stream(position: Position) -> bool {
    !position.is_degraded() && position != Position::NOWHERE
}

/// Applies notices while the service exists. Without `notices`, subscribes now; notices were
/// missed.
pub(crate) async fn follow(service: Weak<Leaderboards>, notices: Option<Receiver<Notice>>) {
    let Some((mut notices, mut missed)) = subscribed(&service, notices) else {
        return;
    };
    loop {
        let notice = match missed.take() {
            Some(missed) => Err(missed),
            None => notices.recv().await,
        };
        let Some(service) = service.upgrade() else {
            return;
        };
        match notice {
            Ok(notice) => service.near.receive(&notice),
            Err(RecvError::Lagged(_)) => service.near.forget(|_| true),
            Err(RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests;
