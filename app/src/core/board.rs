//! The board settings that pages show.

use leaderport::{
    Accent, Board, Emblem, Order, Period, Score, ScoreFormat, ScorePolicy, Slug, TieRule,
};
use serde::{Deserialize, Serialize};

/// The rules and texts of a board that its readers and players need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardSummary {
    /// The name of the board in addresses.
    pub slug: Slug,
    /// The title of the board.
    pub title: String,
    /// The description of the board; may be empty.
    pub description: String,
    /// The unit of the scores, such as `points`; may be empty.
    pub unit: String,
    /// The effect of a new submission on a standing.
    pub policy: ScorePolicy,
    /// Which scores rank first.
    pub order: Order,
    /// How equal scores share ranks.
    pub tie: TieRule,
    /// The periods of its seasons, the longest first.
    pub periods: Vec<Period>,
    /// The smallest value of a submission.
    pub min_score: Score,
    /// The largest value of a submission.
    pub max_score: Score,
    /// The display format of scores.
    pub format: ScoreFormat,
    /// The colour of the board.
    #[serde(default)]
    pub accent: Accent,
    /// The picture of the board.
    #[serde(default)]
    pub emblem: Emblem,
    /// The version of the settings, counted from 1.
    pub version: u64,
}

impl From<&Board> for BoardSummary {
    fn from(board: &Board) -> Self {
        Self {
            slug: board.slug.clone(),
            title: board.title.clone(),
            description: board.description.clone(),
            unit: board.unit.clone(),
            policy: board.policy,
            order: board.order,
            tie: board.tie,
            periods: board.periods.iter().collect(),
            min_score: board.min_score,
            max_score: board.max_score,
            format: board.format,
            accent: board.accent,
            emblem: board.emblem,
            version: board.version,
        }
    }
}
