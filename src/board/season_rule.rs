//! What is decided of a board's seasons by hand.

use serde::{Deserialize, Serialize};

/// What was decided of a season by hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeasonRule {
    /// Whether it takes no submissions, though its time may run.
    #[serde(default)]
    pub closed: bool,
    /// It was started over: submissions up to this place in the order of
    /// recording do not count in it.
    #[serde(default)]
    pub begun_after: u64,
}

/// What is done to a season by hand. Each can be taken back by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonChange {
    /// It takes no more submissions.
    Close,
    /// It takes them again.
    Reopen,
    /// Nothing that was submitted until now counts in it.
    StartOver,
    /// It counts again.
    BringBack,
}

impl SeasonChange {
    /// The name in the audit log.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Close => "close_season",
            Self::Reopen => "reopen_season",
            Self::StartOver => "start_season_over",
            Self::BringBack => "bring_season_back",
        }
    }
}
