//! Values that the ledger stores and the broker ranks.

use crate::{PlayerId, PlayerName, Position, Rank, Standing};

/// A standing as the ledger keeps it, with what the broker needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStanding {
    /// Who.
    pub player: PlayerId,
    /// Their name, where they gave one.
    pub name: Option<PlayerName>,
    /// The standing; none when nothing of theirs counts any more.
    pub standing: Option<Standing>,
    /// Counts the changes of this standing, from 1.
    pub version: u64,
}

/// What the broker answered when it applied a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// After the change.
    pub rank: Rank,
    /// Before it; none for a newcomer.
    pub previous: Option<Rank>,
    /// Of the season's stream: every state from here on shows the change.
    pub position: Position,
}

/// A batch in the outbox: what is recorded and not known to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub i64);
