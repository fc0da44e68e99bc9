//! The pages of a season that the browser holds, brought forward by events.
//!
//! A page is replaced by its snapshots and changed by its deltas; a delta that
//! does not fit asks for the page again. Pages no longer watched are kept for a
//! while, so that scrolling back shows something at once.

use std::collections::BTreeMap;

use leaderport::{PAGE_SIZE, Page, PageDelta, PageNumber, Position, Row};

/// Pages kept besides those on screen.
const KEPT: usize = 24;

/// The pages held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replica {
    pages: BTreeMap<PageNumber, Held>,
    total: u64,
    position: Option<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    page: Page,
    position: Position,
}

impl Replica {
    /// Everybody ranked, by the newest page heard of.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The newest position heard of.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The position of a page.
    #[must_use]
    pub fn position_of(&self, number: PageNumber) -> Option<Position> {
        self.pages.get(&number).map(|h| h.position)
    }

    /// Takes a whole page.
    pub fn snapshot(&mut self, page: Page, position: Position) {
        self.hear(page.total, position);
        self.pages.insert(page.number, Held { page, position });
    }

    /// Changes a page. False when the page is not held or the delta does not
    /// fit: watch it again.
    pub fn delta(&mut self, number: PageNumber, delta: &PageDelta, position: Position) -> bool {
        let Some(held) = self.pages.get_mut(&number) else {
            return false;
        };
        let Ok(page) = held.page.apply(delta) else {
            self.pages.remove(&number);
            return false;
        };
        *held = Held { page, position };
        self.hear(delta.total, position);
        true
    }

    fn hear(&mut self, total: u64, position: Position) {
        let is_older = self
            .position
            .is_some_and(|p| p.epoch == position.epoch && p.offset > position.offset);
        if !is_older {
            self.total = total;
            self.position = Some(position);
        }
    }

    /// Drops pages far from those on screen, beyond what is worth keeping.
    pub fn keep_near(&mut self, on_screen: PageNumber) {
        while self.pages.len() > KEPT {
            let distance = |n: &PageNumber| n.get().abs_diff(on_screen.get());
            let Some(farthest) = self.pages.keys().copied().max_by_key(distance) else {
                return;
            };
            self.pages.remove(&farthest);
        }
    }

    /// The row at a place counted from 0, if its page is held.
    #[must_use]
    pub fn row(&self, place: u64) -> Option<&Row> {
        let held = self.pages.get(&PageNumber::holding(place))?;
        held.page.rows.get(usize::try_from(place % PAGE_SIZE).ok()?)
    }

    /// Every row held, with its place, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &Row)> {
        self.pages
            .values()
            .flat_map(|h| (h.page.number.start()..).zip(&h.page.rows))
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Epoch, PlayerId, PlayerName, Rank, Score, Timestamp};

    use super::*;

    fn page(number: u64, total: u64) -> Page {
        let number = PageNumber::new(number).unwrap();
        let rows = (number.start()..total.min(number.start() + PAGE_SIZE)).map(|place| {
            let player = PlayerId::new(&format!("p{place}")).unwrap();
            Row {
                rank: Rank::after(place),
                name: PlayerName::from(&player),
                player,
                score: Score::new(-i64::try_from(place).unwrap()).unwrap(),
                achieved_at: Timestamp::MIN,
            }
        });
        Page {
            number,
            total,
            rows: rows.collect(),
        }
    }

    fn at(offset: u64) -> Position {
        Position {
            epoch: Epoch(1),
            offset,
        }
    }

    #[test]
    fn finds_rows_by_place_across_pages() {
        let mut replica = Replica::default();
        replica.snapshot(page(2, 120), at(1));
        assert_eq!(replica.row(0), None);
        assert_eq!(replica.row(50).unwrap().player.as_str(), "p50");
        assert_eq!(replica.row(99).unwrap().rank.get(), 100);
        assert_eq!((replica.total(), replica.rows().count()), (120, 50));
    }

    #[test]
    fn a_delta_changes_its_page_and_the_total() {
        let mut replica = Replica::default();
        replica.snapshot(page(1, 20), at(1));
        let delta = page(1, 20).delta_to(&page(1, 21));
        assert!(replica.delta(PageNumber::FIRST, &delta, at(2)));
        assert_eq!(replica.row(20).unwrap().player.as_str(), "p20");
        assert_eq!((replica.total(), replica.position()), (21, Some(at(2))));
    }

    #[test]
    fn a_delta_that_does_not_fit_asks_for_the_page_again() {
        let mut replica = Replica::default();
        let delta = page(1, 40).delta_to(&page(1, 41));
        assert!(!replica.delta(PageNumber::FIRST, &delta, at(2)));
        replica.snapshot(page(1, 3), at(1));
        assert!(!replica.delta(PageNumber::FIRST, &delta, at(2)));
        assert_eq!(replica.row(0), None);
    }

    #[test]
    fn an_older_page_does_not_take_the_total_back() {
        let mut replica = Replica::default();
        replica.snapshot(page(1, 200), at(9));
        replica.snapshot(page(2, 100), at(3));
        assert_eq!(replica.total(), 200);
    }

    #[test]
    fn pages_far_from_the_screen_are_dropped() {
        let mut replica = Replica::default();
        for number in 1..=60 {
            replica.snapshot(page(number, 3000), at(number));
            replica.keep_near(PageNumber::new(number).unwrap());
        }
        assert_eq!(replica.pages.len(), KEPT);
        assert!(replica.row(59 * 50).is_some());
        assert_eq!(replica.row(0), None);
    }
}
