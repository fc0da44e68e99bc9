//! `/api/v1` for moderators: find players, list submissions, explain standings, rule, read the
//! audit log. For players: rename, export and erase themselves.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::{self, TryStreamExt};
use leaderport::admin::audit::CSV_HEADER;
use leaderport::service::leaderboards::admin::moderation::{AUDIT_AT_ONCE, SUBMISSIONS_AT_ONCE};
use leaderport::service::{Caller, Error, Leaderboards, People, Push};
use leaderport::{
    AuditEntry, AuditFilter, Explanation, PlayerName, PlayerRecord, Ruled, RulingDraft, Slug,
    SubmissionRecord,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bodies::PlayerExport;
use super::files::{CSV, file};
use super::push::PushEntry;
use super::standings::{self, InSeason};
use crate::auth::bearer::Known;
use crate::http::extractors::csv::wants_csv;
use crate::http::extractors::extract::{Body, Params, PathOf};
use crate::http::problem::Problem;
use crate::openapi::Unchanged;
use crate::openapi::parameters::{
    Audited, BoardPath, Conditional, Found, PlayerPath, SubmissionsBefore,
};
use crate::openapi::refusals::{
    Address, OfBoard, OfStanding, Private, Recount, Refusals, Rename, Write, WriteJson,
};

#[derive(Serialize, ToSchema)]
pub(crate) struct PlayerList {
    players: Vec<PlayerRecord>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SubmissionList {
    submissions: Vec<SubmissionRecord>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    entries: Vec<AuditEntry>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewName {
    #[schema(value_type = PlayerName)]
    name: String,
}

/// Rules on submissions or players.
#[utoipa::path(
    post,
    path = "/rulings",
    operation_id = "rule",
    tag = "moderation",
    request_body(content = RulingDraft, content_type = "application/json"),
    responses(
        (status = 200, description = "The number of changes, and the rulings that revert it.", body = Ruled),
        Refusals<(WriteJson, Recount)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["moderator"])),
)]
pub(crate) async fn rule(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(draft): Body<RulingDraft>,
) -> Result<Json<Ruled>, Problem> {
    Ok(Json(leaderboards.rule(&caller, draft).await?))
}

/// Up to 20 players by the beginning of a name or handle, or by id.
#[utoipa::path(
    get,
    path = "/players",
    operation_id = "find_players",
    tag = "players",
    params(Found, Conditional),
    responses(
        (status = 200, description = "The players.", body = PlayerList),
        Unchanged,
        Refusals<Private>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["moderator"])),
)]
pub(crate) async fn find(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    params: Params,
) -> Result<Json<PlayerList>, Problem> {
    let name = params.text("name").unwrap_or_default();
    let players = leaderboards.find_players(&caller, name).await?;
    Ok(Json(PlayerList { players }))
}

/// A player as moderators see them.
#[utoipa::path(
    get,
    path = "/players/{player}",
    operation_id = "get_player",
    tag = "players",
    params(PlayerPath, Conditional),
    responses(
        (status = 200, description = "The player.", body = PlayerRecord),
        Unchanged,
        Refusals<(Private, Address)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = []), ("player_token" = [])),
)]
pub(crate) async fn show(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(player): PathOf<String>,
) -> Result<Json<PlayerRecord>, Problem> {
    let player = leaderboards.spelled(&player).await?;
    Ok(Json(leaderboards.player(&caller, &player).await?))
}

/// The newest 50 submissions of a player.
#[utoipa::path(
    get,
    path = "/players/{player}/submissions",
    operation_id = "list_submissions",
    tag = "players",
    params(PlayerPath, SubmissionsBefore, Conditional),
    responses(
        (status = 200, description = "The submissions.", body = SubmissionList),
        Unchanged,
        Refusals<(Private, Address)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = []), ("player_token" = [])),
)]
pub(crate) async fn submissions(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(player): PathOf<String>,
    params: Params,
) -> Result<Json<SubmissionList>, Problem> {
    let player = leaderboards.spelled(&player).await?;
    let board: Option<Slug> = params.get("board")?;
    let before = params.number("before", 0..=i64::MAX.unsigned_abs(), u64::MAX)?;
    let before = Some(before).filter(|before| *before != u64::MAX);
    let submissions = leaderboards.submissions(&caller, &player, board.as_ref(), before);
    let submissions = submissions.await?;
    Ok(Json(SubmissionList { submissions }))
}

/// Explains a standing: the submission that decides it, and the rules.
#[utoipa::path(
    get,
    path = "/boards/{slug}/standings/{player}/explanation",
    operation_id = "explain_standing",
    tag = "standings",
    params(BoardPath, PlayerPath, InSeason, Conditional),
    responses(
        (status = 200, description = "The explanation.", body = Explanation),
        Unchanged,
        Refusals<(Private, OfBoard, OfStanding)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = []), ("player_token" = [])),
)]
pub(crate) async fn explain(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
) -> Result<Json<Explanation>, Problem> {
    let player = leaderboards.spelled(&player).await?;
    let season = standings::season(&leaderboards, &slug, &params)?;
    let explained = leaderboards.explain(&caller, &season.key, &player);
    Ok(Json(explained.await?))
}

/// Changes the display name of a player.
#[utoipa::path(
    put,
    path = "/players/{player}/name",
    operation_id = "rename_player",
    tag = "players",
    params(PlayerPath),
    request_body(content = NewName, content_type = "application/json"),
    responses(
        (status = 204, description = "The name is changed."),
        Refusals<(WriteJson, Address, Rename)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = [])),
)]
pub(crate) async fn rename(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(people): State<Arc<People>>,
    PathOf(player): PathOf<String>,
    Body(new): Body<NewName>,
) -> Result<StatusCode, Problem> {
    let player = leaderboards.spelled(&player).await?;
    let name = PlayerName::new(&new.name)?;
    leaderboards.rename(&caller, &player, name).await?;
    people.forget(&player);
    Ok(StatusCode::NO_CONTENT)
}

/// Erases another player permanently.
///
/// Players erase themselves on `/account`.
#[utoipa::path(
    delete,
    path = "/players/{player}",
    operation_id = "erase_player",
    tag = "players",
    params(PlayerPath),
    responses(
        (status = 204, description = "The player is erased."),
        Refusals<(Write, Address)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn erase(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(people): State<Arc<People>>,
    PathOf(player): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let player = leaderboards.spelled(&player).await?;
    if caller.player() == Some(&player) {
        // A cookie alone must not suffice to erase the cookie's player.
        let why = "players erase themselves on /account, where they confirm it with their password";
        return Err(Error::Forbidden(why.to_owned()).into());
    }
    leaderboards.erase(&caller, &player).await?;
    people.forget(&player);
    Ok(StatusCode::NO_CONTENT)
}

/// Exports the data of a player as a file.
#[utoipa::path(
    get,
    path = "/players/{player}/export",
    operation_id = "export_player",
    tag = "players",
    params(PlayerPath),
    responses(
        (status = 200, description = "The data.", body = PlayerExport),
        Refusals<(Private, Address)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = []), ("player_token" = [])),
)]
pub(crate) async fn export(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(people): State<Arc<People>>,
    State(push): State<Arc<Push>>,
    PathOf(player): PathOf<String>,
) -> Result<Response, Problem> {
    let player = leaderboards.spelled(&player).await?;
    let record = leaderboards.player(&caller, &player).await?;
    // The first page is read before the response starts, so that a refusal can still set the status.
    let first = leaderboards.submissions(&caller, &player, None, None);
    let first = first.await?;
    let account = people.account_of(&caller, &player).await?;
    let settings = people.settings_of(&caller, &player).await?;
    let settings = settings.unwrap_or_default().to_json();
    let push = push.subscriptions_of(&caller, &player).await?;
    let push: Vec<PushEntry> = push.into_iter().map(PushEntry::from).collect();
    let (record, account) = (serde_json::json!(record), serde_json::json!(account));
    let push = serde_json::json!(push);
    let head = format!(
        "{{\"player\":{record},\"account\":{account},\"settings\":{settings},\"push\":{push},\"submissions\":["
    );
    let of = player.clone();
    let pages = pages(
        first,
        SUBMISSIONS_AT_ONCE,
        |s| s.seq,
        move |before| {
            let (leaderboards, caller) = (leaderboards.clone(), caller.clone());
            let player = player.clone();
            async move {
                let read = leaderboards.submissions(&caller, &player, None, Some(before));
                read.await
            }
        },
    );
    let mut is_first = true;
    let rows = pages.map_ok(move |page| {
        // Excludes submissions of players who were merged into this one.
        let own = page.iter().filter(|row| row.player == of);
        let rows = own.filter_map(|row| serde_json::to_string(row).ok());
        let text = rows.fold(String::new(), |text, row| {
            let comma = if std::mem::take(&mut is_first) {
                ""
            } else {
                ","
            };
            text + comma + "\n" + &row
        });
        Bytes::from(text)
    });
    let text = |text: &'static str| stream::iter([Ok(Bytes::from_static(text.as_bytes()))]);
    let head = stream::iter([Ok::<_, Error>(Bytes::from(head))]);
    let body = futures::StreamExt::chain(head, rows);
    let body = futures::StreamExt::chain(body, text("\n]}\n"));
    Ok(file("application/json", "leaderport-export.json", body))
}

/// The audit log, newest first.
///
/// 100 entries as JSON, or all as CSV, with `Accept: text/csv` or `format=csv`.
#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "list_audit",
    tag = "moderation",
    params(Audited, Conditional),
    responses(
        (
            status = 200,
            description = "The entries.",
            content((AuditList = "application/json"), (String = "text/csv"))
        ),
        Unchanged,
        Refusals<Private>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn audit(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wants_csv = wants_csv(&headers, params.text("format"))?;
    let text = |name| params.text(name).unwrap_or_default().to_owned();
    let before = params.number("before", 0..=i64::MAX.unsigned_abs(), u64::MAX)?;
    let filter = AuditFilter {
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        before: Some(before).filter(|before| *before != u64::MAX),
    };
    let entries = leaderboards.audit(&caller, &filter).await?;
    if !wants_csv {
        return Ok(Json(AuditList { entries }).into_response());
    }
    let csv = csv(leaderboards, caller, filter, entries);
    Ok(file(CSV, "leaderport-audit.csv", csv))
}

fn csv(
    leaderboards: Arc<Leaderboards>,
    caller: Caller,
    filter: AuditFilter,
    first: Vec<AuditEntry>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    let pages = pages(
        first,
        AUDIT_AT_ONCE,
        |e| e.seq,
        move |before| {
            let (leaderboards, caller) = (leaderboards.clone(), caller.clone());
            let filter = AuditFilter {
                before: Some(before),
                ..filter.clone()
            };
            async move { leaderboards.audit(&caller, &filter).await }
        },
    );
    let lines = pages.map_ok(|page| {
        let lines: String = page.iter().map(AuditEntry::csv).collect();
        Bytes::from(lines)
    });
    let head = stream::iter([Ok(Bytes::from_static(CSV_HEADER.as_bytes()))]);
    futures::StreamExt::chain(head, lines)
}

/// Successive pages, each read after the previous one was sent, until one is not full.
fn pages<T, F>(
    first: Vec<T>,
    full: u32,
    seq: fn(&T) -> u64,
    read: impl Fn(u64) -> F + Send + 'static,
) -> impl Stream<Item = Result<Vec<T>, Error>> + Send + 'static
where
    T: Send + 'static,
    F: Future<Output = Result<Vec<T>, Error>> + Send,
{
    let next = move |page: &Vec<T>| {
        let last = page.last().map(seq);
        last.filter(|_| page.len() == full as usize)
    };
    let state = (Some(first), None, read);
    stream::try_unfold(state, move |(ready, before, read)| async move {
        let page = match (ready, before) {
            (Some(page), _) => page,
            (None, Some(before)) => read(before).await?,
            (None, None) => return Ok(None),
        };
        let before = next(&page);
        Ok(Some((page, (None, before, read))))
    })
}
