//! What an operator sees of ledger and broker: what each has, and how far they
//! are apart.

use serde::{Deserialize, Serialize};

use crate::{Season, SeasonRule, Slug, Timestamp};

/// A season in both engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonState {
    /// Its board.
    pub board: Slug,
    /// Which one.
    pub season: Season,
    /// Standings in the ledger.
    pub recorded: u64,
    /// Standings in the broker; none when it does not hold the season, which is
    /// no fault: whoever reads it loads it.
    pub ranked: Option<u64>,
}

/// Both engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineState {
    /// Batches that are recorded and not known to be applied.
    pub outbox: u64,
    /// Every season that somebody stands in, by board.
    pub seasons: Vec<SeasonState>,
}

/// How far the broker's season is from the ledger's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Standings compared; 0 when the broker does not hold the season.
    pub checked: u64,
    /// In the ledger alone.
    pub missing: u64,
    /// Older in the broker.
    pub stale: u64,
    /// In the broker alone, or newer there: the ledger was set back.
    pub ahead: u64,
    /// Whether it was repaired.
    pub repaired: bool,
}

impl Drift {
    /// Whether both say the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.missing + self.stale + self.ahead == 0
    }
}

/// How the parts of a deployment are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Milliseconds that the ledger takes to answer; none when it does not.
    pub ledger: Option<f64>,
    /// The same of the broker.
    pub broker: Option<f64>,
    /// The nodes that were seen within the last hour, the newest first; none known
    /// while the ledger is away.
    pub nodes: Vec<NodeState>,
    /// When this was found out.
    pub at: Timestamp,
}

/// A node, as the others know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeState {
    /// Its name, made at its start.
    pub node: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// Whether it is the one that answers.
    pub is_this: bool,
}

/// A season of a board, for whoever runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonLine {
    /// The season.
    pub season: Season,
    /// How many stand in it.
    pub standings: u64,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// When the next one starts; never for `all`.
    pub next_reset: Option<Timestamp>,
    /// Whether its time runs.
    pub is_running: bool,
    /// What was decided of it by hand.
    pub rule: SeasonRule,
}
