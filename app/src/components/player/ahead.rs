//! The share of the other players whom a player is ahead of.

use leaderport::protocol::MyPlace;

use crate::core::decimal::tenths;
use crate::locale::numbers;
use crate::words;

/// The percentage from which tenths are shown: on a long board, they matter to the best alone.
const TENTHS_FROM: f64 = 99.0;

/// The share in words, rounded down: `11% of players`. None for a lone player.
#[must_use]
pub fn share_ahead(place: &MyPlace) -> Option<String> {
    let percent = place.percentile;
    let number = if (TENTHS_FROM..100.0).contains(&percent) {
        tenths((percent * 10.0).floor() / 10.0)
    } else {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 100"
        )]
        let whole = percent.clamp(0.0, 100.0) as u64;
        whole.to_string()
    };
    (place.total > 1).then(|| words::percent_of_players(numbers::decimal(&number)))
}

#[cfg(test)]
mod tests {
    use leaderport::{Rank, Score};

    use super::*;

    #[test]
    fn the_share_is_rounded_down_so_that_only_the_first_is_ahead_of_all() {
        let share = |percentile, total| {
            share_ahead(&MyPlace {
                rank: Rank::after(0),
                place: 0,
                score: Score::default(),
                total,
                percentile,
            })
        };
        for (percentile, text) in [
            (0.0, "0% of players"),
            (11.98, "11% of players"),
            (98.99, "98% of players"),
            (99.0, "99.0% of players"),
            (99.97, "99.9% of players"),
            (100.0, "100% of players"),
        ] {
            assert_eq!(share(percentile, 1_000).as_deref(), Some(text));
        }
        assert_eq!(share(100.0, 1), None);
    }
}
