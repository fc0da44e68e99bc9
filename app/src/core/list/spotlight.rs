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

/// How a row is highlighted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Emphasis {
    /// Not at all.
    #[default]
    None,
    /// As the row of a jump.
    Target,
    /// As the row of a jump that has just happened.
    Pulse,
}

impl Emphasis {
    /// The classes of the row.
    #[must_use]
    pub fn classes(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Target => "target",
            Self::Pulse => "target pulse",
        }
    }
}

impl Spotlight {
    /// The highlight of the row at a place. `player` is none while the row is not loaded, and for a
    /// new guest.
    #[must_use]
    pub fn at(&self, place: u64, player: Option<&PlayerId>, is_mine: bool) -> Emphasis {
        let is_target = match &self.target {
            Target::Place(wanted) => *wanted == place,
            Target::Player(wanted) => Some(wanted) == player,
            Target::Reader => is_mine,
        };
        match (is_target, self.is_pulsing) {
            (false, _) => Emphasis::None,
            (true, false) => Emphasis::Target,
            (true, true) => Emphasis::Pulse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_the_highlight_and_a_player_takes_it_along() {
        let (ann, bob) = (PlayerId::new("ann").unwrap(), PlayerId::new("bob").unwrap());
        let on = |target, is_pulsing| Spotlight { target, is_pulsing };
        let place = on(Target::Place(4), false);
        assert_eq!(place.at(4, Some(&ann), false), Emphasis::Target);
        assert_eq!(place.at(5, Some(&ann), true), Emphasis::None);
        let player = on(Target::Player(ann.clone()), true);
        assert_eq!(player.at(9, Some(&ann), false), Emphasis::Pulse);
        assert_eq!(player.at(9, Some(&bob), true), Emphasis::None);
        let reader = on(Target::Reader, true);
        assert_eq!(reader.at(9, None, true), Emphasis::Pulse);
        assert_eq!(reader.at(9, Some(&bob), false), Emphasis::None);
    }
}
