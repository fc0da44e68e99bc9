//! How a row moves to its new place: fast at first, and slower the nearer it comes.

use crate::core::virtual_list::{ROW, pixels};

/// How long it takes, in milliseconds.
pub const GLIDE_MILLIS: f64 = 420.0;

/// What CSS calls it: nearly [`Glide::remaining`].
pub const EASING: &str = "cubic-bezier(0.215, 0.61, 0.355, 1)";

/// Rows do not come flying from pages away: in pixels.
const MOST: f64 = 12.0 * ROW;

/// A row on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glide {
    /// When it set out, in milliseconds of any clock.
    pub began: f64,
    /// How far below its place it was then, in pixels; above it where negative.
    pub from: f64,
}

impl Glide {
    /// A row goes from a place to another, where `before` is how it was moving already: it
    /// sets out from where it is seen.
    #[must_use]
    pub fn new(from: u64, to: u64, now: f64, before: Option<Self>) -> Self {
        let left = before.map_or(0.0, |before| before.remaining(now));
        let apart = pixels(from) - pixels(to) + left;
        Self {
            began: now,
            from: apart.clamp(-MOST, MOST),
        }
    }

    /// How far it has to go, in pixels.
    #[must_use]
    pub fn remaining(self, now: f64) -> f64 {
        let done = ((now - self.began) / GLIDE_MILLIS).clamp(0.0, 1.0);
        self.from * (1.0 - done).powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::virtual_list::ROW;

    #[test]
    fn begins_where_the_row_was_and_ends_where_it_is() {
        let glide = Glide::new(3, 5, 1_000.0, None);
        assert!((glide.remaining(1_000.0) + 2.0 * ROW).abs() < 1e-9);
        let half = glide.remaining(1_000.0 + GLIDE_MILLIS / 2.0);
        assert!((half + 2.0 * ROW / 8.0).abs() < 1e-9);
        assert!(glide.remaining(1_000.0 + GLIDE_MILLIS).abs() < 1e-9);
        assert!(glide.remaining(9_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_row_that_is_moved_again_goes_on_from_where_it_is_seen() {
        let first = Glide::new(5, 3, 0.0, None);
        let seen = first.remaining(100.0);
        let back = Glide::new(3, 5, 100.0, Some(first));
        assert!((back.remaining(100.0) - (seen - 2.0 * ROW)).abs() < 1e-9);
    }

    #[test]
    fn nobody_comes_flying_from_far_away() {
        let glide = Glide::new(900_000, 3, 0.0, None);
        assert!((glide.from - 12.0 * ROW).abs() < 1e-9);
    }
}
