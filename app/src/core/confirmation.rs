//! The server's confirmation of a submission.

use leaderport::{PlayerId, PlayerName, Position, Rank, Score, Season};
use serde::{Deserialize, Serialize};

/// A submission that counts: its player, and the player's standing in each season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The reader as a player.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// A season each: score, rank, rank before, position.
    pub seasons: Vec<SeasonConfirmation>,
}

/// A season's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeasonConfirmation {
    /// The season.
    pub season: Season,
    /// The score after the submission.
    pub score: Score,
    /// The rank after it.
    pub rank: Option<Rank>,
    /// The rank before it.
    pub previous_rank: Option<Rank>,
    /// Every state from here on shows it.
    pub position: Option<Position>,
}
