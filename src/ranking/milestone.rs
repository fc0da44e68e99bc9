//! A player's score history on a board, in order of time.

use serde::{Deserialize, Serialize};

use crate::{Rank, Score, Timestamp};

/// Maximum length of a history; the newest entries are kept.
pub const MAX_MILESTONES: usize = 100;

/// A change of a player's score in a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Milestone {
    /// Time of the change.
    pub at: Timestamp,
    /// Score after the change.
    pub score: Score,
    /// Rank after the change; absent if ranks were unavailable.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub rank: Option<Rank>,
}

impl Milestone {
    /// The newest [`MAX_MILESTONES`] entries that changed the score. `submissions` is in the
    /// order of recording.
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
    fn milestones_are_changed_scores_only_and_bounded() {
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
