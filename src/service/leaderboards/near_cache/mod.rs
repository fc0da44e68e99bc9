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
use crate::service::leaderboards::reconciliation::repair::subscribed;
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
    uses: Uses,
}

/// The cached pages in the order of their last use.
#[derive(Default)]
struct Uses {
    /// Sequence number of the newest use.
    newest: u64,
    /// Each cached page, by the sequence number of its last use.
    pages: BTreeMap<u64, (SeasonKey, PageNumber)>,
}

impl Uses {
    /// Records a first use, and returns its number.
    fn add(&mut self, key: &SeasonKey, number: PageNumber) -> u64 {
        self.newest += 1;
        self.pages.insert(self.newest, (key.clone(), number));
        self.newest
    }

    /// Records a further use of a page, and returns its number.
    fn renew(&mut self, last: u64) -> u64 {
        self.newest += 1;
        if let Some(page) = self.pages.remove(&last) {
            self.pages.insert(self.newest, page);
        }
        self.newest
    }
}

/// State of a season, kept while it has cached pages or running reads.
#[derive(Default)]
struct Season {
    /// State after the last received publication; untouched pages are current up to it.
    received: Option<Received>,
    /// The newest position in any answer of the broker to this node.
    seen: Option<Position>,
    /// Number of running reads.
    reading: usize,
    /// Number of times that all copies were dropped.
    lives: u64,
    pages: BTreeMap<PageNumber, Copy>,
}

struct Received {
    position: Position,
    /// Number of ranked players.
    total: u64,
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
        let Copies { seasons, uses } = &mut *copies;
        let Some(season) = seasons.get_mut(key) else {
            return Lookup::Nothing;
        };
        let Some(copy) = season.pages.get_mut(&number) else {
            return Lookup::Nothing;
        };
        copy.used = uses.renew(copy.used);
        let age = now.saturating_duration_since(copy.read_at);
        if !copy.is_touched && age < FRESH {
            let later = season.received.as_ref();
            let later = later.filter(|later| is_later(later.position, copy.slice.position));
            let as_of = later.map_or(copy.slice.position, |later| later.position);
            if season.seen.is_none_or(|seen| !is_older(as_of, seen)) {
                if let Some(Received { position, total }) = later {
                    copy.slice.position = *position;
                    copy.slice.total = *total;
                }
                return Lookup::Fresh(copy.slice.clone());
            }
        }
        if age < STALE {
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
        let mut copies = self.lock();
        if let Some(slice) = read.filter(|slice| is_of_stream(slice.position)) {
            copies.keep(&reading, slice, now);
            copies.make_room(self.capacity);
        }
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
        let Copies { seasons, uses } = &mut *copies;
        if let Some(season) = seasons.get_mut(key) {
            season.see(position, uses);
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
        let Copies { seasons, uses } = &mut *copies;
        if let Some(season) = seasons.get_mut(key) {
            for publication in publications {
                season.publish(publication, uses);
            }
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
        let Copies { seasons, uses } = &mut *copies;
        for (_, season) in seasons.iter_mut().filter(|(key, _)| is_one(key)) {
            season.clear(uses);
        }
        seasons.retain(|_, season| season.is_used());
    }

    fn lock(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copies {
    /// Stores the result of a read, unless it is outdated.
    fn keep(&mut self, reading: &Reading<'_>, slice: &Slice, now: Instant) {
        let (key, number, uses) = (&reading.key, reading.number, &mut self.uses);
        let season = self.seasons.get_mut(key);
        let Some(season) = season.filter(|season| season.lives == reading.life) else {
            return;
        };
        season.see(slice.position, uses);
        let received = season.received.get_or_insert(Received {
            position: slice.position,
            total: slice.total,
        });
        // The result may lack publications that arrived during the read.
        let is_touched = is_older(slice.position, received.position);
        let held = season.pages.get(&number);
        if held.is_some_and(|held| is_older(slice.position, held.slice.position)) {
            return;
        }
        let used = match held {
            Some(held) => uses.renew(held.used),
            None => uses.add(key, number),
        };
        let copy = Copy {
            slice: slice.clone(),
            read_at: now,
            is_touched,
            used,
        };
        season.pages.insert(number, copy);
    }

    /// Evicts the least recently used copies.
    fn make_room(&mut self, capacity: usize) {
        while self.uses.pages.len() > capacity {
            let Some((_, (key, number))) = self.uses.pages.pop_first() else {
                return;
            };
            if let Some(season) = self.seasons.get_mut(&key) {
                season.pages.remove(&number);
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

    /// Drops all copies.
    fn clear(&mut self, uses: &mut Uses) {
        self.lives += 1;
        self.received = None;
        for copy in std::mem::take(&mut self.pages).values() {
            uses.pages.remove(&copy.used);
        }
    }

    /// Records a position. A new epoch drops all copies.
    fn see(&mut self, position: Position, uses: &mut Uses) {
        match self.seen {
            Some(seen) if is_later(seen, position) => {}
            Some(seen) if seen.epoch != position.epoch => {
                self.seen = Some(position);
                self.clear(uses);
            }
            _ => self.seen = Some(position),
        }
    }

    /// Records a publication. A gap before it drops all copies.
    fn publish(&mut self, publication: &Publication, uses: &mut Uses) {
        let (position, total) = (publication.position, publication.total);
        let next = Received { position, total };
        let Some(received) = &self.received else {
            self.received = Some(next);
            return;
        };
        let received = received.position;
        if received.epoch == position.epoch && position.offset <= received.offset {
            return;
        }
        if received.epoch != position.epoch || position.offset != received.offset + 1 {
            self.clear(uses);
        }
        self.received = Some(next);
        let (first, last) = publication.touched;
        let touched = PageNumber::holding(first)..=PageNumber::holding(last);
        if touched.is_empty() {
            return;
        }
        for (_, copy) in self.pages.range_mut(touched) {
            copy.is_touched |= is_older(copy.slice.position, position);
        }
    }
}

/// Whether a position is older than another, or from another epoch.
fn is_older(position: Position, than: Position) -> bool {
    position.epoch != than.epoch || position.offset < than.offset
}

/// Whether a position is later than another in the same epoch.
fn is_later(position: Position, than: Position) -> bool {
    position.epoch == than.epoch && position.offset > than.offset
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
