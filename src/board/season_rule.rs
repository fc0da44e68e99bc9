//! Manual changes to a board's seasons.

use serde::{Deserialize, Serialize};

/// The manual state of a season.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonRule {
    /// Whether the season refuses submissions, even while it runs.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub closed: bool,
    /// Set when the season was restarted: submissions up to this sequence number do not
    /// count.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub begun_after: u64,
}

/// A manual change to a season. Each change can be reverted by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeasonChange {
    /// Stop accepting submissions.
    Close,
    /// Accept submissions again.
    Reopen,
    /// Restart: earlier submissions do not count.
    StartOver,
    /// Undo a restart: earlier submissions count again.
    BringBack,
}

impl SeasonChange {
    /// Name in the audit log.
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
