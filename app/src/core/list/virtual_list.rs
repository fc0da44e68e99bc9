//! A virtual list for boards of any length: computes the places on screen, and the positions at
//! which their rows are drawn.
//!
//! Browsers cap the height of an element: near 33 million pixels in Chromium, 17.8 million in
//! Firefox. Ten million rows of 48 pixels exceed both caps. The list's element is therefore at most
//! [`CAP`] high, and the list has two positions. The *scroll position* is the browser's. The *true
//! position* is the pixel of the whole board at the top of the screen.
//!
//! All lengths are those of rows of [`ROW`] pixels. Rows are lower for a mouse than for a finger, and
//! grow with the text; the list's features measure a row, and convert the pixels of the screen.
//!
//! The two positions are equal on a board that fits into the element. On a longer board, a small
//! scroll moves both by the same number of pixels, so wheel, touch and keys feel normal. A long
//! scroll (a drag of the scrollbar) maps the scroll position to the true position by proportion.
//! The first and last screens always map pixel by pixel. Both ends of the scrollbar are the ends of
//! the board, so every row can be reached.

use std::ops::Range;

/// The height of a row, in pixels of the state. Rows for touch have it at the usual text size.
pub const ROW: f64 = 48.0;
/// The largest height of the list's element, in pixels. At three times the usual text size, it is
/// below every browser's cap, and below the largest whole number that a compositor's 32-bit floats
/// hold exactly (16.7 million).
pub const CAP: f64 = 5_000_000.0;
/// The number of screens at each end of a long board that scroll pixel by pixel.
const EDGE_SCREENS: f64 = 4.0;
/// The number of rows drawn beyond each edge of the screen.
pub const OVERSCAN: u64 = 8;

/// A step of the highlight through the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// By a number of rows, downwards; upwards if negative.
    Rows(i64),
    /// By a number of screens, downwards; upwards if negative. The list scrolls as far. One row of
    /// each screen stays visible.
    Screens(i64),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Step {
    /// The step of a keyboard key, by the key's standard name.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowDown" => Some(Self::Rows(1)),
            "ArrowUp" => Some(Self::Rows(-1)),
            "PageDown" => Some(Self::Screens(1)),
            "PageUp" => Some(Self::Screens(-1)),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }
}

/// The state of a list's scrolling. Pixels are CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VirtualList {
    total: u64,
    viewport: f64,
    /// The browser's scroll position.
    scroll_top: f64,
    /// The true position: the pixel of the whole board at the top of the screen.
    true_top: f64,
    /// The direction of the last scroll.
    heading: Heading,
}

/// A direction of scrolling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Heading {
    /// Towards the last row.
    #[default]
    Down,
    /// Towards the first row.
    Up,
}

impl VirtualList {
    /// A list of `total` rows at its top, in a viewport of the given height in pixels.
    #[must_use]
    pub fn new(total: u64, viewport: f64) -> Self {
        Self {
            total,
            viewport,
            scroll_top: 0.0,
            true_top: 0.0,
            heading: Heading::Down,
        }
    }

    /// The height of the list's element.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.true_height().min(CAP)
    }

    /// The scroll position that the browser should have.
    #[must_use]
    pub fn scroll_top(&self) -> f64 {
        self.scroll_top
    }

    /// Handles the browser's new scroll position. Returns a corrected one if the scrollbar has
    /// reached its end but more rows follow.
    pub fn scrolled(&mut self, scroll_top: f64) -> Option<f64> {
        let before = self.true_top;
        let corrected = self.scroll(scroll_top);
        self.update_heading(before);
        corrected
    }

    fn update_heading(&mut self, before: f64) {
        if self.true_top > before {
            self.heading = Heading::Down;
        } else if self.true_top < before {
            self.heading = Heading::Up;
        }
    }

    fn scroll(&mut self, scroll_top: f64) -> Option<f64> {
        let scroll_top = within(scroll_top, self.scroll_max());
        let moved = scroll_top - self.scroll_top;
        self.scroll_top = scroll_top;
        if !self.is_scaled() {
            self.true_top = scroll_top;
            return None;
        }
        if moved.abs() > self.viewport.max(ROW) * 2.0 {
            self.true_top = self.expand(scroll_top);
            return None;
        }
        self.true_top = within(self.true_top + moved, self.true_max());
        let is_at_edge = scroll_top <= 0.0 || scroll_top >= self.scroll_max();
        let has_rows_left = self.true_top > 0.0 && self.true_top < self.true_max();
        (is_at_edge && has_rows_left).then(|| self.settle())
    }

    /// Moves the scrollbar to match the true position, and returns the scroll position. Call it
    /// after a pause, so that the jump does not disturb scrolling.
    pub fn settle(&mut self) -> f64 {
        self.scroll_top = self.compress(self.true_top);
        self.scroll_top
    }

    /// Scrolls a place to a third of the screen's height. Returns the scroll position.
    pub fn go_to(&mut self, place: u64) -> f64 {
        let place = place.min(self.total.saturating_sub(1));
        let top = pixels(place) - self.viewport / 3.0;
        self.true_top = within(top, self.true_max());
        self.settle()
    }

    /// Moves the highlight by a step, and scrolls until its row is on screen. Returns its place.
    ///
    /// A highlight that the reader has scrolled out of sight begins at the top of the screen again.
    pub fn step(&mut self, from: Option<u64>, step: Step) -> u64 {
        let last = self.total.saturating_sub(1);
        let seen = from.filter(|place| self.is_on_screen(*place));
        let start = seen.unwrap_or_else(|| self.top());
        let before = self.true_top;
        let place = match step {
            // The first row that is highlighted is on screen already.
            Step::Rows(_) if seen.is_none() => start,
            Step::Rows(count) => start.saturating_add_signed(count).min(last),
            Step::Screens(count) => {
                let screen = i64::try_from(rows(self.viewport)).unwrap_or(i64::MAX);
                let moved = count.saturating_mul(screen.saturating_sub(1).max(1));
                self.true_top = within(self.true_top + signed_pixels(moved), self.true_max());
                start.saturating_add_signed(moved).min(last)
            }
            Step::First => 0,
            Step::Last => last,
        };
        self.reveal(place);
        self.update_heading(before);
        self.settle();
        place
    }

    /// Whether any part of a row is on screen.
    fn is_on_screen(&self, place: u64) -> bool {
        let top = pixels(place);
        top + ROW > self.true_top && top < self.true_top + self.viewport
    }

    /// Moves the true position by as little as shows a row in full.
    fn reveal(&mut self, place: u64) {
        let (first, last) = (pixels(place) + ROW - self.viewport, pixels(place));
        let top = self.true_top.max(first).min(last);
        self.true_top = within(top, self.true_max());
    }

    /// Scrolls a place to the top of the screen, and then some pixels `beyond` it. Returns the
    /// scroll position.
    pub fn return_to(&mut self, place: u64, beyond: f64) -> f64 {
        self.true_top = within(pixels(place) + beyond, self.true_max());
        self.settle()
    }

    /// Sets the height of the viewport.
    pub fn resized(&mut self, viewport: f64) {
        self.viewport = viewport;
        self.keep_place();
    }

    /// Sets the number of rows. The rows on screen do not move. Returns the scroll position if it
    /// must change.
    pub fn set_total(&mut self, total: u64) -> Option<f64> {
        if self.total == total {
            return None;
        }
        self.total = total;
        let before = self.scroll_top;
        self.keep_place();
        #[expect(
            clippy::float_cmp,
            reason = "an unchanged position is the identical number"
        )]
        (before != self.scroll_top).then_some(self.scroll_top)
    }

    fn keep_place(&mut self) {
        self.true_top = within(self.true_top, self.true_max());
        self.scroll_top = if self.is_scaled() {
            within(self.scroll_top, self.scroll_max())
        } else {
            self.true_top
        };
    }

    /// The places to draw, counted from 0. Their number is constant, so that the list has a fixed
    /// set of elements; it is smaller only on a board with fewer rows.
    #[must_use]
    pub fn visible(&self) -> Range<u64> {
        // Two more rows, because the edges of the screen can cut two rows.
        let count = (rows(self.viewport) + 2 + 2 * OVERSCAN).min(self.total);
        let start = rows(self.true_top).saturating_sub(OVERSCAN);
        let start = start.min(self.total - count);
        start..start + count
    }

    /// The next places in the direction of scrolling, for prefetching: as many as are drawn now.
    /// Empty at the end of the board.
    #[must_use]
    pub fn ahead(&self) -> Range<u64> {
        let visible = self.visible();
        let count = visible.end - visible.start;
        match self.heading {
            Heading::Down => visible.end..(visible.end + count).min(self.total),
            Heading::Up => visible.start.saturating_sub(count)..visible.start,
        }
    }

    /// Whether the list is scrolled to its end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.true_top + 0.5 >= self.true_max()
    }

    /// The place at the top of the screen.
    #[must_use]
    pub fn top(&self) -> u64 {
        rows(self.true_top + ROW / 2.0).min(self.total.saturating_sub(1))
    }

    /// The pixels between the true position of a row and the position at which it is drawn.
    /// Constant while the reader scrolls by small steps.
    #[must_use]
    pub fn shift(&self) -> f64 {
        self.scroll_top - self.true_top
    }

    fn is_scaled(&self) -> bool {
        self.true_height() > CAP
    }

    fn true_height(&self) -> f64 {
        pixels(self.total)
    }

    fn true_max(&self) -> f64 {
        (self.true_height() - self.viewport).max(0.0)
    }

    fn scroll_max(&self) -> f64 {
        (self.height() - self.viewport).max(0.0)
    }

    /// The scroll position of a pixel of the whole board.
    fn compress(&self, true_top: f64) -> f64 {
        self.map(true_top, self.true_max(), self.scroll_max())
    }

    /// The pixel of the whole board at a scroll position.
    fn expand(&self, scroll_top: f64) -> f64 {
        self.map(scroll_top, self.scroll_max(), self.true_max())
    }

    /// Maps pixel by pixel near both ends, and by proportion between them. The last rows therefore
    /// scroll as on a short board, and the scrollbar does not end before the last row.
    fn map(&self, top: f64, from: f64, to: f64) -> f64 {
        let edge = self.viewport * EDGE_SCREENS;
        if !self.is_scaled() || top <= edge {
            top
        } else if from - top <= edge {
            to - (from - top)
        } else {
            edge + (top - edge) / (from - 2.0 * edge) * (to - 2.0 * edge)
        }
    }
}

/// A position limited to 0 up to `max`. Not `f64::clamp`: its panic message formats floats, which
/// adds 17 KB of code to the page.
pub(super) fn within(position: f64, max: f64) -> f64 {
    position.min(max).max(0.0)
}

/// The height of a number of rows, in pixels.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
pub fn pixels(rows: u64) -> f64 {
    rows as f64 * ROW
}

/// The height of a number of rows, in pixels; negative for rows upwards.
fn signed_pixels(rows: i64) -> f64 {
    let height = pixels(rows.unsigned_abs());
    if rows < 0 { -height } else { height }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels are not negative, and fewer than 2^53"
)]
fn rows(pixels: f64) -> u64 {
    (pixels.max(0.0) / ROW) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEN_MILLION: u64 = 10_000_000;

    impl VirtualList {
        /// The position at which a row is drawn, in pixels from the top of the list's element.
        fn offset(&self, place: u64) -> f64 {
            pixels(place) + self.shift()
        }
    }

    #[test]
    fn the_places_ahead_follow_the_direction_of_scrolling() {
        let mut list = VirtualList::new(TEN_MILLION, 480.0);
        assert_eq!(list.ahead(), 28..56);
        list.go_to(5_000);
        assert_eq!(list.ahead().start, list.visible().end);
        list.scrolled(list.scroll_top() - 30.0);
        assert_eq!(list.ahead().end, list.visible().start);
        list.step(None, Step::Screens(1));
        assert_eq!(list.ahead().start, list.visible().end);
        list.step(None, Step::Last);
        assert!(list.ahead().is_empty());
        list.step(None, Step::First);
        assert!(list.ahead().is_empty());
    }

    #[test]
    fn a_short_board_uses_the_browsers_scroll_position() {
        let mut list = VirtualList::new(1000, 600.0);
        assert_eq!(list.scrolled(4800.0), None);
        assert_eq!(list.top(), 100);
        assert!((list.offset(100) - 4800.0).abs() < 1e-9);
        assert_eq!(list.visible(), 92..122);
    }

    #[test]
    fn an_empty_board_has_no_visible_places() {
        let mut list = VirtualList::new(0, 600.0);
        list.scrolled(50.0);
        list.go_to(7);
        assert_eq!((list.visible(), list.top()), (0..0, 0));
    }

    #[test]
    fn both_ends_of_the_scrollbar_are_the_ends_of_ten_million_rows() {
        let mut list = VirtualList::new(TEN_MILLION, 600.0);
        assert!(list.height() <= CAP);
        list.scrolled(list.height());
        assert_eq!(list.visible().end, TEN_MILLION);
        // The last row ends where the element ends.
        assert!((list.offset(TEN_MILLION - 1) + ROW - list.height()).abs() < 1e-3);
        list.scrolled(0.0);
        assert_eq!(list.visible().start, 0);
    }

    #[test]
    fn a_small_scroll_moves_a_long_board_by_the_same_pixels() {
        let mut list = VirtualList::new(TEN_MILLION, 600.0);
        list.go_to(5_000_000);
        let (before, drawn) = (list.top(), list.offset(5_000_000));
        list.scrolled(list.scroll_top() + 480.0);
        assert_eq!(list.top(), before + 10);
        // A row keeps its position in the element; the browser scrolls the element.
        assert!((list.offset(5_000_000) - drawn).abs() < 1e-3);
    }

    #[test]
    fn small_scrolls_reach_the_first_row_before_the_scrollbar_ends() {
        let mut list = VirtualList::new(TEN_MILLION, 600.0);
        list.go_to(300);
        for _ in 0..300 {
            let wanted = list.scroll_top() - 100.0;
            list.scrolled(wanted);
        }
        assert_eq!(list.visible().start, 0);
        assert!(list.true_top.abs() < 1e-9);
    }

    #[test]
    fn rows_on_screen_stay_when_the_board_grows() {
        let mut list = VirtualList::new(TEN_MILLION, 600.0);
        list.go_to(4_000_000);
        let (top, drawn) = (list.top(), list.offset(4_000_000));
        list.set_total(TEN_MILLION + 5);
        assert_eq!(list.top(), top);
        assert!((list.offset(4_000_000) - drawn).abs() < 1e-3);
    }

    #[test]
    fn keys_reach_every_row_of_ten_million() {
        let mut list = VirtualList::new(TEN_MILLION, 600.0);
        let last = TEN_MILLION - 1;
        assert_eq!(list.step(None, Step::Last), last);
        assert_eq!(list.visible().end, TEN_MILLION);
        assert_eq!(list.step(Some(last), Step::Rows(1)), last);
        // 600 pixels are 12.5 rows; one of them stays visible.
        assert_eq!(list.step(Some(last), Step::Screens(-1)), last - 11);
        assert_eq!(list.top(), TEN_MILLION - 23);
        list.return_to(4_999_999, 0.0);
        assert_eq!(list.step(Some(4_999_999), Step::Rows(1)), 5_000_000);
        assert_eq!(list.top(), 4_999_999, "its row is on screen already");
        assert_eq!(list.step(Some(5_000_000), Step::First), 0);
        assert_eq!(list.step(Some(0), Step::Rows(-1)), 0);
        assert_eq!((list.top(), list.visible().start), (0, 0));
        assert_eq!(Step::of_key("PageUp"), Some(Step::Screens(-1)));
        assert_eq!(Step::of_key("a"), None);
    }

    #[test]
    fn a_highlight_that_is_out_of_sight_begins_at_the_top_of_the_screen() {
        let mut list = VirtualList::new(1_000, 480.0);
        assert_eq!(list.step(None, Step::Rows(1)), 0);
        list.return_to(500, 0.0);
        assert_eq!(list.step(Some(0), Step::Rows(1)), 500);
        assert_eq!(list.step(Some(500), Step::Rows(-1)), 499);
        assert_eq!(list.top(), 499);
        assert_eq!(list.step(Some(508), Step::Rows(2)), 510, "cut by the edge");
        assert_eq!(list.top(), 501);
    }

    #[test]
    fn the_highlight_of_an_empty_board_stays_at_the_first_place() {
        let mut list = VirtualList::new(0, 600.0);
        for step in [Step::Rows(1), Step::Screens(1), Step::Last] {
            assert_eq!(list.step(None, step), 0);
        }
        assert!(list.scroll_top().abs() < 1e-9);
    }

    #[test]
    fn go_to_shows_the_first_and_last_row_of_every_page() {
        let mut list = VirtualList::new(TEN_MILLION, 700.0);
        let pages = (0..TEN_MILLION).step_by(50);
        for place in pages.flat_map(|first| [first, first + 49]) {
            let scroll_top = list.go_to(place);
            assert!(list.visible().contains(&place), "{place}");
            let on_screen = list.offset(place) - scroll_top;
            assert!((-1e-3..700.0).contains(&on_screen), "{place}: {on_screen}");
        }
    }

    proptest! {
        #[test]
        fn a_step_shows_its_row_in_full(
            total in 100_000_u64..TEN_MILLION, share in 0.0_f64..1.0, moves in prop::collection::vec(-300_i64..300, 1..20)
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place on the board")]
            let mut place = ((total as f64 * share) as u64).min(total - 1);
            let mut list = VirtualList::new(total, 600.0);
            list.go_to(place);
            for rows in moves {
                let expected = place.saturating_add_signed(rows).min(total - 1);
                place = list.step(Some(place), Step::Rows(rows));
                prop_assert_eq!(place, expected);
                let on_screen = list.offset(place) - list.scroll_top();
                prop_assert!(on_screen > -1e-3 && on_screen + ROW < 600.0 + 1e-3, "{}", on_screen);
                prop_assert!(list.visible().contains(&place));
            }
        }

        #[test]
        fn go_to_draws_any_place_on_screen(
            total in 1_u64..TEN_MILLION * 4, share in 0.0_f64..1.0, viewport in 100.0_f64..2000.0
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place on the board")]
            let place = ((total as f64 * share) as u64).min(total - 1);
            let mut list = VirtualList::new(total, viewport);
            let scroll_top = list.go_to(place);
            prop_assert!(list.visible().contains(&place));
            let on_screen = list.offset(place) - scroll_top;
            prop_assert!(on_screen >= -1e-3 && on_screen < viewport, "{} of {}", on_screen, viewport);
            prop_assert!(scroll_top <= list.height());
        }

        #[test]
        fn any_scrolling_fills_the_screen_with_rows(
            total in 1_u64..TEN_MILLION * 2, moves in prop::collection::vec(-9e6_f64..9e6, 1..40)
        ) {
            let viewport = 700.0;
            let mut list = VirtualList::new(total, viewport);
            for moved in moves {
                let wanted = list.scroll_top() + moved;
                list.scrolled(wanted);
                let visible = list.visible();
                let top = list.scroll_top();
                prop_assert!(!visible.is_empty());
                prop_assert!(visible.start == 0 || list.offset(visible.start) <= top);
                prop_assert!(visible.end == total || list.offset(visible.end) >= top + viewport);
                prop_assert!(visible.end - visible.start < 40);
            }
        }
    }
}
