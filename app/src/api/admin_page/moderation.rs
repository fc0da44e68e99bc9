//! Server functions for moderators: player search, player sheets, rulings, the audit log. The
//! service checks the permissions.

use leaderport::{
    AuditEntry, AuditFilter, Explanation, PlayerId, PlayerRecord, Ruled, RulingDraft, ScoreFormat,
    Season, Slug, SubmissionId, SubmissionRecord, SubmissionState,
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// A player and their submissions, for moderators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The player's record.
    pub player: PlayerRecord,
    /// The newest submissions, each with the score format of its board.
    pub submissions: Vec<(SubmissionRecord, ScoreFormat)>,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// The entry.
    pub entry: AuditEntry,
    /// The current name of the player that it is about; none without a name, or with several
    /// players.
    pub name: Option<String>,
}

/// A submission that is held for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The submission.
    pub submission: SubmissionRecord,
    /// The score format of its board.
    pub format: ScoreFormat,
    /// The name of its player; none without a name.
    pub name: Option<String>,
}

/// The newest submissions that are held for review.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/held")]
pub async fn load_held() -> Result<Vec<Held>, PageError> {
    backend::held().await
}

/// Players whose name or handle begins with a text, or whose id equals it.
///
/// # Errors
/// Fails if the caller lacks the permission, the text is invalid, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "moderate/find")]
pub async fn find_players(text: String) -> Result<Vec<PlayerRecord>, PageError> {
    backend::find(&text).await
}

/// A player with their submissions recorded before `before`.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "moderate/sheet", input = Json)]
pub async fn load_sheet(player: PlayerId, before: Option<u64>) -> Result<Sheet, PageError> {
    backend::sheet(&player, before).await
}

/// Explains a player's standing in a season.
///
/// # Errors
/// Fails if the caller lacks the permission, the board or standing is unknown, or the ledger is
/// down.
#[server(prefix = "/_fn", endpoint = "moderate/explain", input = Json)]
pub async fn explain(
    board: Slug,
    season: Season,
    player: PlayerId,
) -> Result<Explanation, PageError> {
    backend::explain(board, season, &player).await
}

/// The newest ruling that gave a submission its state; `None` if there is none.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "moderate/explain-ruling", input = Json)]
pub async fn explain_ruling(
    id: SubmissionId,
    state: SubmissionState,
) -> Result<Option<AuditEntry>, PageError> {
    backend::explain_ruling(id, state).await
}

/// Applies a ruling.
///
/// # Errors
/// Fails if the caller lacks the permission, the target is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "moderate/rule", input = Json)]
pub async fn rule(draft: RulingDraft) -> Result<Ruled, PageError> {
    backend::rule(draft).await
}

/// Entries of the audit log, the newest first.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/audit", input = Json)]
pub async fn load_audit(filter: AuditFilter) -> Result<Vec<AuditLine>, PageError> {
    backend::audit(&filter).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::collections::{BTreeMap, BTreeSet};

    use leaderport::{
        AuditEntry, AuditFilter, Explanation, PlayerId, PlayerRecord, Ruled, RulingDraft, Season,
        SeasonKey, Slug, SubmissionId, SubmissionState,
    };

    use super::{AuditLine, Held, Sheet};
    use crate::api::request::request_and_caller;
    use crate::error::PageError;

    pub(super) async fn find(text: &str) -> Result<Vec<PlayerRecord>, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.leaderboards.find_players(&caller, text).await)
    }

    pub(super) async fn sheet(player: &PlayerId, before: Option<u64>) -> Result<Sheet, PageError> {
        let (request, caller) = request_and_caller().await?;
        let service = &request.leaderboards;
        let record = request.with_status(service.player(&caller, player).await)?;
        let submissions = service.submissions(&caller, player, None, before).await;
        let submissions = request.with_status(submissions)?;
        Ok(Sheet {
            player: record,
            submissions: request.with_formats(submissions),
        })
    }

    pub(super) async fn held() -> Result<Vec<Held>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let service = &request.leaderboards;
        let submissions = request.with_status(service.held(&caller).await)?;
        let mut held = Vec::new();
        for (submission, format) in request.with_formats(submissions) {
            // Without a name, the page shows the id.
            let name = service.display_name(&submission.player).await;
            let name = name.ok().flatten().map(|name| name.to_string());
            held.push(Held {
                submission,
                format,
                name,
            });
        }
        Ok(held)
    }

    pub(super) async fn explain(
        board: Slug,
        season: Season,
        player: &PlayerId,
    ) -> Result<Explanation, PageError> {
        let (request, caller) = request_and_caller().await?;
        let key = SeasonKey { board, season };
        let explained = request.leaderboards.explain(&caller, &key, player).await;
        request.with_status(explained)
    }

    pub(super) async fn explain_ruling(
        id: SubmissionId,
        state: SubmissionState,
    ) -> Result<Option<AuditEntry>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let ruling = request.leaderboards.explain_ruling(&caller, id, state);
        request.with_status(ruling.await)
    }

    pub(super) async fn rule(draft: RulingDraft) -> Result<Ruled, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.leaderboards.rule(&caller, draft).await)
    }

    pub(super) async fn audit(filter: &AuditFilter) -> Result<Vec<AuditLine>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let service = &request.leaderboards;
        let entries = request.with_status(service.audit(&caller, filter).await)?;
        let players: BTreeSet<PlayerId> = entries.iter().filter_map(player_of).collect();
        let mut names = BTreeMap::new();
        for player in players {
            // Without a name, the entry shows the id.
            if let Ok(Some(name)) = service.display_name(&player).await {
                names.insert(player, name.to_string());
            }
        }
        let line = |entry: AuditEntry| {
            let name = player_of(&entry).and_then(|player| names.get(&player).cloned());
            AuditLine { entry, name }
        };
        Ok(entries.into_iter().map(line).collect())
    }

    /// The player that an entry is about; none for several players and for other targets.
    fn player_of(entry: &AuditEntry) -> Option<PlayerId> {
        let kinds = ["_player", "_players", "_everywhere", "_password"];
        let is_about_players = kinds.iter().any(|kind| entry.action.ends_with(*kind));
        let is_one = is_about_players && !entry.target.contains(' ');
        is_one
            .then(|| PlayerId::stored(&entry.target).ok())
            .flatten()
    }
}
