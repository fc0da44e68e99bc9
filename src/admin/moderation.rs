//! Moderation: reversible rulings on submissions and players.
//!
//! A ruling never changes a submission; it changes whether the submission counts. A
//! standing is always recomputed from the counted submissions, in the order of recording.

use serde::{Deserialize, Serialize};

use crate::{
    Handle, InvalidValue, Order, PlayerId, PlayerName, Role, Score, ScorePolicy, Season, Slug,
    Standing, SubmissionId, TieRule, Timestamp,
};

/// Maximum number of submissions or players in one ruling.
pub const MAX_TARGETS: usize = 100;

/// Maximum length of a reason, in characters.
pub const MAX_REASON_CHARS: usize = 200;

/// Whether a submission counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Counts.
    #[default]
    Counted,
    /// Does not count until a moderator reviews it. Its author sees it as held for review.
    Quarantined,
    /// Does not count.
    Revoked,
}

impl SubmissionState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Counted, Self::Quarantined, Self::Revoked];

    /// Name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Quarantined => "quarantined",
            Self::Revoked => "revoked",
        }
    }
}

/// A submission as stored in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionRecord {
    /// Id of the submission.
    pub id: SubmissionId,
    /// The board.
    pub board: Slug,
    /// The player who submitted it.
    pub player: PlayerId,
    /// The submitted value.
    pub value: Score,
    /// Submission time given by a trusted caller, or else the time of arrival.
    pub at: Timestamp,
    /// Seasons of the submission.
    pub seasons: Vec<Season>,
    /// Whether it counts.
    pub state: SubmissionState,
    /// Sequence number in the order of recording: increasing, with gaps.
    pub seq: u64,
}

/// A player as moderators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlayerRecord {
    /// Id of the player.
    pub player: PlayerId,
    /// Display name; absent if the player gave none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<PlayerName>,
    /// Sign-in name; absent for players without an account.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub handle: Option<Handle>,
    /// Role of the account; `player` for players without an account.
    pub role: Role,
    /// Whether the player is banned: none of their submissions count.
    pub is_banned: bool,
    /// The player who receives this player's submissions, if merged.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub merged_into: Option<PlayerId>,
    /// Whether a moderator fixed the name. Then only moderators can change it.
    pub is_name_fixed: bool,
}

impl PlayerRecord {
    /// A player without a record.
    #[must_use]
    pub fn of(player: PlayerId) -> Self {
        Self {
            player,
            name: None,
            handle: None,
            role: Role::Player,
            is_banned: false,
            merged_into: None,
            is_name_fixed: false,
        }
    }
}

/// Explanation of a player's standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The standing computed from the counted submissions.
    pub standing: Standing,
    /// Number of counted submissions.
    pub counted: u64,
    /// Number of submissions that do not count.
    pub uncounted: u64,
    /// The submission that set the current score.
    pub deciding: SubmissionRecord,
    /// Score policy of the board.
    pub policy: ScorePolicy,
    /// Direction of the ranking.
    pub order: Order,
    /// Ranking of equal scores.
    pub tie: TieRule,
}

/// A moderator's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ruling {
    /// Changes whether submissions count.
    Submissions {
        /// The submissions: 1 to 100.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
        ids: Vec<SubmissionId>,
        /// Their new state.
        state: SubmissionState,
    },
    /// Bans players, or lifts a ban. Banned players cannot submit, and none of their
    /// submissions count.
    Ban {
        /// The players: 1 to 100.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
        players: Vec<PlayerId>,
        /// `true` bans, `false` lifts the ban.
        banned: bool,
    },
    /// Assigns the players' past and future submissions to another player.
    Merge {
        /// The players: 1 to 100.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
        players: Vec<PlayerId>,
        /// The receiving player; absent to revert the merge.
        into: Option<PlayerId>,
    },
    /// Changes a player's display name.
    Rename {
        /// The player.
        player: PlayerId,
        /// The new name.
        name: PlayerName,
        /// Whether only moderators can change the name later.
        fixed: bool,
    },
}

/// Unvalidated ruling: the body of `POST /api/v1/rulings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RulingDraft {
    /// The decision.
    pub ruling: Ruling,
    /// Reason for the audit log, up to 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub reason: String,
}

/// Result of a ruling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ruled {
    /// Number of the ruling's submissions or players that changed.
    pub changed: u64,
    /// Number of standings that changed.
    pub standings: u64,
    /// The rulings that revert this one.
    pub undo: Vec<Ruling>,
}

impl Ruling {
    /// Name in the audit log.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Submissions { state, .. } => match state {
                SubmissionState::Counted => "restore_submissions",
                SubmissionState::Quarantined => "quarantine_submissions",
                SubmissionState::Revoked => "revoke_submissions",
            },
            Self::Ban { banned: true, .. } => "ban_players",
            Self::Ban { banned: false, .. } => "unban_players",
            Self::Merge { into: Some(_), .. } => "merge_players",
            Self::Merge { into: None, .. } => "part_players",
            Self::Rename { .. } => "rename_player",
        }
    }

    /// Target in the audit log: ids separated by spaces.
    #[must_use]
    pub fn target(&self) -> String {
        let ids: Vec<String> = match self {
            Self::Submissions { ids, .. } => ids.iter().map(ToString::to_string).collect(),
            Self::Ban { players, .. } | Self::Merge { players, .. } => {
                players.iter().map(ToString::to_string).collect()
            }
            Self::Rename { player, .. } => vec![player.to_string()],
        };
        ids.join(" ")
    }

    /// The players named by the ruling. The authors of its submissions are not included.
    #[must_use]
    pub fn players(&self) -> Vec<&PlayerId> {
        match self {
            Self::Submissions { .. } => Vec::new(),
            Self::Ban { players, .. } => players.iter().collect(),
            Self::Merge { players, into } => players.iter().chain(into).collect(),
            Self::Rename { player, .. } => vec![player],
        }
    }

    /// The submissions named by the ruling.
    #[must_use]
    pub fn submissions(&self) -> &[SubmissionId] {
        match self {
            Self::Submissions { ids, .. } => ids,
            Self::Ban { .. } | Self::Merge { .. } | Self::Rename { .. } => &[],
        }
    }

    /// # Errors
    /// Refuses an empty or too long list of targets, and a merge of a player into
    /// themselves. Duplicate targets are removed.
    pub fn validated(mut self) -> Result<Self, InvalidValue> {
        match &mut self {
            Self::Submissions { ids, .. } => bounded("ids", ids)?,
            Self::Ban { players, .. } => bounded("players", players)?,
            Self::Merge { players, into } => {
                bounded("players", players)?;
                if let Some(into) = into
                    && players.contains(into)
                {
                    return Err(InvalidValue::new(
                        "into",
                        into,
                        "must not be one of the players",
                    ));
                }
            }
            Self::Rename { .. } => {}
        }
        Ok(self)
    }
}

impl RulingDraft {
    /// # Errors
    /// Fails like [`Ruling::validated`], and if the reason is too long.
    pub fn validated(self) -> Result<Self, InvalidValue> {
        let reason = self.reason.trim().to_owned();
        if reason.chars().count() > MAX_REASON_CHARS || reason.chars().any(char::is_control) {
            let rule = format!("must be at most {MAX_REASON_CHARS} characters, on one line");
            return Err(InvalidValue::new("reason", reason, rule));
        }
        let ruling = self.ruling.validated()?;
        Ok(Self { ruling, reason })
    }
}

fn bounded<T: Ord>(field: &'static str, targets: &mut Vec<T>) -> Result<(), InvalidValue> {
    targets.sort_unstable();
    targets.dedup();
    if (1..=MAX_TARGETS).contains(&targets.len()) {
        return Ok(());
    }
    let rule = format!("must name 1 to {MAX_TARGETS}");
    Err(InvalidValue::new(field, targets.len(), rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(id: &str) -> PlayerId {
        PlayerId::new(id).unwrap()
    }

    fn ban(players: Vec<PlayerId>) -> Ruling {
        Ruling::Ban {
            players,
            banned: true,
        }
    }

    #[test]
    fn ruling_targets_are_deduplicated_and_bounded() {
        assert_eq!(ban(vec![]).validated().unwrap_err().field, "players");
        let twice = ban(vec![player("ann"), player("ann")]).validated();
        assert_eq!(twice.unwrap(), ban(vec![player("ann")]));
        let many = (0..=MAX_TARGETS).map(|n| player(&format!("p{n:03}")));
        let many: Vec<_> = many.collect();
        assert!(ban(many[1..].to_vec()).validated().is_ok());
        assert_eq!(ban(many).validated().unwrap_err().field, "players");
    }

    #[test]
    fn merge_into_one_of_the_merged_players_is_refused() {
        let ruling = Ruling::Merge {
            players: vec![player("ann"), player("bob")],
            into: Some(player("bob")),
        };
        assert_eq!(ruling.validated().unwrap_err().field, "into");
    }

    #[test]
    fn reason_is_one_trimmed_line_of_bounded_length() {
        let draft = |reason: &str| RulingDraft {
            ruling: ban(vec![player("ann")]),
            reason: reason.to_owned(),
        };
        assert_eq!(draft(" cheats ").validated().unwrap().reason, "cheats");
        let long = "é".repeat(MAX_REASON_CHARS);
        assert!(draft(&long).validated().is_ok());
        let refused = draft(&format!("{long}é")).validated();
        assert_eq!(refused.unwrap_err().field, "reason");
        assert!(draft("a\nb").validated().is_err());
    }

    #[test]
    fn ruling_json_is_tagged_by_type() {
        let json = r#"{"type":"merge","players":["ann"],"into":null}"#;
        let ruling: Ruling = serde_json::from_str(json).unwrap();
        assert_eq!(ruling.action(), "part_players");
        assert_eq!(serde_json::to_string(&ruling).unwrap(), json);
        let unknown = r#"{"type":"ban","players":["ann"],"banned":true,"why":"no"}"#;
        assert!(serde_json::from_str::<Ruling>(unknown).is_err());
    }
}
