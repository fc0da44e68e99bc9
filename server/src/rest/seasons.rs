//! `/api/v1/boards/{slug}/seasons`: the seasons of a board, and manual changes of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use leaderport::service::leaderboards::admin::seasons::{SEASONS_AT_ONCE, SeasonQuery};
use leaderport::service::{Caller, Leaderboards};
use leaderport::{Season, SeasonChange, SeasonKey, SeasonLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, Params, PathOf};
use crate::http::problem::Problem;
use crate::openapi::Unchanged;
use crate::openapi::parameters::{BoardPath, Conditional, SeasonPath, SeasonsBefore};
use crate::openapi::refusals::{OfBoard, Private, Recount, Refusals, WriteJson};

#[derive(Serialize, ToSchema)]
pub(crate) struct SeasonList {
    seasons: Vec<SeasonLine>,
    /// The `before` of the next page; null at the end.
    #[schema(required)]
    next: Option<Season>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SeasonChangeDraft)]
pub(crate) struct Change {
    change: SeasonChange,
    /// Whether nothing changes, and only the number is answered.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SeasonChanged)]
pub(crate) struct Changed {
    /// Number of changed standings.
    standings: u64,
}

/// The seasons of a board, newest first.
///
/// It begins with the running seasons. Then come those that have ended and have standings or a manual
/// rule. Callers without credentials are answered too.
#[utoipa::path(
    get,
    path = "/boards/{slug}/seasons",
    operation_id = "list_seasons",
    tag = "seasons",
    params(BoardPath, SeasonsBefore, Conditional),
    responses(
        (status = 200, description = "The seasons.", body = SeasonList),
        Unchanged,
        Refusals<(Private, OfBoard)>,
    ),
    security(()),
)]
pub(crate) async fn list(
    known: Result<Known, Problem>,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Json<SeasonList>, Problem> {
    let caller = match known {
        Ok(Known(caller)) => caller,
        Err(refused) if headers.contains_key(header::AUTHORIZATION) => return Err(refused),
        Err(_) => Caller::Nobody,
    };
    let limit = params.number("limit", 1..=SEASONS_AT_ONCE as u64, SEASONS_AT_ONCE as u64)?;
    let query = SeasonQuery {
        period: params.get("period")?,
        before: params.get("before")?,
        limit: usize::try_from(limit).ok(),
    };
    let slug = known_slug(&slug)?;
    let list = leaderboards.list_seasons(&caller, &slug, query).await?;
    Ok(Json(SeasonList {
        seasons: list.seasons,
        next: list.next,
    }))
}

/// Closes, reopens, restarts or restores a season.
#[utoipa::path(
    post,
    path = "/boards/{slug}/seasons/{season}",
    operation_id = "change_season",
    tag = "seasons",
    params(BoardPath, SeasonPath),
    request_body(content = Change, content_type = "application/json"),
    responses(
        (status = 200, description = "The number of changed standings.", body = Changed),
        Refusals<(WriteJson, OfBoard, Recount)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn change(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, season)): PathOf<(String, String)>,
    Body(body): Body<Change>,
) -> Result<Json<Changed>, Problem> {
    let key = SeasonKey {
        board: known_slug(&slug)?,
        season: season.parse::<Season>()?,
    };
    let changed = leaderboards.change_season(&caller, &key, body.change, body.dry_run);
    let standings = changed.await?;
    Ok(Json(Changed { standings }))
}
