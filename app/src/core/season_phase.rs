//! The phase of a displayed season: whether it takes scores now, later, or no more.

use leaderport::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a season takes scores at present. The phase is the same for all readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeasonPhase {
    /// The season takes scores.
    Open,
    /// The season begins, or its board opens, at this instant.
    Upcoming(Timestamp),
    /// The season has ended, or its board has closed.
    Final,
    /// An admin has closed the season before its end, and may reopen it.
    Closed,
    /// The board is archived.
    Archived,
}

impl SeasonPhase {
    /// Whether the first rank is that of a winner.
    #[must_use]
    pub fn has_winner(self) -> bool {
        matches!(self, Self::Final | Self::Archived)
    }

    /// The kind, for styles and tests.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upcoming(_) => "upcoming",
            Self::Final => "final",
            Self::Closed => "closed",
            Self::Archived => "archived",
        }
    }
}
