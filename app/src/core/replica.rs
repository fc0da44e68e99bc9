//! The pages of a season that the browser holds, each as of its position.
//!
//! Pages no longer watched are kept for a while: scrolling back shows something at
//! once, and the connection asks what became of it since.

use std::collections::BTreeSet;

use leaderport::{Order, PAGE_SIZE, Page, PageNumber, PlayerId, Position, Row, Score};

/// Pages kept besides those on screen.
const KEPT: usize = 24;

/// The pages held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replica {
    /// By number.
    pages: Vec<Held>,
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

    /// A page, as of its position.
    #[must_use]
    pub fn page(&self, number: PageNumber) -> Option<(&Page, Position)> {
        let held = &self.pages[self.find(number).ok()?];
        Some((&held.page, held.position))
    }

    /// The pages held, by number, as of which position.
    pub fn pages(&self) -> impl Iterator<Item = (&Page, Position)> {
        self.pages.iter().map(|h| (&h.page, h.position))
    }

    /// Where a player stands, counted from 0, if that is on a page held.
    #[must_use]
    pub fn place_of(&self, player: &PlayerId) -> Option<u64> {
        let mut rows = self.rows();
        rows.find(|(_, row)| row.player == *player)
            .map(|(place, _)| place)
    }

    /// Takes a whole page.
    pub fn snapshot(&mut self, page: Page, position: Position) {
        self.hear(page.total, position);
        let found = self.find(page.number);
        let held = Held { page, position };
        match found {
            Ok(n) => self.pages[n] = held,
            Err(n) => self.pages.insert(n, held),
        }
    }

    /// Where a page is among those held, or would be.
    fn find(&self, number: PageNumber) -> Result<usize, usize> {
        self.pages.binary_search_by_key(&number, |h| h.page.number)
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

    /// Drops pages far from those on screen, beyond what is worth keeping; none that is
    /// `watched`, which may be shown wherever one reads.
    pub fn keep_near(&mut self, on_screen: PageNumber, watched: &BTreeSet<PageNumber>) {
        while self.pages.len() > KEPT + watched.len() {
            let distance = |held: &&Held| held.page.number.get().abs_diff(on_screen.get());
            let others = self.pages.iter();
            let others = others.filter(|held| !watched.contains(&held.page.number));
            let farthest = others.max_by_key(distance).map(|held| held.page.number);
            let Some(Ok(farthest)) = farthest.map(|number| self.find(number)) else {
                return;
            };
            self.pages.remove(farthest);
        }
    }

    /// The row at a place counted from 0, if its page is held.
    #[must_use]
    pub fn row(&self, place: u64) -> Option<&Row> {
        let (page, _) = self.page(PageNumber::holding(place))?;
        page.rows.get(usize::try_from(place % PAGE_SIZE).ok()?)
    }

    /// The first row above a place with a better score, if all up to it are held: who
    /// is to be overtaken next.
    #[must_use]
    pub fn next_better(&self, place: u64, score: Score, order: Order) -> Option<&Row> {
        let above = (0..place).rev().map_while(|place| self.row(place));
        let mut better = above.filter(|row| order.is_better(row.score, score));
        better.next()
    }

    /// Every row held, with its place, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &Row)> {
        self.pages
            .iter()
            .flat_map(|h| (h.page.number.start()..).zip(&h.page.rows))
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Epoch, PlayerName, Rank, Timestamp};

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
    fn an_older_page_does_not_take_the_total_back() {
        let mut replica = Replica::default();
        replica.snapshot(page(1, 200), at(9));
        replica.snapshot(page(2, 100), at(3));
        assert_eq!(replica.total(), 200);
    }

    #[test]
    fn pages_far_from_the_screen_are_dropped() {
        let mut replica = Replica::default();
        let watched = BTreeSet::from([PageNumber::FIRST]);
        for number in 1..=60 {
            replica.snapshot(page(number, 3000), at(number));
            replica.keep_near(PageNumber::new(number).unwrap(), &watched);
        }
        assert_eq!(replica.pages.len(), KEPT + 1);
        assert!(replica.row(59 * 50).is_some());
        assert_eq!(replica.row(50), None);
        assert!(replica.row(0).is_some(), "what is watched is kept");
    }

    #[test]
    fn who_is_next_is_the_first_above_with_a_better_score() {
        let mut replica = Replica::default();
        replica.snapshot(page(2, 120), at(1));
        // The scores are 0, -1, -2 and so on: the one at place 60 is -60.
        let next = |place, score| {
            let score = Score::new(score).unwrap();
            let row = replica.next_better(place, score, Order::Descending)?;
            Some(row.rank.get())
        };
        assert_eq!(next(60, -60), Some(60));
        // Those with the same score are not better.
        assert_eq!(next(60, -58), Some(58));
        // Whether somebody is between is not known.
        assert_eq!(next(50, -50), None);
        assert_eq!(next(110, -110), None);
        assert_eq!(next(0, 0), None);
    }
}
