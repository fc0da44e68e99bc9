//! A season's scores in short: the scores at some places, evenly spread. It says about
//! where a score would rank, and by how much that may be off, and how the scores are
//! distributed, without the rows.
//!
//! Between two of its places it knows that scores do not rank against their order, and
//! takes them to be evenly spread there. So a guess is never off by more places than lie
//! between the two: a hundredth of all, or fewer.

use serde::{Deserialize, Serialize};

use crate::{Order, Score, TieRule};

/// How many places a sketch knows besides the first, at most.
pub const STEPS: u64 = 100;

/// The scores at some places, best first. An example of ten: `[(0, 990), (1, 870), … (9, 12)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    total: u64,
    points: Vec<(u64, Score)>,
}

/// About where a score ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// How many rank before it.
    pub place: u64,
    /// By how many places that may be off at most, either way.
    pub within: u64,
}

/// A bar of a distribution: the scores from one, up to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// From this score on, in the order of numbers.
    pub from: Score,
    /// To this one, which is the next bar's; of the last it is in it.
    pub to: Score,
    /// The share of everybody who has such a score, 0 to 1.
    pub share: f64,
}

impl Bin {
    /// Which of the bars a score is in: the outermost, beyond both ends. None of none.
    #[must_use]
    pub fn holding(bins: &[Self], score: Score) -> Option<usize> {
        let after = bins.partition_point(|bin| bin.from <= score);
        (!bins.is_empty()).then(|| after.saturating_sub(1))
    }
}

impl Sketch {
    /// The places whose scores a sketch of so many is made of, counted from 0.
    #[must_use]
    pub fn places(total: u64) -> Vec<u64> {
        let Some(last) = total.checked_sub(1) else {
            return Vec::new();
        };
        // Each once: a step is a place at least.
        let steps = STEPS.min(last).max(1);
        (0..=steps.min(last)).map(|n| last * n / steps).collect()
    }

    /// From the scores at [`Self::places`] of `total`, which may have been read in
    /// different moments: a score that ranks before the one above it counts as that.
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

    /// Of how many it is.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The score in the middle; none where nobody is ranked.
    #[must_use]
    pub fn middle(&self) -> Option<Score> {
        self.points.get(self.points.len() / 2).map(|(_, at)| *at)
    }

    /// About how many rank before a newcomer with a score, which came after all others.
    /// None where nobody is ranked, and under dense ties, where ranks count scores.
    #[must_use]
    pub fn guess(&self, order: Order, tie: TieRule, score: Score) -> Option<Guess> {
        match tie {
            TieRule::Shared => self.before(|at| order.is_better(at, score), order, score),
            TieRule::Earliest => self.before(|at| !order.is_better(score, at), order, score),
            TieRule::Dense => None,
        }
    }

    /// About how many have a score that comes before, in a sense that the order keeps.
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
            // Everybody whom it knows, and the last of all is among them.
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
                // The place above is taken, the one below may be this one's.
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

    /// How the scores are distributed, in so many bars of the same width. The slowest or
    /// lowest fiftieth is in the last bar, however far it reaches. None for fewer than
    /// ten, or where all have the same score.
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
            let width = i128::from(high.get()) - i128::from(low.get());
            let at = i128::from(low.get()) + width * i128::from(n) / i128::from(count);
            let at = i64::try_from(at).ok().and_then(|at| Score::new(at).ok());
            at.expect("between two scores")
        };
        // The share of those whose score is below an edge, in the order of numbers. The
        // outermost bars have whatever is beyond them.
        let below = |n: u16| -> f64 {
            if n == 0 || n == count {
                return f64::from(u8::from(n == count));
            }
            let edge = edge(n);
            // Below an edge is before it where low scores are better, else it is after all
            // who have it.
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

/// How far two scores are apart.
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
    fn its_places_are_few_and_spread_from_the_first_to_the_last() {
        assert_eq!(Sketch::places(0), Vec::<u64>::new());
        assert_eq!(Sketch::places(1), [0]);
        assert_eq!(Sketch::places(4), [0, 1, 2, 3]);
        let places = Sketch::places(10_000_000);
        assert_eq!((places[0], places.len()), (0, 101));
        assert_eq!(places.last(), Some(&9_999_999));
    }

    #[test]
    fn nobody_is_no_guess_and_one_is_before_or_after() {
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
    fn rows_of_different_moments_are_put_in_order() {
        let points = vec![(0, score(50)), (2, score(20)), (1, score(60))];
        let sketch = Sketch::new(Order::Descending, 3, points);
        let scores: Vec<i64> = sketch.points.iter().map(|(_, s)| s.get()).collect();
        assert_eq!(scores, [50, 50, 20]);
    }

    #[test]
    fn a_distribution_has_everybody_once() {
        for order in [Order::Ascending, Order::Descending] {
            // A heap in the middle.
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
    fn whoever_has_a_score_is_in_a_bar_that_is_seen() {
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
        fn a_guess_is_off_by_no_more_than_it_says(
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
