//! What became of a player on a board, in the order of time.

use serde::{Deserialize, Serialize};

use crate::{Rank, Score, Timestamp};

/// The most of a history: the newest.
pub const MAX_MILESTONES: usize = 100;

/// A moment at which a player's score in a season became another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// The score from then on.
    pub score: Score,
    /// The rank then; not known where ranks were not at hand.
    pub rank: Option<Rank>,
}

impl Milestone {
    /// Only those at which the score changed, of all submissions in the order of their
    /// recording: at most [`MAX_MILESTONES`], the newest.
    #[must_use]
    pub fn of(submissions: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<Self> = submissions.into_iter().collect();
        all.dedup_by_key(|milestone| milestone.score);
        let surplus = all.len().saturating_sub(MAX_MILESTONES);
        all.drain(..surplus);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_nothing_is_no_milestone() {
        let at = |n: i64, score: i64| Milestone {
            at: Timestamp::MIN.plus_millis(n),
            score: Score::new(score).unwrap(),
            rank: None,
        };
        let all = [at(1, 5), at(2, 5), at(3, 9), at(4, 9), at(5, 5)];
        assert_eq!(Milestone::of(all), [at(1, 5), at(3, 9), at(5, 5)]);
        let many = Milestone::of((0..250).map(|n| at(n, n)));
        assert_eq!((many.len(), many[0]), (MAX_MILESTONES, at(150, 150)));
    }
}
