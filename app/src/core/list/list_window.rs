//! The part of a list that is on screen while the page scrolls the list. The list then has no
//! scrollbar of its own: it is as high as its rows, between other parts of the page. A bar can stay
//! at the top of the screen, and another one at its bottom.
//!
//! The list's scroll position is the height of its part that is above the rows on screen, as with a
//! scrollbar of its own. It is 0 while the list begins on screen.

use super::virtual_list::{ROW, within};

/// The screen and the bars at its edges. All lengths are in pixels of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListWindow {
    /// The height of the screen.
    pub screen: f64,
    /// The height of the bar at the top.
    pub above: f64,
    /// The height of the bar at the bottom.
    pub below: f64,
}

/// The edges of a list, in pixels from the top of the screen; negative above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListEdges {
    /// The upper edge.
    pub top: f64,
    /// The lower edge.
    pub bottom: f64,
}

impl ListWindow {
    /// The height between the bars; at least that of a row.
    #[must_use]
    pub fn height(&self) -> f64 {
        (self.screen - self.above - self.below).max(ROW)
    }

    /// The list's scroll position.
    #[must_use]
    pub fn scroll_top(&self, list: ListEdges) -> f64 {
        let max = list.bottom - list.top - self.height();
        within(self.above - list.top, max.max(0.0))
    }

    /// The distance by which the page must scroll to bring the list to a scroll position. None if the
    /// list has that position: above and below the list, the page then does not move.
    #[must_use]
    pub fn distance_to(&self, list: ListEdges, scroll_top: f64) -> Option<f64> {
        let is_there = (self.scroll_top(list) - scroll_top).abs() < 1.0;
        (!is_there).then_some(scroll_top - (self.above - list.top))
    }

    /// The distance by which the page must scroll to bring the first row below the upper bar. None
    /// if no part of the page is between them.
    #[must_use]
    pub fn distance_to_first_row(&self, list: ListEdges) -> Option<f64> {
        let distance = list.top - self.above;
        (distance >= 1.0).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::decimal::tenths;
    use crate::core::list::virtual_list::VirtualList;

    const WINDOW: ListWindow = ListWindow {
        screen: 800.0,
        above: 60.0,
        below: 70.0,
    };

    /// The edges of a list with a height, on a page that is scrolled by some pixels. The list begins
    /// 400 pixels below the top of the page.
    fn edges(scrolled: f64, height: f64) -> ListEdges {
        let top = 400.0 - scrolled;
        ListEdges {
            top,
            bottom: top + height,
        }
    }

    #[test]
    fn the_scroll_position_begins_below_the_upper_bar() {
        let scroll_top = |scrolled| tenths(WINDOW.scroll_top(edges(scrolled, 9_000.0)));
        let positions = [0.0, 340.0, 341.0, 1_340.0].map(scroll_top);
        assert_eq!(positions, ["0.0", "0.0", "1.0", "1000.0"]);
        // The last 670 pixels of the list are between the bars. Then the page shows what follows.
        let positions = [8_670.0, 8_671.0, 9_500.0].map(scroll_top);
        assert_eq!(positions, ["8330.0", "8330.0", "8330.0"]);
    }

    #[test]
    fn a_list_that_fits_the_screen_does_not_scroll() {
        for scrolled in [0.0, 400.0, 900.0] {
            assert!(WINDOW.scroll_top(edges(scrolled, 500.0)).abs() < 1e-9);
            assert_eq!(WINDOW.distance_to(edges(scrolled, 500.0), 0.0), None);
        }
    }

    #[test]
    fn the_page_stays_above_and_below_the_list() {
        assert_eq!(WINDOW.distance_to(edges(100.0, 9_000.0), 0.0), None);
        assert_eq!(WINDOW.distance_to(edges(9_400.0, 9_000.0), 8_330.0), None);
        assert_eq!(
            WINDOW.distance_to(edges(100.0, 9_000.0), 500.0),
            Some(740.0)
        );
        assert_eq!(
            WINDOW.distance_to(edges(9_400.0, 9_000.0), 0.0),
            Some(-9_060.0)
        );
    }

    #[test]
    fn a_jump_to_the_first_rows_hides_what_precedes_the_list() {
        let distance = |scrolled| WINDOW.distance_to_first_row(edges(scrolled, 9_000.0));
        assert_eq!(distance(0.0), Some(340.0));
        assert_eq!([340.0, 2_000.0].map(distance), [None, None]);
    }

    #[test]
    fn bars_higher_than_the_screen_leave_a_row() {
        let window = ListWindow {
            screen: 100.0,
            ..WINDOW
        };
        assert!((window.height() - ROW).abs() < 1e-9);
    }

    proptest! {
        /// The page can be anywhere when a reader jumps, and the list as long as boards are.
        #[test]
        fn a_jump_brings_any_place_between_the_bars(
            total in 1_u64..40_000_000, share in 0.0_f64..1.0, scrolled in 0.0_f64..5_000_000.0
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place on the board")]
            let place = ((total as f64 * share) as u64).min(total - 1);
            let mut list = VirtualList::new(total, WINDOW.height());
            let wanted = list.go_to(place);
            let before = edges(scrolled, list.height());
            let moved = WINDOW
                .distance_to(before, wanted)
                .or_else(|| WINDOW.distance_to_first_row(before))
                .unwrap_or(0.0);
            let after = edges(scrolled + moved, list.height());
            prop_assert!((WINDOW.scroll_top(after) - wanted).abs() < 1.0);
            prop_assert!(list.visible().contains(&place));
        }
    }
}
