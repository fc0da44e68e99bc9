//! Summary of a season: the scores at evenly spaced places. It estimates the rank of a
//! score with an error bound, and the distribution of scores, without reading the rows.
//!
//! Between two known places, scores are monotonic, and assumed to be evenly spread. The error
//! of an estimate is therefore less than the distance of the two places: about one percent of
//! all places.

use serde::{Deserialize, Serialize};

use crate::{Order, Score, TieRule};

/// Maximum number of known places besides the first.
pub const STEPS: u64 = 100;

/// The scores at some places, best first. Example with ten players:
/// `[(0, 990), (1, 870), … (9, 12)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    total: u64,
    points: Vec<(u64, Score)>,
}

/// Estimated rank of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// Estimated number of players that rank before the score.
    pub place: u64,
    /// Maximum error of `place` in either direction.
    pub within: u64,
}

/// A bar of a histogram: a range of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower bound, inclusive.
    pub from: Score,
    /// Upper bound: the next bar's lower bound. Inclusive in the last bar only.
    pub to: Score,
    /// Share of all players in this bar, 0 to 1.
    pub share: f64,
}

impl Bin {
    /// Index of the bar that contains a score. Scores outside the range belong to the
    /// outermost bars. `None` without bars.
    #[must_use]
    pub fn holding(bins: &[Self], score: Score) -> Option<usize> {
        let after = bins.partition_point(|bin| bin.from <= score);
        (!bins.is_empty()).then(|| after.saturating_sub(1))
    }
}

impl Sketch {
    /// The places to read for a sketch of `total` players, from 0.
    #[must_use]
    pub fn places(total: u64) -> Vec<u64> {
        let Some(last) = total.checked_sub(1) else {
            return Vec::new();
        };
        // A step spans at least one place, so no place occurs twice.
        let steps = STEPS.min(last).max(1);
        (0..=steps.min(last)).map(|n| last * n / steps).collect()
    }

    /// Creates a sketch from the scores at [`Self::places`] of `total`. The scores may have been
    /// read at different moments. Therefore, a score that is better than the previous one is
    /// replaced by the previous one.
    #[must_use]
    pub fn new(order: Order, total: u64, mut points: Vec<(u64, Score)>) -> Self {
        points.sort_unstable_by_key(|(place, _)| *place);
        for n in 1..points.len() {
            if order.is_better(points[n].1, points[n - 1].1) {
                points[n].1 = points[n - 1].1;
            }
        }
        Self { total, points }
    }

    /// Number of players.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The median score, approximately; `None` for an empty season.
    #[must_use]
    pub fn middle(&self) -> Option<Score> {
        self.points.get(self.points.len() / 2).map(|(_, at)| *at)
    }

    /// Estimated place of a new player with this score, behind all equal scores. `None` for an
    /// empty season, and under dense ties, whose ranks count distinct scores.
    #[must_use]
    pub fn guess(&self, order: Order, tie: TieRule, score: Score) -> Option<Guess> {
        match tie {
            TieRule::Shared => self.before(|at| order.is_better(at, score), order, score),
            TieRule::Earliest => self.before(|at| !order.is_better(score, at), order, score),
            TieRule::Dense => None,
        }
    }

    /// Estimates the number of scores that satisfy `comes_before`, which must be monotonic
    /// in `order`.
    fn before(
        &self,
        comes_before: impl Fn(Score) -> bool,
        order: Order,
        score: Score,
    ) -> Option<Guess> {
        self.points.first()?;
        let known = self.points.partition_point(|(_, at)| comes_before(*at));
        let guess = match (known.checked_sub(1), self.points.get(known)) {
            (None, _) => Guess {
                place: 0,
                within: 0,
            },
            // The condition holds even for the last player, so it holds for all players.
            (Some(_), None) => Guess {
                place: self.total,
                within: 0,
            },
            (Some(above), Some((below, worse))) => {
                let (above, best) = self.points[above];
                let whole = distance(best, *worse);
                let part = if order.is_better(best, score) {
                    distance(best, score)
                } else {
                    0.0
                };
                let between = below - above;
                // The place above is certainly before the score; the place below may be the score's
                // own.
                let share = if whole <= 0.0 { 1.0 } else { part / whole };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a share of places that are fewer than 2^32"
                )]
                let inside = (between as f64 * share) as u64;
                Guess {
                    place: above + inside.clamp(1, between),
                    within: between - 1,
                }
            }
        };
        Some(guess)
    }

    /// Histogram with `count` bars of equal width. The outermost bar on the side of the worst
    /// scores also contains the worst fiftieth of the known places. Empty for fewer than ten
    /// players, or if all scores are equal.
    #[must_use]
    pub fn bins(&self, order: Order, count: u16) -> Vec<Bin> {
        let tail = self.points.len() * 49 / 50;
        let (Some((_, best)), Some((_, end))) = (self.points.first(), self.points.get(tail)) else {
            return Vec::new();
        };
        if self.total < 10 || best == end || count == 0 {
            return Vec::new();
        }
        let (low, high) = if best < end {
            (*best, *end)
        } else {
            (*end, *best)
        };
        let edge = |n: u16| {
            let (width, n, count) = (high.get() - low.get(), i64::from(n), i64::from(count));
            // The product of the width and `n` may exceed 64 bits.
            let at = low.get() + width / count * n + width % count * n / count;
            Score::new(at).expect("between two scores")
        };
        // Share of players whose score is below an edge. The outermost bars include all
        // scores beyond the range.
        let below = |n: u16| -> f64 {
            if n == 0 || n == count {
                return f64::from(u8::from(n == count));
            }
            let edge = edge(n);
            // In ascending order, scores below the edge rank before it. In descending
            // order, they rank after all scores at or above it.
            let before = match order {
                Order::Ascending => self.before(|at| at < edge, order, edge),
                Order::Descending => self.before(|at| at >= edge, order, edge),
            };
            let place = before.map_or(0, |guess| guess.place);
            #[expect(clippy::cast_precision_loss, reason = "fewer than 2^32")]
            let share = place as f64 / self.total as f64;
            match order {
                Order::Ascending => share,
                Order::Descending => 1.0 - share,
            }
        };
        (0..count)
            .map(|n| Bin {
                from: edge(n),
                to: edge(n + 1),
                share: (below(n + 1) - below(n)).max(0.0),
            })
            .collect()
    }
}

/// Distance between two scores.
fn distance(a: Score, b: Score) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "scores are fewer than 2^53")]
    let distance = a.get().abs_diff(b.get()) as f64;
    distance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(value: i64) -> Score {
        Score::new(value).unwrap()
    }

    fn of(order: Order, mut scores: Vec<i64>) -> (Sketch, Vec<i64>) {
        scores.sort_unstable();
        if order == Order::Descending {
            scores.reverse();
        }
        let total = scores.len() as u64;
        let at = |place: u64| (place, score(scores[usize::try_from(place).unwrap()]));
        let points = Sketch::places(total).into_iter().map(at).collect();
        (Sketch::new(order, total, points), scores)
    }

    #[test]
    fn places_are_bounded_and_spread_from_first_to_last() {
        assert_eq!(Sketch::places(0), Vec::<u64>::new());
        assert_eq!(Sketch::places(1), [0]);
        assert_eq!(Sketch::places(4), [0, 1, 2, 3]);
        let places = Sketch::places(10_000_000);
        assert_eq!((places[0], places.len()), (0, 101));
        assert_eq!(places.last(), Some(&9_999_999));
    }

    #[test]
    fn empty_season_has_no_estimate_and_one_player_ranks_exactly() {
        let (nobody, _) = of(Order::Descending, Vec::new());
        assert_eq!(
            nobody.guess(Order::Descending, TieRule::Shared, score(1)),
            None
        );
        assert!(nobody.bins(Order::Descending, 20).is_empty());
        let (one, _) = of(Order::Descending, vec![5]);
        let place = |tie, value| {
            let guess = one.guess(Order::Descending, tie, score(value));
            guess.map(|guess| guess.place)
        };
        assert_eq!(
            [6, 5, 4].map(|v| place(TieRule::Shared, v)),
            [Some(0), Some(0), Some(1)]
        );
        assert_eq!(
            [6, 5, 4].map(|v| place(TieRule::Earliest, v)),
            [Some(0), Some(1), Some(1)]
        );
        assert_eq!(place(TieRule::Dense, 5), None);
    }

    #[test]
    fn scores_from_different_moments_are_made_monotonic() {
        let points = vec![(0, score(50)), (2, score(20)), (1, score(60))];
        let sketch = Sketch::new(Order::Descending, 3, points);
        let scores: Vec<i64> = sketch.points.iter().map(|(_, s)| s.get()).collect();
        assert_eq!(scores, [50, 50, 20]);
    }

    #[test]
    fn histogram_counts_every_player_once() {
        for order in [Order::Ascending, Order::Descending] {
            // A distribution with one peak.
            let scores = (0..5_000_i64).map(|n| 500 + (n % 71) * (n % 53) / 8 - (n % 29) * 9);
            let (sketch, scores) = of(order, scores.collect());
            let bins = sketch.bins(order, 24);
            assert_eq!(bins.len(), 24);
            let all: f64 = bins.iter().map(|bin| bin.share).sum();
            assert!((all - 1.0).abs() < 1e-9, "{all}");
            for bin in &bins[1..23] {
                let inside = |s: &&i64| **s >= bin.from.get() && **s < bin.to.get();
                let inside = u32::try_from(scores.iter().filter(inside).count()).unwrap();
                let true_share = f64::from(inside) / 5_000.0;
                let error = (bin.share - true_share).abs();
                assert!(error < 0.03, "{bin:?}, and truly {true_share}");
            }
        }
    }

    #[test]
    fn histogram_may_span_all_scores() {
        let (least, most) = (Score::MIN.get(), Score::MAX.get());
        let scores = (0..100_i64).map(|n| if n < 50 { least } else { most });
        let (sketch, _) = of(Order::Ascending, scores.collect());
        let bins = sketch.bins(Order::Ascending, 1_000);
        assert_eq!(bins.first().map(|bin| bin.from), Some(Score::MIN));
        assert_eq!(bins.last().map(|bin| bin.to), Some(Score::MAX));
        assert!(bins.is_sorted_by_key(|bin| bin.from));
    }

    #[test]
    fn every_score_is_in_a_bar_with_a_positive_share() {
        for order in [Order::Ascending, Order::Descending] {
            let (sketch, scores) = of(order, (0..100_i64).map(|n| n % 10 + 1).collect());
            let bins = sketch.bins(order, 28);
            for value in scores {
                let bar = Bin::holding(&bins, score(value)).unwrap();
                assert!(bins[bar].share > 0.0, "{value} in {:?}", bins[bar]);
            }
        }
    }

    proptest! {
        #[test]
        fn estimate_stays_within_its_error_bound(
            scores in prop::collection::vec(-500_i64..500, 1..2_000),
            value in -600_i64..600,
            is_ascending in any::<bool>(),
            is_shared in any::<bool>(),
        ) {
            let order = if is_ascending { Order::Ascending } else { Order::Descending };
            let (sketch, scores) = of(order, scores);
            let tie = if is_shared { TieRule::Shared } else { TieRule::Earliest };
            let ranks_before = |s: &&i64| order.is_better(score(**s), score(value)) || !is_shared && **s == value;
            let truth = scores.iter().filter(ranks_before).count() as u64;
            let guess = sketch.guess(order, tie, score(value)).unwrap();
            prop_assert!(guess.within <= scores.len() as u64 / STEPS + 1);
            prop_assert!(guess.place.abs_diff(truth) <= guess.within, "{:?}, and truly {}", guess, truth);
        }
    }
}
