//! Generated traffic: players, scores and times of submissions.
//!
//! Arrivals are a Poisson process at the requested rate. A player has the same id, name and skill
//! in every run. Scores are within the board's bounds.

use std::f64::consts::TAU;

use leaderport::{PlayerId, PlayerName, Score};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::client::NewSubmission;
use crate::startup::sample_names::player_name;

/// Range of a board's scores, and the better end of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) is_ascending: bool,
}

impl Scale {
    /// Points: higher is better.
    pub(super) const POINTS: Self = Self {
        low: 1,
        high: 1_000_000,
        is_ascending: false,
    };

    /// The score for a number of points; a hundred are average.
    fn of(self, points: f64) -> Score {
        #[expect(clippy::cast_precision_loss, reason = "scores are below 2^53")]
        let (low, high) = (self.low as f64, self.high as f64);
        let value = if self.is_ascending {
            // A better score is closer to the lower bound.
            low + 6.0 * (high - low) / points
        } else {
            points
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped to the range of scores"
        )]
        let value = value.clamp(low, high) as i64;
        Score::new(value).expect("clamped to the range of scores")
    }
}

/// Generator of submissions and of their arrival times.
pub(super) struct Traffic {
    pub(super) rng: StdRng,
    pub(super) scale: Scale,
    pub(super) players: u32,
    /// Arrivals a second.
    pub(super) rate: f64,
    /// Time of the next arrival, in seconds since the start.
    pub(super) next: f64,
}

impl Traffic {
    /// Takes up to `most` arrivals until a time. The next call returns the remaining ones.
    pub(super) fn arrivals(&mut self, until: f64, most: usize) -> usize {
        let mut count = 0;
        while count < most && self.next <= until {
            count += 1;
            // The gaps of a Poisson process are exponential. The random number is below one.
            self.next -= (1.0 - self.rng.random::<f64>()).ln() / self.rate;
        }
        count
    }

    pub(super) fn submission(&mut self) -> NewSubmission {
        let index = self.rng.random_range(0..self.players);
        let id = format!("demo-{:04}", index + 1);
        NewSubmission {
            id: None,
            player: PlayerId::new(&id).expect("printable and short"),
            name: Some(PlayerName::new(&player_name(index)).expect("printable and short")),
            value: self.score(index),
            at: None,
        }
    }

    /// A score near the player's skill: log-normal, because the effects of a good day multiply.
    fn score(&mut self, index: u32) -> Score {
        let (u, v): (f64, f64) = (self.rng.random(), self.rng.random());
        // Box-Muller: two uniform numbers give a normal one.
        let form = (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos();
        let points = (skill(index) * (0.4 * form).exp()).clamp(1.0, 1_000_000.0);
        self.scale.of(points)
    }
}

/// A player's median score in points: near 100 for most, ten times that for one in a thousand
/// (Pareto).
fn skill(index: u32) -> f64 {
    let even: f64 = StdRng::seed_from_u64(index.into()).random();
    100.0 * (1.0 - even).powf(-1.0 / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic(rate: f64) -> Traffic {
        Traffic {
            rng: StdRng::seed_from_u64(7),
            scale: Scale::POINTS,
            players: 200,
            rate,
            next: 0.0,
        }
    }

    #[test]
    fn arrivals_match_the_requested_rate() {
        let mut traffic = traffic(20.0);
        let ticks: Vec<usize> = (1..=10_000_u32)
            .map(|tick| traffic.arrivals(f64::from(tick) * 0.1, usize::MAX))
            .collect();
        let sum: usize = ticks.iter().sum();
        // The expected number is 20,000; the standard deviation is 141.
        assert!((19_300..20_700).contains(&sum), "{sum}");
        let empty = ticks.iter().filter(|count| **count == 0).count();
        // An e^-2 share of the ticks is empty; arrivals at even gaps would leave none empty.
        assert!((1_150..1_550).contains(&empty), "{empty}");
    }

    #[test]
    fn arrivals_beyond_a_batch_are_left_for_the_next_call() {
        let (mut whole, mut parts) = (traffic(1000.0), traffic(1000.0));
        let all = whole.arrivals(1.0, usize::MAX);
        let mut taken = Vec::new();
        loop {
            match parts.arrivals(1.0, 64) {
                0 => break,
                count => taken.push(count),
            }
        }
        assert!(taken.iter().all(|count| *count <= 64));
        assert_eq!(taken.iter().sum::<usize>(), all);
    }

    #[test]
    fn scores_have_a_plausible_distribution() {
        let mut traffic = traffic(1.0);
        let mut scores: Vec<i64> = (0..10_000)
            .map(|_| traffic.submission().value.get())
            .collect();
        scores.sort_unstable();
        assert!(scores[0] >= 1);
        assert!((80..250).contains(&scores[5_000]), "{}", scores[5_000]);
        assert!(
            scores[9_999] > 3 * scores[5_000],
            "the best score is far above the median"
        );
    }

    #[test]
    fn scores_stay_within_the_boards_bounds() {
        let scale = Scale {
            low: 80,
            high: 5_000,
            is_ascending: true,
        };
        let mut traffic = Traffic {
            scale,
            ..traffic(1.0)
        };
        let mut scores: Vec<i64> = (0..10_000)
            .map(|_| traffic.submission().value.get())
            .collect();
        scores.sort_unstable();
        assert!(scores[0] >= 80 && scores[9_999] <= 5_000);
        assert!((200..500).contains(&scores[5_000]), "{}", scores[5_000]);
    }

    #[test]
    fn few_players_are_far_better_than_most() {
        let skilled = (0..10_000).filter(|index| skill(*index) >= 1000.0).count();
        assert!((1..40).contains(&skilled), "{skilled}");
        assert!((0..10_000).all(|index| skill(index) >= 100.0));
    }
}
