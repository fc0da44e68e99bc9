//! The watched pages of a season, on a node.
//!
//! Publications mark the pages that they touch; marked pages are read again, at most
//! once a tick, one read of a page at a time; what was read goes into the page's log,
//! and everybody who watches takes the same frames from there. A page that nobody
//! watches is not known here.

use std::collections::BTreeMap;

use super::{Join, Log, Published, Step, Trail};
use crate::protocol::{Channel, Event, State};
use crate::{Epoch, Page, PageNumber, Position, SeasonKey};

/// The pages. `F` as in [`Log`].
#[derive(Debug, Clone)]
pub struct Relay<F> {
    key: SeasonKey,
    trail: Trail,
    pages: BTreeMap<PageNumber, Watched<F>>,
    lives: u64,
    /// How often publications may have been missed.
    losses: u64,
}

/// What was known when the first read of a page began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening(u64);

/// A page that must be read: as long as it stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which page.
    pub number: PageNumber,
    life: u64,
}

#[derive(Debug, Clone)]
struct Watched<F> {
    log: Log<F>,
    is_dirty: bool,
    /// Tells this opening of the page from others.
    life: u64,
}

impl<F: From<Event> + Clone> Relay<F> {
    /// Of a season of which no page is watched yet.
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

    /// Which season.
    #[must_use]
    pub fn key(&self) -> &SeasonKey {
        &self.key
    }

    /// What is known of the season's publications.
    pub fn trail(&mut self) -> &mut Trail {
        &mut self.trail
    }

    /// How many watched pages publications touch.
    #[must_use]
    pub fn touched(&self, step: Step) -> u64 {
        let touched = self.pages.keys().filter(|number| step.touches(**number));
        touched.count() as u64
    }

    /// Hears publications. Gives the watched pages that must be read again now and
    /// did not have to before.
    pub fn hear(&mut self, epoch: Epoch, step: Step) -> Vec<PageNumber> {
        self.trail.hear(epoch, step);
        self.mark(|number, _| step.touches(number))
    }

    /// Publications may have been missed: everything must be read again.
    pub fn lost(&mut self) -> Vec<PageNumber> {
        self.trail.forget();
        self.losses += 1;
        self.mark(|_, _| true)
    }

    /// Has those pages read again that show the ledger's state, while the broker is
    /// away: nothing is heard of them.
    pub fn look_again(&mut self) -> Vec<PageNumber> {
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

    /// The pages that must be read. All reads must have ended before more are taken:
    /// what is read of a page later must be newer.
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

    /// A page is about to be read for the first time.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening(self.losses)
    }

    /// Begins to watch a page with what was read of it. Gives whether it must be
    /// read again already.
    pub fn open(&mut self, opening: Opening, page: Page, position: Position) -> bool {
        let is_lost = opening != self.opening();
        self.trail.begin(position);
        let number = page.number;
        let heard = self.trail.heard(position.epoch).unwrap_or(position.offset);
        let touches = self
            .trail
            .touches(number, position, heard.max(position.offset));
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

    /// Takes what was read of a page. Of one that was closed since: nothing, also if
    /// it was opened again.
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

    /// A page could not be read, and must be.
    pub fn failed(&mut self, due: Due) {
        if let Some(watched) = self.pages.get_mut(&due.number) {
            watched.is_dirty = true;
        }
    }

    /// What somebody gets who watches a page from here on; none when the page is not
    /// open. Who is ahead of the page waits until it is read again.
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

    /// Nobody watches a page any more.
    pub fn close(&mut self, number: PageNumber) {
        self.pages.remove(&number);
    }
}
