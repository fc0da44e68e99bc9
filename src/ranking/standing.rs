//! Standings, and the effect of submissions on them.

use serde::{Deserialize, Serialize};

use crate::{Order, Score, ScorePolicy, SortKey, Timestamp};

/// A player's score in one season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// The ranked score.
    pub score: Score,
    /// Time at which the score was reached; the first tie-break.
    pub achieved_at: Timestamp,
    /// Latest submission time among the counted submissions. Under `latest`, a submission with a
    /// given time before it has no effect.
    pub latest_at: Timestamp,
}

/// Time of a submission, by its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmittedAt {
    /// Given by a trusted caller.
    Given(Timestamp),
    /// Arrival at a node. The nodes' clocks differ, so the order of recording decides under
    /// `latest`.
    Arrived(Timestamp),
}

impl SubmittedAt {
    /// The time of a submission that arrived at `arrived`.
    #[must_use]
    pub fn new(given: Option<Timestamp>, arrived: Timestamp) -> Self {
        given.map_or(Self::Arrived(arrived), Self::Given)
    }

    /// The time.
    #[must_use]
    pub const fn time(self) -> Timestamp {
        match self {
            Self::Given(at) | Self::Arrived(at) => at,
        }
    }

    /// Whether a submission replaces one of the time `latest` that was recorded before it.
    fn is_after(self, latest: Timestamp) -> bool {
        match self {
            Self::Given(at) => at >= latest,
            Self::Arrived(_) => true,
        }
    }
}

/// The sum is outside ±(2^53 - 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sum {score} + {value} is beyond ±9007199254740991")]
pub struct SumOutOfRange {
    /// Score of the standing.
    pub score: Score,
    /// The added value.
    pub value: Score,
}

impl Standing {
    /// The standing after a submission of `value`. An unchanged score keeps
    /// the time at which it was reached.
    ///
    /// # Errors
    /// Under `sum`, fails if the sum is out of range.
    pub fn after(
        before: Option<Self>,
        value: Score,
        submitted: SubmittedAt,
        policy: ScorePolicy,
        order: Order,
    ) -> Result<Self, SumOutOfRange> {
        let at = submitted.time();
        let Some(before) = before else {
            return Ok(Self {
                score: value,
                achieved_at: at,
                latest_at: at,
            });
        };
        let score = match policy {
            ScorePolicy::Best if order.is_better(value, before.score) => value,
            ScorePolicy::Latest if submitted.is_after(before.latest_at) => value,
            ScorePolicy::Best | ScorePolicy::Latest => before.score,
            ScorePolicy::Sum => before.score.checked_add(value).ok_or(SumOutOfRange {
                score: before.score,
                value,
            })?,
        };
        // A sum is reached at the latest time of its addends, even if an earlier addend arrives
        // later.
        let reached = match policy {
            ScorePolicy::Sum => at.max(before.achieved_at),
            ScorePolicy::Best | ScorePolicy::Latest => at,
        };
        Ok(Self {
            score,
            achieved_at: if score == before.score {
                before.achieved_at
            } else {
                reached
            },
            latest_at: at.max(before.latest_at),
        })
    }

    /// The numeric part of the total order; the player's id breaks further ties.
    #[must_use]
    pub fn key(&self, order: Order) -> SortKey {
        SortKey::new(self.score, order, self.achieved_at)
    }
}

/// Computes a standing from submissions in the order of recording. `T` identifies a
/// submission.
#[derive(Debug, Clone)]
pub struct Count<T> {
    policy: ScorePolicy,
    order: Order,
    /// The standing, and the submission that set its score.
    made: Option<(Standing, T)>,
}

impl<T> Count<T> {
    /// A recount without submissions.
    #[must_use]
    pub const fn new(policy: ScorePolicy, order: Order) -> Self {
        let made = None;
        Self {
            policy,
            order,
            made,
        }
    }

    /// Adds a submission. Skips the submission if the score would leave the range.
    pub fn add(&mut self, value: Score, at: SubmittedAt, which: T) {
        let before = self.made.as_ref().map(|(standing, _)| *standing);
        let Ok(after) = Standing::after(before, value, at, self.policy, self.order) else {
            return;
        };
        let is_same = before.is_some_and(|before| {
            (before.score, before.achieved_at) == (after.score, after.achieved_at)
        });
        match &mut self.made {
            Some((standing, _)) if is_same => *standing = after,
            made => *made = Some((after, which)),
        }
    }

    /// The standing, and the submission that set its score.
    #[must_use]
    pub fn made(self) -> Option<(Standing, T)> {
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScorePolicy::{Best, Latest, Sum};

    /// Checks that submissions `(value, at)`, in order of arrival, yield
    /// `(score, achieved_at)`.
    fn check(policy: ScorePolicy, order: Order, submissions: &[(i64, i64)], expected: (i64, i64)) {
        let mut standing = None;
        for (value, at) in submissions {
            let (value, at) = (
                Score::new(*value).unwrap(),
                SubmittedAt::Given(Timestamp::from_millis(*at).unwrap()),
            );
            standing = Some(Standing::after(standing, value, at, policy, order).unwrap());
        }
        let s = standing.unwrap();
        assert_eq!(
            (s.score.get(), s.achieved_at.millis_i64()),
            expected,
            "{policy:?} {order:?} {submissions:?}"
        );
    }

    #[test]
    fn best_keeps_the_better_score_in_the_board_order() {
        check(Best, Order::Descending, &[(5, 1), (7, 2), (6, 3)], (7, 2));
        check(Best, Order::Ascending, &[(5, 1), (7, 2), (4, 3)], (4, 3));
        check(Best, Order::Ascending, &[(-5, 1), (-7, 2)], (-7, 2));
    }

    #[test]
    fn latest_keeps_the_submission_with_the_latest_time() {
        for order in [Order::Descending, Order::Ascending] {
            check(Latest, order, &[(5, 1), (3, 2)], (3, 2));
            check(Latest, order, &[(5, 9), (3, 2)], (5, 9));
            check(Latest, order, &[(5, 1), (3, 1)], (3, 1));
            // The equal score at 5 keeps the time reached, but is later than the submission
            // at 3.
            check(Latest, order, &[(5, 1), (5, 5), (9, 3)], (5, 1));
        }
    }

    #[test]
    fn latest_follows_the_order_of_recording_without_given_times() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let (given, arrived) = (SubmittedAt::Given, SubmittedAt::Arrived);
        let mut count = Count::new(Latest, Order::Descending);
        let submissions = [
            (5, given(at(60)), (5, 60)),
            // A node with a slower clock recorded it later.
            (7, arrived(at(10)), (7, 10)),
            (8, arrived(at(9)), (8, 9)),
            (9, given(at(59)), (8, 9)),
            (6, given(at(60)), (6, 60)),
        ];
        for (place, (value, submitted, expected)) in submissions.into_iter().enumerate() {
            count.add(Score::new(value).unwrap(), submitted, place);
            let (standing, _) = count.clone().made().unwrap();
            let reached = (standing.score.get(), standing.achieved_at.millis_i64());
            assert_eq!(reached, expected, "after {submitted:?}");
        }
        assert_eq!(count.made().unwrap().1, 4);
    }

    #[test]
    fn sum_adds_and_is_reached_with_its_latest_addend() {
        for order in [Order::Descending, Order::Ascending] {
            check(Sum, order, &[(5, 1), (-7, 4)], (-2, 4));
            check(Sum, order, &[(5, 9), (3, 2)], (8, 9));
        }
    }

    #[test]
    fn unchanged_score_keeps_its_time_reached() {
        for order in [Order::Descending, Order::Ascending] {
            check(Best, order, &[(5, 1), (5, 2)], (5, 1));
            check(Latest, order, &[(5, 1), (5, 2)], (5, 1));
            check(Sum, order, &[(5, 1), (0, 2)], (5, 1));
        }
    }

    /// Checks that counted submissions `(value, at)` yield `(score, achieved_at)`, set by
    /// the submission at an index.
    fn check_count(
        policy: ScorePolicy,
        submissions: &[(i64, i64)],
        expected: Option<((i64, i64), usize)>,
    ) {
        let mut count = Count::new(policy, Order::Descending);
        for (place, (value, at)) in submissions.iter().enumerate() {
            let (value, at) = (Score::new(*value), Timestamp::from_millis(*at));
            count.add(value.unwrap(), SubmittedAt::Given(at.unwrap()), place);
        }
        let made = count.made();
        let made = made.map(|(s, place)| ((s.score.get(), s.achieved_at.millis_i64()), place));
        assert_eq!(made, expected, "{policy:?} {submissions:?}");
    }

    #[test]
    fn count_returns_the_deciding_submission() {
        check_count(Best, &[], None);
        check_count(Best, &[(5, 1), (7, 2), (7, 3), (6, 4)], Some(((7, 2), 1)));
        check_count(Latest, &[(5, 1), (9, 9), (3, 2)], Some(((9, 9), 1)));
        check_count(Sum, &[(5, 1), (2, 2), (0, 3)], Some(((7, 2), 1)));
        let most = Score::MAX.get();
        check_count(Sum, &[(most, 1), (1, 2), (-1, 3)], Some(((most - 1, 3), 2)));
    }

    #[test]
    fn sum_out_of_range_is_refused() {
        let at = Timestamp::MIN;
        let before = Standing {
            score: Score::MAX,
            achieved_at: at,
            latest_at: at,
        };
        let one = Score::new(1).unwrap();
        let at = SubmittedAt::Given(at);
        assert!(Standing::after(Some(before), one, at, Sum, Order::Descending).is_err());
    }
}
