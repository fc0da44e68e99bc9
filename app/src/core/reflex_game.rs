//! Reflex, the game of the sample board: five taps, each as soon as the colour
//! changes; the score is the one in the middle, in milliseconds, so that neither
//! luck nor one slip decides. Pure: time comes from outside.

use leaderport::{Order, ScoreFormat};

use crate::core::board::BoardSummary;

/// The slug of the board that is played on its page.
pub const SLUG: &str = "reflex";

/// Taps of a game.
pub const TAPS: usize = 5;

/// How long the colour takes to change: at least, and at most so much more.
const WAIT_MILLIS: (f64, f64) = (700.0, 1_500.0);

/// What nobody does: whoever is faster has guessed.
pub const GUESSED_MILLIS: f64 = 80.0;

/// What nobody waits for.
const SLOWEST_MILLIS: f64 = 5_000.0;

/// Where a game is. Instants are milliseconds of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Phase {
    /// Not begun.
    #[default]
    Ready,
    /// The colour will change.
    Wait,
    /// It has changed, at this instant.
    Go(f64),
    /// Somebody tapped before that; the round is played again.
    TooSoon,
    /// Over, with this score.
    Done(u32),
}

/// A game.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reflex {
    phase: Phase,
    /// Counts the waits.
    round: u32,
    taps: Vec<f64>,
    /// Its score was taken.
    is_taken: bool,
}

/// Whether a board is played on its page.
#[must_use]
pub fn is_of(board: &BoardSummary) -> bool {
    board.slug.as_str() == SLUG
        && board.order == Order::Ascending
        && board.format == ScoreFormat::Integer
}

/// How long the colour takes to change, by a random number from 0 to 1, in
/// milliseconds.
#[must_use]
pub fn wait(random: f64) -> f64 {
    WAIT_MILLIS.0 + WAIT_MILLIS.1 * random.clamp(0.0, 1.0)
}

impl Reflex {
    /// Where the game is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The score of a game that is over: once.
    pub fn take_score(&mut self) -> Option<u32> {
        match self.phase {
            Phase::Done(score) if !std::mem::replace(&mut self.is_taken, true) => Some(score),
            _ => None,
        }
    }

    /// How many taps count so far.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps.len()
    }

    /// The colour of a round has changed at an instant.
    pub fn go(&mut self, round: u32, now: f64) {
        if self.phase == Phase::Wait && self.round == round {
            self.phase = Phase::Go(now);
        }
    }

    /// Somebody taps. The round whose colour must change now, after [`wait`], if one
    /// begins.
    pub fn tap(&mut self, now: f64) -> Option<u32> {
        self.phase = match self.phase {
            Phase::Ready | Phase::TooSoon => Phase::Wait,
            Phase::Done(_) => {
                self.taps.clear();
                self.is_taken = false;
                Phase::Wait
            }
            Phase::Wait => Phase::TooSoon,
            Phase::Go(since) if now - since < GUESSED_MILLIS => Phase::TooSoon,
            Phase::Go(since) => {
                self.taps.push((now - since).min(SLOWEST_MILLIS));
                if self.taps.len() < TAPS {
                    Phase::Wait
                } else {
                    Phase::Done(self.middle())
                }
            }
        };
        (self.phase == Phase::Wait).then(|| {
            self.round += 1;
            self.round
        })
    }

    fn middle(&self) -> u32 {
        let mut taps = self.taps.clone();
        taps.sort_unstable_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "80 to 5,000"
        )]
        let middle = taps[taps.len() / 2].round() as u32;
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(reflex: &mut Reflex, taps: &[f64]) {
        let mut round = reflex.tap(0.0);
        for tap in taps {
            reflex.go(round.expect("the game is not over"), 1000.0);
            round = reflex.tap(1000.0 + tap);
        }
        assert_eq!(round, None);
    }

    #[test]
    fn the_tap_in_the_middle_is_the_score() {
        let mut reflex = Reflex::default();
        play(&mut reflex, &[250.4, 900.0, 210.0, 240.0, 180.0]);
        assert_eq!(reflex.phase(), Phase::Done(240));
        assert_eq!(
            [reflex.take_score(), reflex.take_score()],
            [Some(240), None]
        );
        // And again, from the beginning.
        play(&mut reflex, &[300.0, 300.0, 300.0, 99_000.0, 99_000.0]);
        assert_eq!(reflex.phase(), Phase::Done(300));
        assert_eq!(reflex.take_score(), Some(300));
        play(&mut reflex, &[99_000.0; TAPS]);
        assert_eq!(reflex.phase(), Phase::Done(5000));
    }

    #[test]
    fn who_taps_before_the_colour_changes_plays_the_round_again() {
        let mut reflex = Reflex::default();
        let before = reflex.tap(0.0).unwrap();
        assert_eq!(reflex.tap(10.0), None);
        assert_eq!((reflex.phase(), reflex.taps()), (Phase::TooSoon, 0));
        let round = reflex.tap(30.0).unwrap();
        // The colour of the round before changes nothing.
        reflex.go(before, 40.0);
        assert_eq!(reflex.phase(), Phase::Wait);
        reflex.go(round, 1000.0);
        // Nobody sees and taps within so little.
        assert_eq!(reflex.tap(1000.0 + GUESSED_MILLIS / 2.0), None);
        assert_eq!((reflex.phase(), reflex.taps()), (Phase::TooSoon, 0));
        let round = reflex.tap(2000.0).unwrap();
        reflex.go(round, 3000.0);
        assert!(reflex.tap(3200.0).is_some());
        assert_eq!(reflex.taps(), 1);
    }

    #[test]
    fn a_game_takes_about_ten_seconds() {
        assert!(wait(0.0) >= 500.0);
        #[expect(clippy::cast_precision_loss, reason = "five")]
        let longest = TAPS as f64 * (wait(1.0) + 300.0);
        assert!((8_000.0..=13_000.0).contains(&longest), "{longest}");
    }
}
