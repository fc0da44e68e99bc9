//! The highlighted row of a list: the row that keys have moved to, or that a search has found.

use leaderport::PlayerId;

/// The highlighted row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveRow {
    /// Its place, counted from 0.
    pub place: u64,
    /// Its player, whom the highlight follows while their row is drawn; none if unknown.
    pub player: Option<PlayerId>,
}
