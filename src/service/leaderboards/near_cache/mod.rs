//! Copies of hot pages on this node, so that a broker in another process is not
//! asked again for what it said a moment ago. Bounded in pages.
//!
//! A copy is of a position. Publications that come after it either touch the
//! page, which makes the copy stale, or leave it as it is, which makes it a copy
//! of their position too. Nobody is given a copy older than what this node has
//! seen of the season, by an answer to a write or to any read: whoever is
//! acknowledged finds it in what they read next. The one exception: while the
//! broker takes its time, a copy is given as it was, with its position.
//!
//! Should publications be lost without a word, a copy is still asked for anew
//! after [`FRESH`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use crate::service::leaderboards::Leaderboards;
use crate::service::ports::broker::{Notice, Publication, Slice};
use crate::{PageNumber, Position, SeasonKey, Slug};

/// How long a copy that no publication touched is as good as the page.
pub(crate) const FRESH: Duration = Duration::from_secs(1);

/// How old a copy may be that stands in for a page while the broker is slow.
pub(crate) const STALE: Duration = Duration::from_secs(10);

/// The copies.
pub(crate) struct Near {
    /// The most pages held; 0 where reads are no journey.
    capacity: usize,
    copies: Mutex<Copies>,
}

#[derive(Default)]
struct Copies {
    seasons: HashMap<SeasonKey, Season>,
    pages: usize,
    uses: u64,
}

/// What is known of a season: held while a page of it is, or is being read.
#[derive(Default)]
struct Season {
    /// As of which position the pages are that no publication touched.
    heard: Option<Position>,
    /// The newest position of any answer to this node.
    seen: Option<Position>,
    /// Reads under way.
    reading: usize,
    /// How often everything held was thrown away.
    lives: u64,
    pages: BTreeMap<PageNumber, Copy>,
}

struct Copy {
    slice: Slice,
    read_at: Instant,
    is_touched: bool,
    /// The number of its last use.
    used: u64,
}

/// What is held of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The page, as of the position it says.
    Fresh(Slice),
    /// As it was: for when the broker does not answer soon.
    Stale(Slice),
    /// Nothing of use.
    Nothing,
}

/// A read under way: it is handed back to [`Near::end`], or given up.
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

    /// What is held of a page at an instant.
    pub(crate) fn look(&self, key: &SeasonKey, number: PageNumber, now: Instant) -> Look {
        let mut copies = self.lock();
        copies.uses += 1;
        let used = copies.uses;
        let Some(season) = copies.seasons.get_mut(key) else {
            return Look::Nothing;
        };
        let (heard, seen) = (season.heard, season.seen);
        let Some(copy) = season.pages.get_mut(&number) else {
            return Look::Nothing;
        };
        copy.used = used;
        let age = now.saturating_duration_since(copy.read_at);
        let as_of = newest(copy.slice.position, heard);
        let is_behind = seen.is_some_and(|seen| is_older(as_of, seen));
        if !copy.is_touched && !is_behind && age < FRESH {
            copy.slice.position = as_of;
            Look::Fresh(copy.slice.clone())
        } else if age < STALE {
            Look::Stale(copy.slice.clone())
        } else {
            Look::Nothing
        }
    }

    /// Notes that a page is about to be read from the broker.
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

    /// Keeps what was read, if anything was, and if it is still of use.
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
            let heard = *season.heard.get_or_insert(slice.position);
            let is_newer = |held: &Copy| is_older(slice.position, held.slice.position);
            if !season.pages.get(&number).is_some_and(is_newer) {
                let copy = Copy {
                    slice: slice.clone(),
                    read_at: now,
                    // Publications that it may not contain came meanwhile.
                    is_touched: is_older(slice.position, heard),
                    used,
                };
                kept = usize::from(season.pages.insert(number, copy).is_none());
            }
        }
        copies.pages = copies.pages + kept - freed;
        copies.make_room(self.capacity);
        // The reading ends when nobody has the lock.
        drop(copies);
        drop(reading);
    }

    /// Notes the position of an answer: nothing older is given from here on.
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

    /// The newest position that this node has seen of a season, while it holds
    /// or reads a page of it.
    pub(crate) fn seen(&self, key: &SeasonKey) -> Option<Position> {
        self.lock().seasons.get(key)?.seen
    }

    fn hear(&self, notice: &Notice) {
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

    /// Throws away what is held of a board: this node did something to all of it.
    pub(crate) fn forget_board(&self, board: &Slug) {
        self.forget(|key| key.board == *board);
    }

    /// Throws away what is held of a season: something was recorded of it that
    /// cannot be heard of.
    pub(crate) fn forget_season(&self, key: &SeasonKey) {
        self.forget(|other| other == key);
    }

    /// Throws away everything.
    pub(crate) fn forget_all(&self) {
        self.forget(|_| true);
    }

    /// Tells reads apart that began before and after something was thrown away.
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
    /// Drops those unused longest.
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

    /// Throws away what is held; gives its number of pages.
    fn clear(&mut self) -> usize {
        self.lives += 1;
        self.heard = None;
        std::mem::take(&mut self.pages).len()
    }

    /// Gives the number of pages thrown away: those of another epoch.
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

    /// Gives the number of pages thrown away: all where publications before this
    /// one were not heard.
    fn publish(&mut self, publication: &Publication) -> usize {
        let position = publication.position;
        let Some(heard) = self.heard else {
            self.heard = Some(position);
            return 0;
        };
        if heard.epoch == position.epoch && position.offset <= heard.offset {
            return 0;
        }
        let is_next = heard.epoch == position.epoch && position.offset == heard.offset + 1;
        let freed = if is_next { 0 } else { self.clear() };
        self.heard = Some(position);
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

/// Whether a position is before another of the same stream, or of another stream.
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

/// Hears notices for as long as the service is there.
pub(crate) async fn follow(service: Weak<Leaderboards>, mut notices: Receiver<Notice>) {
    loop {
        let notice = notices.recv().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        match notice {
            Ok(notice) => service.near.hear(&notice),
            Err(RecvError::Lagged(_)) => service.near.forget(|_| true),
            Err(RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests;
