//! Reflex, the game of the sample board: five taps, each as soon as the colour changes.
//!
//! The score is the median reaction time in milliseconds, so that one lucky or one slow tap does
//! not decide. The module reads no clock: callers pass the time.

use leaderport::{Order, ScoreFormat};

use crate::core::board::BoardSummary;

/// The slug of the board whose page has the game.
pub const SLUG: &str = "reflex";

/// The number of taps in a game.
pub const TAPS: usize = 5;

/// The shortest wait before the colour changes, and the largest random addition to this wait.
const WAIT_MILLIS: (f64, f64) = (700.0, 1_500.0);

/// The fastest reaction that counts. A faster tap is a guess, because humans react more slowly.
pub const GUESSED_MILLIS: f64 = 80.0;

/// The longest reaction that counts; slower taps are capped.
const SLOWEST_MILLIS: f64 = 5_000.0;

/// The phase of a game. Instants are milliseconds of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Phase {
    /// The game has not begun.
    #[default]
    Ready,
    /// The colour has not changed yet.
    Wait,
    /// The colour changed at this instant.
    Go(f64),
    /// The player tapped too early; the round is played again.
    TooSoon,
    /// The game is over, with this score.
    Done(u32),
}

/// A game.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reflex {
    phase: Phase,
    /// The number of the current round; a repeated round gets a new number.
    round: u32,
    /// The reaction times that count so far, in milliseconds, the fastest first.
    taps: Vec<f64>,
    /// The best score of the finished games that is not saved yet.
    unsaved: Option<u32>,
}

/// Whether the page of a board has the game.
#[must_use]
pub fn is_of(board: &BoardSummary) -> bool {
    board.slug.as_str() == SLUG
        && board.order == Order::Ascending
        && board.format == ScoreFormat::Integer
}

/// The wait before the colour changes, in milliseconds, for a random number from 0 to 1.
#[must_use]
pub fn wait(random: f64) -> f64 {
    WAIT_MILLIS.0 + WAIT_MILLIS.1 * random.clamp(0.0, 1.0)
}

impl Reflex {
    /// The phase of the game.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The best score of the finished games, in milliseconds, that is not saved yet. It outlives the
    /// beginning of the next game.
    #[must_use]
    pub fn unsaved_score(&self) -> Option<u32> {
        self.unsaved
    }

    /// Marks the score as saved.
    pub fn mark_saved(&mut self) {
        self.unsaved = None;
    }

    /// The number of taps that count so far.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps.len()
    }

    /// Records that the colour of a round changed at an instant. Earlier rounds are ignored.
    pub fn go(&mut self, round: u32, now: f64) {
        if self.phase == Phase::Wait && self.round == round {
            self.phase = Phase::Go(now);
        }
    }

    /// Handles a tap. If a new round begins, returns its number; the caller must change the colour
    /// after [`wait`].
    pub fn tap(&mut self, now: f64) -> Option<u32> {
        self.phase = match self.phase {
            Phase::Ready | Phase::TooSoon => Phase::Wait,
            Phase::Done(_) => {
                self.taps.clear();
                Phase::Wait
            }
            Phase::Wait => Phase::TooSoon,
            Phase::Go(since) if now - since < GUESSED_MILLIS => Phase::TooSoon,
            Phase::Go(since) => {
                let tap = (now - since).min(SLOWEST_MILLIS);
                let faster = self.taps.partition_point(|other| *other < tap);
                self.taps.insert(faster, tap);
                if self.taps.len() < TAPS {
                    Phase::Wait
                } else {
                    let score = self.median();
                    let best = self.unsaved.map_or(score, |before| before.min(score));
                    self.unsaved = Some(best);
                    Phase::Done(score)
                }
            }
        };
        (self.phase == Phase::Wait).then(|| {
            self.round += 1;
            self.round
        })
    }

    fn median(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "reactions are 80 to 5,000 milliseconds"
        )]
        let median = self.taps[self.taps.len() / 2].round() as u32;
        median
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
    fn the_score_is_the_median_reaction_time() {
        let mut reflex = Reflex::default();
        play(&mut reflex, &[250.4, 900.0, 210.0, 240.0, 180.0]);
        assert_eq!(reflex.phase(), Phase::Done(240));
        // A second game begins without the taps of the first.
        play(&mut reflex, &[300.0, 300.0, 300.0, 99_000.0, 99_000.0]);
        assert_eq!(reflex.phase(), Phase::Done(300));
        play(&mut reflex, &[99_000.0; TAPS]);
        assert_eq!(reflex.phase(), Phase::Done(5000));
    }

    #[test]
    fn the_best_score_waits_until_it_is_saved() {
        let mut reflex = Reflex::default();
        assert_eq!(reflex.unsaved_score(), None);
        play(&mut reflex, &[240.0; TAPS]);
        assert_eq!(reflex.unsaved_score(), Some(240));
        play(&mut reflex, &[300.0; TAPS]);
        assert_eq!(reflex.unsaved_score(), Some(240));
        play(&mut reflex, &[200.0; TAPS]);
        assert_eq!(reflex.unsaved_score(), Some(200));
        reflex.mark_saved();
        assert_eq!(reflex.unsaved_score(), None);
        play(&mut reflex, &[300.0; TAPS]);
        assert_eq!(reflex.unsaved_score(), Some(300));
    }

    #[test]
    fn a_tap_before_the_colour_changes_repeats_the_round() {
        let mut reflex = Reflex::default();
        let before = reflex.tap(0.0).unwrap();
        assert_eq!(reflex.tap(10.0), None);
        assert_eq!((reflex.phase(), reflex.taps()), (Phase::TooSoon, 0));
        let round = reflex.tap(30.0).unwrap();
        // A colour change of the previous round is ignored.
        reflex.go(before, 40.0);
        assert_eq!(reflex.phase(), Phase::Wait);
        reflex.go(round, 1000.0);
        // A reaction below the limit is a guess.
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
        #[expect(clippy::cast_precision_loss, reason = "a game has five taps")]
        let longest = TAPS as f64 * (wait(1.0) + 300.0);
        assert!((8_000.0..=13_000.0).contains(&longest), "{longest}");
    }
}
