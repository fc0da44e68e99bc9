//! The recent publications of a season, each with the pages that it *touched*: those whose
//! rows or total may have changed.

use std::collections::VecDeque;

use crate::{Epoch, PageNumber, Position};

/// Maximum number of steps. A step holds all publications of one commit, so this covers
/// some minutes of continuous writes.
const MAX_STEPS: usize = 4096;

/// Publications of one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Offset of the first publication.
    pub first: u64,
    /// Offset of the last publication.
    pub last: u64,
    /// First and last page whose rows may have changed.
    pub pages: (PageNumber, PageNumber),
    /// Whether a player entered or left, which changes the total of every page.
    pub is_resized: bool,
}

/// Known publications in a range of offsets that touched a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touches {
    /// Offset of the first known publication.
    pub first: Option<u64>,
    /// Offset of the last known publication.
    pub last: Option<u64>,
    /// Whether every publication in the range is known.
    pub is_known: bool,
}

/// Consecutive steps in order, without a gap.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    epoch: Option<Epoch>,
    /// Publications after this offset are known.
    from: u64,
    /// Offset of the last known publication.
    received: u64,
    steps: VecDeque<Step>,
}

impl Step {
    pub(super) fn touches(&self, page: PageNumber) -> bool {
        self.is_resized || (self.pages.0..=self.pages.1).contains(&page)
    }
}

impl Touches {
    /// No publication in the range is known.
    pub const UNKNOWN: Self = Self {
        first: None,
        last: None,
        is_known: false,
    };

    /// For a channel whose every state is published: a state is valid from its own offset on.
    #[must_use]
    pub const fn at(offset: u64) -> Self {
        Self {
            first: Some(offset),
            last: Some(offset),
            is_known: true,
        }
    }
}

impl Trail {
    /// Starts at a state's position, if the trail is empty.
    pub fn begin(&mut self, position: Position) {
        if self.epoch.is_none() && !position.is_degraded() {
            self.epoch = Some(position.epoch);
            self.from = position.offset;
            self.received = position.offset;
        }
    }

    /// Appends the next step. A gap or another epoch restarts the trail.
    pub fn receive(&mut self, epoch: Epoch, step: Step) {
        let is_next = self.epoch == Some(epoch) && step.first <= self.received + 1;
        if !is_next {
            self.forget();
            self.epoch = Some(epoch);
            self.from = step.first - 1;
            self.received = self.from;
        }
        if step.last <= self.received {
            return;
        }
        self.received = step.last;
        self.steps.push_back(step);
        if self.steps.len() > MAX_STEPS
            && let Some(dropped) = self.steps.pop_front()
        {
            self.from = dropped.last;
        }
    }

    /// Prepends the publications between `since` and the trail's start. `steps` must contain
    /// all of these publications, in order.
    pub fn learn(&mut self, since: Position, steps: &[Step]) {
        let is_of_use = self.epoch == Some(since.epoch) && since.offset < self.from;
        let reaches = steps.last().is_some_and(|step| step.last >= self.from);
        let fits = self.steps.len() + steps.len() <= MAX_STEPS;
        if is_of_use && reaches && fits {
            let from = self.from;
            for step in steps.iter().rev().filter(|step| step.first <= from) {
                self.steps.push_front(*step);
            }
            self.from = since.offset;
        }
    }

    /// Clears the trail, because a publication may have been missed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether every publication after a position is known.
    #[must_use]
    pub fn reaches(&self, position: Position) -> bool {
        self.epoch == Some(position.epoch) && self.from <= position.offset
    }

    /// Offset of the last known publication in this epoch.
    #[must_use]
    pub fn received(&self, epoch: Epoch) -> Option<u64> {
        (self.epoch == Some(epoch)).then_some(self.received)
    }

    /// Publications that touched a page after `after`, up to and including `upto`. Unknown
    /// publications are not counted; check `is_known`.
    #[must_use]
    pub fn touches(&self, page: PageNumber, after: Position, upto: u64) -> Touches {
        let is_of_epoch = self.epoch == Some(after.epoch);
        let mut found = Touches {
            first: None,
            last: None,
            is_known: is_of_epoch && self.from <= after.offset && upto <= self.received,
        };
        if is_of_epoch {
            let steps = self.steps.iter().rev();
            let later = steps.take_while(|step| step.last > after.offset);
            for step in later.filter(|step| step.first <= upto && step.touches(page)) {
                // A step does not tell which of its publications touched the page: assume all.
                found.last = found.last.or(Some(step.last.min(upto)));
                found.first = Some(step.first.max(after.offset + 1));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u64) -> PageNumber {
        PageNumber::new(number).unwrap()
    }

    fn step(first: u64, last: u64, pages: (u64, u64)) -> Step {
        Step {
            first,
            last,
            pages: (page(pages.0), page(pages.1)),
            is_resized: false,
        }
    }

    fn at(offset: u64) -> Position {
        Position {
            epoch: Epoch(1),
            offset,
        }
    }

    fn trail() -> Trail {
        let mut trail = Trail::default();
        trail.begin(at(10));
        for step in [
            step(11, 12, (1, 2)),
            step(13, 13, (5, 9)),
            step(14, 16, (2, 2)),
        ] {
            trail.receive(Epoch(1), step);
        }
        trail
    }

    #[test]
    fn touches_returns_the_publications_of_a_page() {
        let touches = |number, after, upto| {
            let touches = trail().touches(page(number), at(after), upto);
            (touches.first, touches.last, touches.is_known)
        };
        assert_eq!(touches(2, 10, 16), (Some(11), Some(16), true));
        assert_eq!(touches(2, 13, 16), (Some(14), Some(16), true));
        assert_eq!(touches(2, 14, 15), (Some(15), Some(15), true));
        assert_eq!(touches(7, 10, 16), (Some(13), Some(13), true));
        assert_eq!(touches(3, 10, 16), (None, None, true));
        assert_eq!(touches(3, 9, 16), (None, None, false));
        assert_eq!(touches(3, 10, 17), (None, None, false));
    }

    #[test]
    fn gap_or_new_epoch_restarts_and_known_steps_are_ignored() {
        let mut trail = trail();
        trail.receive(Epoch(1), step(15, 16, (1, 99)));
        assert_eq!(trail.touches(page(50), at(10), 16).first, None);
        trail.receive(Epoch(1), step(18, 18, (1, 1)));
        assert!(!trail.reaches(at(16)) && trail.reaches(at(17)));
        trail.receive(Epoch(2), step(1, 1, (1, 1)));
        assert_eq!(
            (trail.received(Epoch(1)), trail.received(Epoch(2))),
            (None, Some(1))
        );
    }

    #[test]
    fn earlier_steps_are_prepended_only_without_a_gap() {
        let mut trail = trail();
        trail.learn(at(5), &[step(6, 8, (3, 3))]);
        assert!(!trail.reaches(at(5)));
        trail.learn(at(5), &[step(6, 8, (3, 3)), step(9, 10, (4, 4))]);
        assert!(trail.reaches(at(5)));
        assert_eq!(trail.touches(page(3), at(5), 16).last, Some(8));
        assert_eq!(trail.touches(page(2), at(5), 16).first, Some(11));
    }
}
