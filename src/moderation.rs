//! Moderation: what is decided of submissions and players, and can be taken back.
//!
//! A ruling changes nothing that was submitted: it says what counts. Standings
//! are what the submissions that count make of them, in the order in which they
//! were recorded.

use serde::{Deserialize, Serialize};

use crate::{
    Handle, InvalidValue, Order, PlayerId, PlayerName, Role, Score, ScorePolicy, Season, Slug,
    Standing, SubmissionId, TieRule, Timestamp,
};

/// The most submissions or players of one ruling.
pub const MAX_TARGETS: usize = 100;

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 200;

/// Whether a submission counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// It does.
    #[default]
    Counted,
    /// Not until somebody has looked at it. Its author sees it as held for review.
    Quarantined,
    /// It does not.
    Revoked,
}

impl SubmissionState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Counted, Self::Quarantined, Self::Revoked];

    /// As in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Quarantined => "quarantined",
            Self::Revoked => "revoked",
        }
    }
}

/// A submission as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionRecord {
    /// Its id.
    pub id: SubmissionId,
    /// The board.
    pub board: Slug,
    /// Who submitted it.
    pub player: PlayerId,
    /// The value.
    pub value: Score,
    /// Its time: its own, else that of its arrival.
    pub at: Timestamp,
    /// The seasons that it fed.
    pub seasons: Vec<Season>,
    /// Whether it counts.
    pub state: SubmissionState,
    /// Its place in the order of recording: grows, with gaps.
    pub seq: u64,
}

/// A player as moderators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerRecord {
    /// Who.
    pub player: PlayerId,
    /// The name that boards show; none where they gave none.
    pub name: Option<PlayerName>,
    /// What they sign in by, if they do.
    pub handle: Option<Handle>,
    /// What they may do here: of whoever does not sign in, what a player may.
    pub role: Role,
    /// Whether nothing of theirs counts.
    pub is_banned: bool,
    /// Whose standings their submissions feed, if not their own.
    pub merged_into: Option<PlayerId>,
    /// Whether a moderator gave the name, so that nobody else changes it.
    pub is_name_fixed: bool,
}

impl PlayerRecord {
    /// A player of whom nothing is known and nothing decided.
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

/// Why somebody stands where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The standing that the counted submissions make.
    pub standing: Standing,
    /// How many they are.
    pub counted: u64,
    /// How many of theirs do not count.
    pub uncounted: u64,
    /// The one that made the score what it is.
    pub deciding: SubmissionRecord,
    /// What the board makes of several submissions.
    pub policy: ScorePolicy,
    /// Which scores rank first there.
    pub order: Order,
    /// How equal scores share ranks there.
    pub tie: TieRule,
}

impl Explanation {
    /// The rules in a sentence.
    #[must_use]
    pub const fn rules(&self) -> &'static str {
        match (self.policy, self.order) {
            (ScorePolicy::Best, Order::Descending) => "The highest counts.",
            (ScorePolicy::Best, Order::Ascending) => "The lowest counts.",
            (ScorePolicy::Latest, _) => "The latest counts.",
            (ScorePolicy::Sum, _) => "All are added.",
        }
    }

    /// The tie rule in a sentence.
    #[must_use]
    pub const fn ties(&self) -> &'static str {
        match self.tie {
            TieRule::Earliest => "Of equal scores the one reached first ranks first.",
            TieRule::Shared => "Equal scores share a rank.",
            TieRule::Dense => "Equal scores share a rank, and no rank is left out.",
        }
    }
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ruling {
    /// Whether submissions count.
    Submissions {
        /// Which: 1 to [`MAX_TARGETS`].
        ids: Vec<SubmissionId>,
        /// What they are from now on.
        state: SubmissionState,
    },
    /// Whether players may submit, and anything of theirs counts.
    Ban {
        /// Who: 1 to [`MAX_TARGETS`].
        players: Vec<PlayerId>,
        /// `false` takes a ban back.
        banned: bool,
    },
    /// Whose standings the submissions of players feed, also those to come.
    Merge {
        /// Who: 1 to [`MAX_TARGETS`].
        players: Vec<PlayerId>,
        /// None: their own again.
        into: Option<PlayerId>,
    },
    /// How boards show a player.
    Rename {
        /// Who.
        player: PlayerId,
        /// The name.
        name: PlayerName,
        /// Whether nobody but a moderator changes it from now on.
        fixed: bool,
    },
}

/// A ruling as it comes from outside: the body of `POST /api/v1/rulings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulingDraft {
    /// What is decided.
    pub ruling: Ruling,
    /// Why, for the audit log: up to 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// What a ruling came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// How many of its submissions or players it changed.
    pub changed: u64,
    /// How many standings it changed.
    pub standings: u64,
    /// The rulings that take it back.
    pub undo: Vec<Ruling>,
}

impl Ruling {
    /// The name in the audit log.
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

    /// Whom or what it is about, for the audit log.
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

    /// The players about whom it decides: not those whose submissions it judges.
    #[must_use]
    pub fn players(&self) -> Vec<&PlayerId> {
        match self {
            Self::Submissions { .. } => Vec::new(),
            Self::Ban { players, .. } => players.iter().collect(),
            Self::Merge { players, into } => players.iter().chain(into).collect(),
            Self::Rename { player, .. } => vec![player],
        }
    }

    /// # Errors
    /// Refuses one about nobody, too many, or one twice; and who would be merged
    /// into themselves.
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
    /// As [`Ruling::validated`], and a reason that is too long.
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
    fn a_ruling_is_about_somebody_and_about_nobody_twice() {
        assert_eq!(ban(vec![]).validated().unwrap_err().field, "players");
        let twice = ban(vec![player("ann"), player("ann")]).validated();
        assert_eq!(twice.unwrap(), ban(vec![player("ann")]));
        let many = (0..=MAX_TARGETS).map(|n| player(&format!("p{n:03}")));
        let many: Vec<_> = many.collect();
        assert!(ban(many[1..].to_vec()).validated().is_ok());
        assert_eq!(ban(many).validated().unwrap_err().field, "players");
    }

    #[test]
    fn nobody_is_merged_into_themselves() {
        let ruling = Ruling::Merge {
            players: vec![player("ann"), player("bob")],
            into: Some(player("bob")),
        };
        assert_eq!(ruling.validated().unwrap_err().field, "into");
    }

    #[test]
    fn a_reason_is_a_line() {
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
    fn a_ruling_in_json_names_its_type() {
        let json = r#"{"type":"merge","players":["ann"],"into":null}"#;
        let ruling: Ruling = serde_json::from_str(json).unwrap();
        assert_eq!(ruling.action(), "part_players");
        assert_eq!(serde_json::to_string(&ruling).unwrap(), json);
        let unknown = r#"{"type":"ban","players":["ann"],"banned":true,"why":"no"}"#;
        assert!(serde_json::from_str::<Ruling>(unknown).is_err());
    }
}
