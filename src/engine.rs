//! State of the ledger and the broker for operators: contents and drift.

use serde::{Deserialize, Serialize};

use crate::{Season, SeasonRule, Slug, Timestamp};

/// A season in the ledger and in the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonState {
    /// Board of the season.
    pub board: Slug,
    /// The season.
    pub season: Season,
    /// Number of standings in the ledger.
    pub recorded: u64,
    /// Number of standings in the broker; absent if the broker does not hold the season. That
    /// is no fault, because the next read loads the season.
    pub ranked: Option<u64>,
}

/// A batch that could not be applied because of its own content. It waits for an admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Id of the batch in the outbox.
    pub id: i64,
    /// Number of failed attempts.
    pub failures: u64,
    /// The last error.
    pub error: String,
    /// Time of the last attempt.
    pub since: Timestamp,
}

/// State of ledger and broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineState {
    /// Recorded batches that are not confirmed as applied, without dead letters.
    pub outbox: u64,
    /// Number of dead letters.
    #[serde(default)]
    pub dead: u64,
    /// The newest dead letters, up to a hundred.
    #[serde(default)]
    pub dead_letters: Vec<DeadLetter>,
    /// Every season with a standing, by board.
    pub seasons: Vec<SeasonState>,
}

/// Differences of a season between broker and ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Number of compared standings; 0 if the broker does not hold the season.
    pub checked: u64,
    /// Number of standings that only the ledger has.
    pub missing: u64,
    /// Number of standings that are older in the broker.
    pub stale: u64,
    /// Number of standings that only the broker has, or that are newer in the broker. The cause
    /// is a ledger that was restored from a backup.
    pub ahead: u64,
    /// Whether the season was repaired.
    pub repaired: bool,
}

impl Drift {
    /// Whether broker and ledger agree.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.missing + self.stale + self.ahead == 0
    }
}

/// Health of a deployment's parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Response time of the ledger in milliseconds; absent if it does not respond.
    pub ledger: Option<f64>,
    /// Response time of the broker in milliseconds; absent if it does not respond.
    pub broker: Option<f64>,
    /// Nodes seen within the last hour, latest first; empty while the ledger is down.
    pub nodes: Vec<NodeState>,
    /// Time of the check.
    pub at: Timestamp,
}

/// A node as recorded in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeState {
    /// Name of the node, generated at its start.
    pub node: String,
    /// Start time.
    pub started_at: Timestamp,
    /// Time of the last heartbeat.
    pub seen_at: Timestamp,
    /// Whether this node sent the answer.
    pub is_this: bool,
}

/// A season of a board, for admins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonLine {
    /// The season.
    pub season: Season,
    /// Number of standings.
    pub standings: u64,
    /// Start of the season.
    pub starts_at: Timestamp,
    /// Start of the next season; absent for `all`.
    pub next_reset: Option<Timestamp>,
    /// Whether the season is running.
    pub is_running: bool,
    /// Manual rule of the season.
    pub rule: SeasonRule,
}
