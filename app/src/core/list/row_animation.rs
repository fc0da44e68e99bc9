//! The animation of a row that moves: fast at first, then slower.

use super::virtual_list::{ROW, pixels};

/// The duration of a move, in milliseconds.
pub const MOVE_MILLIS: f64 = 420.0;

/// The CSS easing that [`RowMove::remaining`] approximates.
pub const EASING: &str = "cubic-bezier(0.215, 0.61, 0.355, 1)";

/// The longest visible move, in pixels. A row that comes from farther away starts this close to its
/// new place.
const MAX_DISTANCE: f64 = 12.0 * ROW;

/// A row that moves to its new place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowMove {
    /// When the move began, in milliseconds of any clock.
    pub began: f64,
    /// The distance to the new place at the beginning, in pixels; negative if the row starts above.
    pub from: f64,
}

impl RowMove {
    /// A move between two places, counted from 0. If the previous move `before` has not ended, the
    /// row starts from its current position on screen.
    #[must_use]
    pub fn new(from: u64, to: u64, now: f64, before: Option<Self>) -> Self {
        let left = before.map_or(0.0, |before| before.remaining(now));
        let distance = pixels(from) - pixels(to) + left;
        Self {
            began: now,
            from: distance.clamp(-MAX_DISTANCE, MAX_DISTANCE),
        }
    }

    /// The distance that is left, in pixels.
    #[must_use]
    pub fn remaining(self, now: f64) -> f64 {
        let done = ((now - self.began) / MOVE_MILLIS).clamp(0.0, 1.0);
        self.from * (1.0 - done).powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_the_old_place_and_ends_at_the_new_one() {
        let row = RowMove::new(3, 5, 1_000.0, None);
        assert!((row.remaining(1_000.0) + 2.0 * ROW).abs() < 1e-9);
        let half = row.remaining(1_000.0 + MOVE_MILLIS / 2.0);
        assert!((half + 2.0 * ROW / 8.0).abs() < 1e-9);
        assert!(row.remaining(1_000.0 + MOVE_MILLIS).abs() < 1e-9);
        assert!(row.remaining(9_000.0).abs() < 1e-9);
    }

    #[test]
    fn an_interrupted_move_continues_from_the_visible_place() {
        let first = RowMove::new(5, 3, 0.0, None);
        let seen = first.remaining(100.0);
        let back = RowMove::new(3, 5, 100.0, Some(first));
        assert!((back.remaining(100.0) - (seen - 2.0 * ROW)).abs() < 1e-9);
    }

    #[test]
    fn a_move_from_far_away_is_shortened() {
        let row = RowMove::new(900_000, 3, 0.0, None);
        assert!((row.from - 12.0 * ROW).abs() < 1e-9);
    }
}
