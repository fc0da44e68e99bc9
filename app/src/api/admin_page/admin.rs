//! Server functions of the admin page. The service checks the permissions.

use leaderport::{
    Account, ApiKey, BoardSize, Drift, EngineState, Health, Preview, ScoreFormat, Season,
    SeasonChange, SeasonLine, Slug,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::board_form::BoardForm;
use crate::error::PageError;

/// A new API key. This is the only answer that contains its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// The secret that its user sends with each request.
    pub secret: String,
}

/// The forms of all boards that the reader may change.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/boards")]
pub async fn load_board_forms() -> Result<Vec<BoardForm>, PageError> {
    backend::boards().await
}

/// Saves a board's form as the version after that with which the form was loaded. Returns the saved
/// form.
///
/// # Errors
/// Fails if the caller lacks the permission, a value is invalid, the board has a newer version, or
/// the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/save-board")]
pub async fn save_board(form: BoardForm) -> Result<BoardForm, PageError> {
    backend::save_board(&form).await
}

/// Previews a form's rules on the board's running seasons. Also returns the form's score format.
///
/// # Errors
/// Fails if the caller lacks the permission, a value is invalid, the board is unknown, or the
/// ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/preview")]
pub async fn preview_board(form: BoardForm) -> Result<(Preview, ScoreFormat), PageError> {
    backend::preview(&form).await
}

/// The numbers of submissions and players that the deletion of a board removes.
///
/// # Errors
/// Fails if the caller lacks the permission, the board is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/board-size")]
pub async fn load_board_size(board: Slug) -> Result<BoardSize, PageError> {
    backend::board_size(&board).await
}

/// Deletes a version of an archived board with all its submissions.
///
/// # Errors
/// Fails if the caller lacks the permission, the board is unknown, is not archived or has another
/// version, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/delete-board")]
pub async fn delete_board(board: Slug, version: u64) -> Result<(), PageError> {
    backend::delete_board(&board, version).await
}

/// Records that the reader has a board's form open. Returns the handles of the other admins who
/// have it open.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/visit")]
pub async fn visit_form(board: Slug) -> Result<Vec<String>, PageError> {
    backend::visit(&board).await
}

/// The seasons of a board: running seasons first, then the newest.
///
/// # Errors
/// Fails if the caller lacks the permission, the board is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/seasons")]
pub async fn load_seasons(board: Slug) -> Result<(Slug, Vec<SeasonLine>), PageError> {
    backend::seasons(board).await
}

/// Closes, reopens or restarts a season, or undoes a restart. Returns the number of changed
/// standings, in a dry run the expected number.
///
/// # Errors
/// Fails if the caller lacks the permission, the board is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/change-season")]
pub async fn change_season(
    board: Slug,
    season: Season,
    change: SeasonChange,
    dry_run: bool,
) -> Result<u64, PageError> {
    backend::change_season(board, season, change, dry_run).await
}

/// All API keys, the newest first.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/keys")]
pub async fn load_keys() -> Result<Vec<ApiKey>, PageError> {
    backend::keys().await
}

/// Creates an API key. `boards` are slugs separated by commas; if empty, the key is for all boards.
///
/// # Errors
/// Fails if the caller lacks the permission, a value is invalid, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/make-key")]
pub async fn make_key(
    title: String,
    #[server(default)] submit: bool,
    #[server(default)] read: bool,
    #[server(default)] admin: bool,
    #[server(default)] boards: String,
) -> Result<NewKey, PageError> {
    backend::make_key(title, [submit, read, admin], &boards).await
}

/// Revokes an API key. It cannot be undone.
///
/// # Errors
/// Fails if the caller lacks the permission, the key is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/revoke-key")]
pub async fn revoke_key(id: String) -> Result<(), PageError> {
    backend::revoke_key(&id).await
}

/// Up to 100 accounts whose handles come after a handle, sorted by handle; the first ones if it is
/// empty.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/accounts")]
pub async fn load_accounts(after: String) -> Result<Vec<Account>, PageError> {
    backend::accounts(&after).await
}

/// Changes the role of an account.
///
/// # Errors
/// Fails if the caller lacks the permission, the handle is unknown, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/role")]
pub async fn set_role(handle: String, role: String) -> Result<Account, PageError> {
    backend::set_role(&handle, &role).await
}

/// The state of ledger and broker, season by season.
///
/// # Errors
/// Fails if the caller lacks the permission, or an engine is down.
#[server(prefix = "/_fn", endpoint = "admin/engine")]
pub async fn load_engine() -> Result<EngineState, PageError> {
    backend::engine().await
}

/// The health of ledger, broker and nodes.
///
/// # Errors
/// Fails if the caller lacks the permission.
#[server(prefix = "/_fn", endpoint = "admin/health")]
pub async fn load_health() -> Result<Health, PageError> {
    backend::health().await
}

/// Compares a season in ledger and broker. Unless it is a dry run, repairs the broker.
///
/// # Errors
/// Fails if the caller lacks the permission, or an engine is down.
#[server(prefix = "/_fn", endpoint = "admin/sync")]
pub async fn sync_season(board: Slug, season: Season, dry_run: bool) -> Result<Drift, PageError> {
    backend::sync(board, season, dry_run).await
}

/// Rebuilds a season in the broker from the ledger. Returns the number of standings, in a dry run
/// the expected number.
///
/// # Errors
/// Fails if the caller lacks the permission, or an engine is down.
#[server(prefix = "/_fn", endpoint = "admin/rebuild")]
pub async fn rebuild_season(board: Slug, season: Season, dry_run: bool) -> Result<u64, PageError> {
    backend::rebuild(board, season, dry_run).await
}

/// Drops a board's seasons from the broker. Returns the dropped seasons, in a dry run those that
/// would be dropped.
///
/// # Errors
/// Fails if the caller lacks the permission, or the broker is down.
#[server(prefix = "/_fn", endpoint = "admin/clear-cache")]
pub async fn clear_board(board: Slug, dry_run: bool) -> Result<Vec<Season>, PageError> {
    backend::clear(board, dry_run).await
}

/// Retries all dead letters. Returns their number.
///
/// # Errors
/// Fails if the caller lacks the permission, or the ledger is down.
#[server(prefix = "/_fn", endpoint = "admin/retry")]
pub async fn retry_dead_letters() -> Result<u64, PageError> {
    backend::retry().await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::collections::BTreeSet;

    use leaderport::service::Error;
    use leaderport::{
        Account, ApiKey, BoardSize, Drift, EngineState, Handle, Health, InvalidValue, KeyDraft,
        Preview, Role, Scope, ScoreFormat, Season, SeasonChange, SeasonKey, SeasonLine, Slug,
    };

    use super::{BoardForm, NewKey};
    use crate::api::request::{Request, request_and_caller};
    use crate::error::PageError;

    pub(super) async fn boards() -> Result<Vec<BoardForm>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let boards = request.leaderboards.boards_to_run(&caller);
        let boards = request.with_status(boards)?;
        Ok(boards
            .iter()
            .map(|board| BoardForm::of(board, request.marks))
            .collect())
    }

    pub(super) async fn save_board(form: &BoardForm) -> Result<BoardForm, PageError> {
        let (request, caller) = request_and_caller().await?;
        let (slug, draft) = request.with_status(form.read(request.marks).map_err(Error::from))?;
        let saved = request
            .leaderboards
            .define_board(&caller, slug, draft, Some(form.version))
            .await;
        Ok(BoardForm::of(&*request.with_status(saved)?, request.marks))
    }

    pub(super) async fn preview(form: &BoardForm) -> Result<(Preview, ScoreFormat), PageError> {
        let (request, caller) = request_and_caller().await?;
        let (slug, draft) = request.with_status(form.read(request.marks).map_err(Error::from))?;
        let format = draft.format.unwrap_or(ScoreFormat::Integer);
        let preview = request.leaderboards.preview(&caller, slug, draft).await;
        Ok((request.with_status(preview)?, format))
    }

    pub(super) async fn board_size(board: &Slug) -> Result<BoardSize, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.leaderboards.board_size(&caller, board).await)
    }

    pub(super) async fn delete_board(board: &Slug, version: u64) -> Result<(), PageError> {
        let (request, caller) = request_and_caller().await?;
        let service = &request.leaderboards;
        let deleted = service.delete_board(&caller, board, Some(version)).await;
        request.people.forget_keys();
        request.with_status(deleted).map(drop)
    }

    pub(super) async fn visit(board: &Slug) -> Result<Vec<String>, PageError> {
        let request = Request::current();
        let visited = async {
            let visitor = request.visitor().await?;
            let needs = || Error::Unauthorized("this needs an admin".to_owned());
            let visitor = visitor.ok_or_else(needs)?;
            let account = visitor.account.as_ref().ok_or_else(needs)?;
            let service = &request.leaderboards;
            let (caller, handle) = (visitor.caller(), &account.handle);
            service.visit_form(&caller, board, handle).await
        };
        request.with_status(visited.await)
    }

    pub(super) async fn seasons(board: Slug) -> Result<(Slug, Vec<SeasonLine>), PageError> {
        let (request, caller) = request_and_caller().await?;
        let seasons = request.leaderboards.seasons(&caller, &board).await;
        Ok((board, request.with_status(seasons)?))
    }

    pub(super) async fn change_season(
        board: Slug,
        season: Season,
        change: SeasonChange,
        dry_run: bool,
    ) -> Result<u64, PageError> {
        let (request, caller) = request_and_caller().await?;
        let key = SeasonKey { board, season };
        let service = &request.leaderboards;
        let changed = service.change_season(&caller, &key, change, dry_run).await;
        request.with_status(changed)
    }

    pub(super) async fn keys() -> Result<Vec<ApiKey>, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.people.keys(&caller).await)
    }

    pub(super) async fn make_key(
        title: String,
        scopes: [bool; 3],
        boards: &str,
    ) -> Result<NewKey, PageError> {
        let (request, caller) = request_and_caller().await?;
        let draft = request.with_status(draft(title, scopes, boards).map_err(Error::from))?;
        let made = request.people.make_key(&caller, draft).await;
        let (key, secret) = request.with_status(made)?;
        let secret = secret.expose().to_owned();
        Ok(NewKey { key, secret })
    }

    fn draft(title: String, scopes: [bool; 3], boards: &str) -> Result<KeyDraft, InvalidValue> {
        let scopes = Scope::ALL.into_iter().zip(scopes);
        let boards = boards.split(',').map(str::trim).filter(|b| !b.is_empty());
        let boards: Result<BTreeSet<Slug>, _> = boards.map(Slug::new).collect();
        let boards = boards.map_err(|e| e.of("boards"))?;
        Ok(KeyDraft {
            title,
            scopes: scopes
                .filter_map(|(s, is_one)| is_one.then_some(s))
                .collect(),
            boards: Some(boards).filter(|boards| !boards.is_empty()),
        })
    }

    pub(super) async fn revoke_key(id: &str) -> Result<(), PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.people.revoke_key(&caller, id).await)
    }

    pub(super) async fn accounts(after: &str) -> Result<Vec<Account>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let after = Some(after).filter(|after| !after.is_empty());
        let after = after.map(Handle::new).transpose().map_err(Error::from);
        let after = request.with_status(after)?;
        let accounts = request.people.accounts(&caller, after.as_ref()).await;
        request.with_status(accounts)
    }

    pub(super) async fn set_role(handle: &str, role: &str) -> Result<Account, PageError> {
        let (request, caller) = request_and_caller().await?;
        let read = || -> Result<(Handle, Role), InvalidValue> {
            Ok((Handle::new(handle)?, role.parse()?))
        };
        let (handle, role) = request.with_status(read().map_err(Error::from))?;
        let changed = request.people.set_role(&caller, &handle, role).await;
        request.with_status(changed)
    }

    pub(super) async fn engine() -> Result<EngineState, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.leaderboards.engine_state(&caller).await)
    }

    pub(super) async fn health() -> Result<Health, PageError> {
        let (request, caller) = request_and_caller().await?;
        request.with_status(request.leaderboards.health(&caller).await)
    }

    pub(super) async fn sync(
        board: Slug,
        season: Season,
        dry_run: bool,
    ) -> Result<Drift, PageError> {
        let (request, caller) = request_and_caller().await?;
        let key = SeasonKey { board, season };
        let drift = request.leaderboards.sync(&caller, &key, dry_run).await;
        request.with_status(drift)
    }

    pub(super) async fn rebuild(
        board: Slug,
        season: Season,
        dry_run: bool,
    ) -> Result<u64, PageError> {
        let (request, caller) = request_and_caller().await?;
        let key = SeasonKey { board, season };
        let built = request.leaderboards.rebuild(&caller, &key, dry_run).await;
        request.with_status(built)
    }

    pub(super) async fn retry() -> Result<u64, PageError> {
        let (request, caller) = request_and_caller().await?;
        let retried = request.leaderboards.retry_dead_letters(&caller, None).await;
        request.with_status(retried)
    }

    pub(super) async fn clear(board: Slug, dry_run: bool) -> Result<Vec<Season>, PageError> {
        let (request, caller) = request_and_caller().await?;
        let held = request
            .leaderboards
            .clear_cache(&caller, &board, dry_run)
            .await;
        let held = request.with_status(held)?.into_iter();
        Ok(held.map(|key| key.season).collect())
    }
}
