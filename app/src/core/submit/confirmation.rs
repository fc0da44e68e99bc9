//! The server's confirmation of a submission.

use leaderport::{PlayerId, PlayerName, Position, Rank, Score, Season};
use serde::{Deserialize, Serialize};

/// The confirmation of a recorded submission: its player, and the player's standing in each season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The reader's player.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// The standing in each season of the board.
    pub seasons: Vec<SeasonConfirmation>,
}

/// The effect of a submission on one season.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeasonConfirmation {
    /// The season.
    pub season: Season,
    /// The score after the submission.
    pub score: Score,
    /// The rank after the submission.
    pub rank: Option<Rank>,
    /// The rank before the submission.
    pub previous_rank: Option<Rank>,
    /// Every state of this position or later includes the submission.
    pub position: Option<Position>,
}
