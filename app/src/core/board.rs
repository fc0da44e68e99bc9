//! A board as pages show it.

use leaderport::{Board, Order, Period, Score, ScoreFormat, ScorePolicy, Slug, TieRule};
use serde::{Deserialize, Serialize};

/// The rules and texts of a board that its readers and players need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardSummary {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// What it ranks, for people; may be empty.
    pub description: String,
    /// What scores count; may be empty.
    pub unit: String,
    /// What a new submission does to a standing.
    pub policy: ScorePolicy,
    /// Which scores rank first.
    pub order: Order,
    /// How equal scores share ranks.
    pub tie: TieRule,
    /// Its seasons' lengths, the longest first.
    pub periods: Vec<Period>,
    /// The smallest value that a submission may have.
    pub min_score: Score,
    /// The largest.
    pub max_score: Score,
    /// How scores are shown.
    pub format: ScoreFormat,
    /// Counts its definitions, from 1.
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
            version: board.version,
        }
    }
}
