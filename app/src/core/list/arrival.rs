//! A score that the reader has just submitted, until the list shows its row.

use leaderport::Score;

/// The state of such a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// Sent with this submission id, and not answered yet.
    Sent(String),
    /// Recorded. The reader's new standing has this score.
    Recorded(Score),
}
