//! A row of the list as texts, classes and attributes of its element.

use leaderport::{Score, ScoreFormat};

use crate::core::avatar::hue;
use crate::core::decimal::row_heights;
use crate::core::list::movement::Movement;
use crate::core::list::spotlight::Emphasis;
use crate::core::list::tie::Tie;
use crate::core::sync::overlay::ViewRow;
use crate::core::url::url_escape;
use crate::locale::initial::initial;
use crate::locale::numbers;
use crate::words;

/// The maximum length, in characters, of a name and a score that fit next to each other on every
/// screen larger than a phone's. Longer names may need clipping, which costs time to paint.
const MAX_SHORT: usize = 14;

/// A row as the list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RowView {
    /// The place, counted from 0.
    pub(super) place: u64,
    /// The distance from the top of the list's element, in pixels.
    pub(super) top: f64,
    /// None while the row is not loaded.
    pub(super) row: Option<ViewRow>,
    /// None if no neighbour has the same rank.
    pub(super) tie: Option<Tie>,
    /// The move since the reader's visit began; none for a pending row.
    pub(super) movement: Option<Movement>,
    /// The difference to the best score; none unless that is better.
    pub(super) gap: Option<Score>,
    /// Whether it is the reader's row.
    pub is_mine: bool,
    /// Whether keys or a search have highlighted it.
    pub(super) is_active: bool,
    /// Its highlight, if the reader jumped to it.
    pub(super) emphasis: Emphasis,
    pub(super) format: ScoreFormat,
}

impl RowView {
    /// The score.
    pub(super) fn value(&self) -> Option<Score> {
        self.row.as_ref().map(|shown| shown.score)
    }

    fn is_pending(&self) -> bool {
        self.row.as_ref().is_some_and(|shown| shown.is_pending)
    }

    /// The classes of the row.
    #[must_use]
    pub fn class(&self) -> String {
        let mut class = "row".to_owned();
        let states = [
            (" me", self.is_mine),
            (" active", self.is_active),
            (" pending", self.is_pending()),
            (" loading", self.row.is_none()),
        ];
        for (name, _) in states.iter().filter(|(_, is_on)| *is_on) {
            class.push_str(name);
        }
        let emphasis = self.emphasis.classes();
        if !emphasis.is_empty() {
            class.push(' ');
            class.push_str(emphasis);
        }
        class
    }

    /// The row's `aria-rowindex`, counted from 1. The table's head has index 1.
    #[must_use]
    pub fn row_index(&self) -> String {
        (self.place + 2).to_string()
    }

    /// The place, counted from 1.
    #[must_use]
    pub fn place_number(&self) -> String {
        (self.place + 1).to_string()
    }

    /// The distance from the top of the list's element, as a CSS length.
    #[must_use]
    pub fn top(&self) -> String {
        row_heights(self.top)
    }

    /// The rank; empty while the row is not loaded.
    #[must_use]
    pub fn rank(&self) -> String {
        let rank = self.row.as_ref().map(|shown| shown.rank);
        rank.map_or_else(String::new, numbers::rank)
    }

    /// The position in a group of equal ranks, for styles.
    #[must_use]
    pub fn tie(&self) -> Option<&'static str> {
        self.tie.map(Tie::name)
    }

    /// The label of a rank for screen readers, in place of the marks for the eye: of a shared rank, and
    /// of a player who has moved.
    #[must_use]
    pub fn rank_label(&self) -> Option<String> {
        let shared = self.tie.map(|_| words::shared_rank(self.rank()));
        let rank = || shared.clone().unwrap_or_else(|| self.rank());
        match self.movement {
            Some(Movement::Up(places)) => Some(words::rank_after_rise(places, rank())),
            Some(Movement::Down(places)) => Some(words::rank_after_fall(places, rank())),
            None => shared,
        }
    }

    /// The number of places gained or lost; empty without a move.
    #[must_use]
    pub fn places_moved(&self) -> String {
        match self.movement {
            Some(Movement::Up(places) | Movement::Down(places)) => numbers::count(places),
            None => String::new(),
        }
    }

    /// The direction of the move, for styles.
    #[must_use]
    pub fn direction(&self) -> Option<&'static str> {
        self.movement.map(|movement| match movement {
            Movement::Up(_) => "up",
            Movement::Down(_) => "down",
        })
    }

    /// The difference to the best score, with its sign; none unless that is better.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        Some(signed(self.format, self.gap?))
    }

    /// The rank of the first three.
    #[must_use]
    pub fn medal(&self) -> Option<String> {
        let rank = self.row.as_ref()?.rank;
        (rank.get() <= 3).then(|| numbers::rank(rank))
    }

    /// The hue of the player's avatar, in degrees.
    #[must_use]
    pub fn hue(&self) -> String {
        let player = self.row.as_ref().and_then(|shown| shown.player.as_ref());
        player.map_or(0, |player| hue(player.as_str())).to_string()
    }

    /// The letter of the player's avatar.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.name())
    }

    /// The name as a hint for the pointer, if it may have to be clipped.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.is_long().then(|| self.name())
    }

    /// The player's name; an ellipsis while the row is not loaded.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.row.as_ref().map(|shown| shown.name.to_string());
        name.unwrap_or_else(|| "…".to_owned())
    }

    /// Whether the name may have to be clipped.
    #[must_use]
    pub fn is_long(&self) -> bool {
        let name = self.name();
        let is_short = name.is_ascii()
            && name.len() <= MAX_SHORT
            && self.score().len() <= MAX_SHORT
            && self.note().is_empty();
        !is_short
    }

    /// The path of the player's page; none while the row is not loaded, and for a new guest.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        let player = self.row.as_ref()?.player.as_ref()?;
        Some(format!("/players/{}", url_escape(player.as_str())))
    }

    /// The note after the name, which marks a pending score and the reader's row; else empty.
    #[must_use]
    pub fn note(&self) -> &'static str {
        if self.is_pending() {
            words::pending()
        } else if self.is_mine {
            words::you()
        } else {
            ""
        }
    }

    /// The score; empty while the row is not loaded.
    #[must_use]
    pub fn score(&self) -> String {
        let score = self.value();
        score.map_or_else(String::new, |score| numbers::score(self.format, score))
    }
}

/// A difference of scores with its sign: `+12`, `−12`.
#[must_use]
pub fn signed(format: ScoreFormat, difference: Score) -> String {
    let sign = if difference.get() > 0 { "+" } else { "" };
    format!("{sign}{}", numbers::score(format, difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_a_sign() {
        for (format, difference, text) in [
            (ScoreFormat::Integer, 1_200, "+1,200"),
            (ScoreFormat::Integer, -12, "−12"),
            (ScoreFormat::Duration, 1_250, "+0:01.250"),
            (ScoreFormat::Decimals(2), -5, "−0.05"),
        ] {
            let difference = Score::new(difference).unwrap();
            assert_eq!(signed(format, difference), text);
        }
    }
}
