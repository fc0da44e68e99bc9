//! The replica: the loaded pages of a season in the browser's memory, each with its position.
//!
//! Some pages stay in memory after the client has unsubscribed from them. Scrolling back then shows
//! them at once, and the new subscription resumes from their position.

use leaderport::{Order, PAGE_SIZE, Page, PageNumber, PlayerId, Position, Row, Score};

/// The maximum number of pages in memory without a subscription.
const MAX_UNWATCHED: usize = 24;

/// The loaded pages of a season.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replica {
    /// Sorted by page number.
    pages: Vec<LoadedPage>,
    total: u64,
    position: Option<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct LoadedPage {
    page: Page,
    position: Position,
}

impl Replica {
    /// The number of ranked players, according to the newest page.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The newest position of all pages.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// A page and its position, if it is loaded.
    #[must_use]
    pub fn page(&self, number: PageNumber) -> Option<(&Page, Position)> {
        let loaded = &self.pages[self.find(number).ok()?];
        Some((&loaded.page, loaded.position))
    }

    /// The loaded pages with their positions, by page number.
    pub fn pages(&self) -> impl Iterator<Item = (&Page, Position)> {
        self.pages.iter().map(|p| (&p.page, p.position))
    }

    /// The place of a player, counted from 0, if a loaded page contains the player.
    #[must_use]
    pub fn place_of(&self, player: &PlayerId) -> Option<u64> {
        let mut rows = self.rows();
        rows.find(|(_, row)| row.player == *player)
            .map(|(place, _)| place)
    }

    /// Adds a page, or replaces it.
    pub fn snapshot(&mut self, page: Page, position: Position) {
        self.advance(page.total, position);
        let found = self.find(page.number);
        let loaded = LoadedPage { page, position };
        match found {
            Ok(n) => self.pages[n] = loaded,
            Err(n) => self.pages.insert(n, loaded),
        }
    }

    /// The index of a page, or the one to insert it at.
    fn find(&self, number: PageNumber) -> Result<usize, usize> {
        self.pages.binary_search_by_key(&number, |p| p.page.number)
    }

    /// Stores the total and position of a page, unless a newer page was added before.
    fn advance(&mut self, total: u64, position: Position) {
        let is_older = self
            .position
            .is_some_and(|p| p.epoch == position.epoch && p.offset > position.offset);
        if !is_older {
            self.total = total;
            self.position = Some(position);
        }
    }

    /// Drops the pages farthest from the screen, until the number of pages without a subscription
    /// is at most the maximum. Watched pages stay, because the board may show them at any scroll
    /// position.
    pub fn keep_near(&mut self, on_screen: PageNumber, watched: &[PageNumber]) {
        while self.pages.len() > MAX_UNWATCHED + watched.len() {
            let distance =
                |loaded: &&LoadedPage| loaded.page.number.get().abs_diff(on_screen.get());
            let others = self.pages.iter();
            let others = others.filter(|loaded| !watched.contains(&loaded.page.number));
            let farthest = others.max_by_key(distance).map(|loaded| loaded.page.number);
            let Some(Ok(farthest)) = farthest.map(|number| self.find(number)) else {
                return;
            };
            self.pages.remove(farthest);
        }
    }

    /// The row at a place, counted from 0, if its page is loaded.
    #[must_use]
    pub fn row(&self, place: u64) -> Option<&Row> {
        let (page, _) = self.page(PageNumber::holding(place))?;
        page.rows.get(usize::try_from(place % PAGE_SIZE).ok()?)
    }

    /// The nearest row above a place that has a better score: the next player to overtake. None if
    /// a row in between is not loaded.
    #[must_use]
    pub fn next_better(&self, place: u64, score: Score, order: Order) -> Option<&Row> {
        let above = (0..place).rev().map_while(|place| self.row(place));
        let mut better = above.filter(|row| order.is_better(row.score, score));
        better.next()
    }

    /// All loaded rows with their places, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &Row)> {
        self.pages
            .iter()
            .flat_map(|p| (p.page.number.start()..).zip(&p.page.rows))
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
    fn a_row_is_found_by_its_place() {
        let mut replica = Replica::default();
        replica.snapshot(page(2, 120), at(1));
        assert_eq!(replica.row(0), None);
        assert_eq!(replica.row(50).unwrap().player.as_str(), "p50");
        assert_eq!(replica.row(99).unwrap().rank.get(), 100);
        assert_eq!((replica.total(), replica.rows().count()), (120, 50));
    }

    #[test]
    fn an_older_page_does_not_change_the_total() {
        let mut replica = Replica::default();
        replica.snapshot(page(1, 200), at(9));
        replica.snapshot(page(2, 100), at(3));
        assert_eq!(replica.total(), 200);
    }

    #[test]
    fn pages_far_from_the_screen_are_dropped() {
        let mut replica = Replica::default();
        let watched = [PageNumber::FIRST];
        for number in 1..=60 {
            replica.snapshot(page(number, 3000), at(number));
            replica.keep_near(PageNumber::new(number).unwrap(), &watched);
        }
        assert_eq!(replica.pages.len(), MAX_UNWATCHED + 1);
        assert!(replica.row(59 * 50).is_some());
        assert_eq!(replica.row(50), None);
        assert!(replica.row(0).is_some(), "the watched page is kept");
    }

    #[test]
    fn the_next_player_to_overtake_has_a_better_score() {
        let mut replica = Replica::default();
        replica.snapshot(page(2, 120), at(1));
        // The score of each place is its negative: -60 at place 60.
        let next = |place, score| {
            let score = Score::new(score).unwrap();
            let row = replica.next_better(place, score, Order::Descending)?;
            Some(row.rank.get())
        };
        assert_eq!(next(60, -60), Some(60));
        // An equal score is not better.
        assert_eq!(next(60, -58), Some(58));
        // The row above place 50 is not loaded.
        assert_eq!(next(50, -50), None);
        assert_eq!(next(110, -110), None);
        assert_eq!(next(0, 0), None);
    }
}
