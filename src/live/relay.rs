//! A node's watched pages of one season.
//!
//! A publication marks the touched pages as dirty. The embedder reads dirty pages at most
//! once a tick, one read per page at a time. Each result goes into the page's log, and all
//! subscribers share the log's frames. Unwatched pages are not tracked.

use std::collections::BTreeMap;

use super::{Join, Log, Published, Step, Trail};
use crate::protocol::{Channel, Event, State};
use crate::{Epoch, Page, PageNumber, Position, SeasonKey};

/// Watched pages with their logs. `F` is a frame, as in [`Log`].
#[derive(Debug, Clone)]
pub struct Relay<F> {
    key: SeasonKey,
    trail: Trail,
    pages: BTreeMap<PageNumber, Watched<F>>,
    lives: u64,
    /// Number of calls of [`Relay::lost`].
    losses: u64,
}

/// Snapshot of the count of losses, taken before the first read of a page. It shows whether
/// publications may have been missed during the read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening(u64);

/// A dirty page to read. It is void once the page is closed, even if the page is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Number of the page.
    pub number: PageNumber,
    life: u64,
}

#[derive(Debug, Clone)]
struct Watched<F> {
    log: Log<F>,
    is_dirty: bool,
    /// Distinguishes this opening of the page from earlier and later ones.
    life: u64,
}

impl<F: From<Event> + Clone> Relay<F> {
    /// Creates a relay without watched pages.
    #[must_use]
    pub fn new(key: SeasonKey) -> Self {
        Self {
            key,
            trail: Trail::default(),
            pages: BTreeMap::new(),
            lives: 0,
            losses: 0,
        }
    }

    /// The season.
    #[must_use]
    pub fn key(&self) -> &SeasonKey {
        &self.key
    }

    /// The season's known publications.
    pub fn trail(&mut self) -> &mut Trail {
        &mut self.trail
    }

    /// Number of watched pages that a step touches.
    #[must_use]
    pub fn touched(&self, step: Step) -> u64 {
        let touched = self.pages.keys().filter(|number| step.touches(**number));
        touched.count() as u64
    }

    /// Records publications. Returns the watched pages that became dirty.
    pub fn receive(&mut self, epoch: Epoch, step: Step) -> Vec<PageNumber> {
        self.trail.receive(epoch, step);
        self.mark(|number, _| step.touches(number))
    }

    /// Marks every page dirty, because publications may have been missed.
    pub fn lost(&mut self) -> Vec<PageNumber> {
        self.trail.forget();
        self.losses += 1;
        self.mark(|_, _| true)
    }

    /// Marks the pages whose state was read from the ledger while the broker was down. No
    /// publication announces their changes, so they are read periodically.
    pub fn mark_degraded(&mut self) -> Vec<PageNumber> {
        self.mark(|_, log| log.position().is_degraded())
    }

    fn mark(&mut self, is_touched: impl Fn(PageNumber, &Log<F>) -> bool) -> Vec<PageNumber> {
        let mut marked = Vec::new();
        for (number, watched) in &mut self.pages {
            if !watched.is_dirty && is_touched(*number, &watched.log) {
                watched.is_dirty = true;
                marked.push(*number);
            }
        }
        marked
    }

    /// Takes the dirty pages to read. All earlier reads must have ended, so that results arrive
    /// in the order of their positions.
    pub fn take_dirty(&mut self) -> Vec<Due> {
        let dirty = self.pages.iter_mut().filter(|(_, w)| w.is_dirty);
        dirty
            .map(|(number, watched)| {
                watched.is_dirty = false;
                Due {
                    number: *number,
                    life: watched.life,
                }
            })
            .collect()
    }

    /// Takes the snapshot that [`Self::open`] needs. Call it before the first read of a page.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening(self.losses)
    }

    /// Opens a page with the result of its first read. Returns whether the page must be read
    /// again, because publications arrived during the read or may have been missed.
    pub fn open(&mut self, opening: Opening, page: Page, position: Position) -> bool {
        let is_lost = opening != self.opening();
        self.trail.begin(position);
        let number = page.number;
        let received = self
            .trail
            .received(position.epoch)
            .unwrap_or(position.offset);
        let touches = self
            .trail
            .touches(number, position, received.max(position.offset));
        let is_dirty = is_lost || touches.first.is_some() || !self.trail.reaches(position);
        let channel = Channel::Page(self.key.clone(), number);
        self.lives += 1;
        let life = self.lives;
        self.pages.entry(number).or_insert_with(|| Watched {
            log: Log::new(channel, State::Page(page), position),
            is_dirty,
            life,
        });
        is_dirty
    }

    /// Publishes a read page. Ignores the result if the page was closed during the read, even
    /// if it is open again.
    pub fn read(&mut self, due: Due, page: Page, position: Position) -> Published {
        let number = due.number;
        let watched = self.pages.get_mut(&number);
        let Some(watched) = watched.filter(|watched| watched.life == due.life) else {
            return Published::Same;
        };
        self.trail.begin(position);
        let before = watched.log.position();
        let touches = self.trail.touches(number, before, position.offset);
        let published = watched.log.publish(State::Page(page), position, touches);
        watched.is_dirty |= published == Published::Older;
        published
    }

    /// Marks a page dirty again after a failed read.
    pub fn failed(&mut self, due: Due) {
        if let Some(watched) = self.pages.get_mut(&due.number) {
            watched.is_dirty = true;
        }
    }

    /// Joins a subscriber that has the page at `since`; `None` if the page is not open. If the
    /// subscriber's position is newer than the page, marks the page dirty.
    pub fn join(&mut self, number: PageNumber, since: Option<Position>) -> Option<Join> {
        let watched = self.pages.get_mut(&number)?;
        let epoch = watched.log.position().epoch;
        let trail = &self.trail;
        let join = watched.log.join(since, |after, upto| {
            let after = Position {
                epoch,
                offset: after,
            };
            trail.touches(number, after, upto)
        });
        watched.is_dirty |= join == Join::Behind;
        Some(join)
    }

    /// The log of a page.
    pub fn log(&mut self, number: PageNumber) -> Option<&mut Log<F>> {
        self.pages.get_mut(&number).map(|watched| &mut watched.log)
    }

    /// Whether a page is open.
    #[must_use]
    pub fn has(&self, number: PageNumber) -> bool {
        self.pages.contains_key(&number)
    }

    /// Closes a page without subscribers.
    pub fn close(&mut self, number: PageNumber) {
        self.pages.remove(&number);
    }
}
