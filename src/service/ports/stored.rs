//! Values that the ledger stores and the broker ranks.

use crate::{PlayerId, PlayerName, Position, Rank, Standing};

/// A display name as stored in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredName {
    /// The name.
    pub name: PlayerName,
    /// Number of changes of the player's name, from 1.
    pub version: u64,
}

/// A standing as stored in the ledger, with the data that the broker needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStanding {
    /// Id of the player.
    pub player: PlayerId,
    /// Display name; absent if the player gave none.
    pub name: Option<StoredName>,
    /// The standing; absent if no submission counts.
    pub standing: Option<Standing>,
    /// Number of changes of this standing, from 1.
    pub version: u64,
}

/// The broker's answer to an applied standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// Rank after the change.
    pub rank: Rank,
    /// Rank before the change; absent for a new player.
    pub previous: Option<Rank>,
    /// Position in the season's stream. Every state from here on includes the change.
    pub position: Position,
}

/// Id of a batch in the outbox: recorded, but not confirmed as applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub i64);
