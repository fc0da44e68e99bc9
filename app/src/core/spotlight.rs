//! The row that the reader has jumped to. The list highlights it.

use leaderport::PlayerId;
use serde::{Deserialize, Serialize};

/// The row of a jump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The row at a place, counted from 0. Another player may come to it.
    Place(u64),
    /// The row of a player, at any place.
    Player(PlayerId),
    /// The reader's row.
    Reader,
}

/// The highlight of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spotlight {
    /// The row.
    pub target: Target,
    /// Whether the row pulses, as it does for a moment after the jump.
    pub is_pulsing: bool,
}

impl Spotlight {
    /// Whether the row at a place is the highlighted one. `player` is none while the row is not
    /// loaded, and for a new guest.
    #[must_use]
    pub fn is_at(&self, place: u64, player: Option<&PlayerId>, is_mine: bool) -> bool {
        match &self.target {
            Target::Place(wanted) => *wanted == place,
            Target::Player(wanted) => Some(wanted) == player,
            Target::Reader => is_mine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_the_highlight_and_a_player_takes_it_along() {
        let (ann, bob) = (PlayerId::new("ann").unwrap(), PlayerId::new("bob").unwrap());
        let on = |target| Spotlight {
            target,
            is_pulsing: false,
        };
        assert!(on(Target::Place(4)).is_at(4, Some(&ann), false));
        assert!(!on(Target::Place(4)).is_at(5, Some(&ann), true));
        assert!(on(Target::Player(ann.clone())).is_at(9, Some(&ann), false));
        assert!(!on(Target::Player(ann)).is_at(9, Some(&bob), true));
        assert!(on(Target::Reader).is_at(9, None, true));
        assert!(!on(Target::Reader).is_at(9, Some(&bob), false));
    }
}
