//! `/api/v1/engine`: state, comparison and repair of ledger and broker. For operators, admins, and
//! keys with the scope `read` or, for a repair, `admin`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use leaderport::service::{Error, Leaderboards};
use leaderport::{Drift, EngineState, Health, Season, SeasonKey, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::bearer::Known;
use crate::http::extractors::extract::Body;
use crate::http::problem::Problem;
use crate::openapi::refusals::{OfBoard, Private, Recount, Refusals, WriteJson};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSeason {
    board: Slug,
    season: Season,
    /// Whether nothing changes, and only the numbers are answered.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfBoard)]
pub(crate) struct OneBoard {
    board: Slug,
    /// Whether nothing changes, and only the seasons are answered.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfDeadLetter {
    /// Id of a dead letter; all if absent.
    #[serde(default)]
    id: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Retried {
    /// Number of batches that are in the outbox again.
    retried: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Rebuilt {
    /// Number of standings of the season.
    standings: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Cleared {
    /// The seasons that the broker no longer holds.
    seasons: Vec<Season>,
}

/// The state of the ledger and the broker.
#[utoipa::path(
    get,
    path = "/engine",
    operation_id = "get_engine",
    tag = "engine",
    responses(
        (status = 200, description = "The state.", body = EngineState),
        Refusals<Private>,
    ),
    security(("api_token" = []), ("api_key" = ["read"]), ("session" = ["admin"])),
)]
pub(crate) async fn state(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<EngineState>, Problem> {
    Ok(Json(leaderboards.engine_state(&caller).await?))
}

/// The response times of the engines, and the nodes.
#[utoipa::path(
    get,
    path = "/engine/health",
    operation_id = "get_engine_health",
    tag = "engine",
    responses(
        (status = 200, description = "The health.", body = Health),
        Refusals<Private>,
    ),
    security(("api_token" = []), ("api_key" = ["read"]), ("session" = ["admin"])),
)]
pub(crate) async fn health(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<Health>, Problem> {
    Ok(Json(leaderboards.health(&caller).await?))
}

/// Compares a season of the broker with the ledger, and repairs it.
#[utoipa::path(
    post,
    path = "/engine/sync",
    operation_id = "sync_season",
    tag = "engine",
    request_body(content = OfSeason, content_type = "application/json"),
    responses(
        (status = 200, description = "The differences.", body = Drift),
        Refusals<(WriteJson, OfBoard, Recount)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn sync(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(of): Body<OfSeason>,
) -> Result<Json<Drift>, Problem> {
    let (board, season) = (of.board, of.season);
    let key = SeasonKey { board, season };
    let dry_run = of.dry_run;
    to_its_end(async move { leaderboards.sync(&caller, &key, dry_run).await }).await
}

/// Builds a season of the broker again from the ledger.
#[utoipa::path(
    post,
    path = "/engine/rebuild",
    operation_id = "rebuild_season",
    tag = "engine",
    request_body(content = OfSeason, content_type = "application/json"),
    responses(
        (status = 200, description = "The number of standings.", body = Rebuilt),
        Refusals<(WriteJson, OfBoard, Recount)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn rebuild(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(of): Body<OfSeason>,
) -> Result<Json<Rebuilt>, Problem> {
    let (board, season) = (of.board, of.season);
    let key = SeasonKey { board, season };
    let dry_run = of.dry_run;
    to_its_end(async move {
        let standings = leaderboards.rebuild(&caller, &key, dry_run).await?;
        Ok(Rebuilt { standings })
    })
    .await
}

/// Drops the seasons of a board from the broker. The next read loads them.
#[utoipa::path(
    post,
    path = "/engine/clear-cache",
    operation_id = "clear_cache",
    tag = "engine",
    request_body(content = OneBoard, content_type = "application/json"),
    responses(
        (status = 200, description = "The dropped seasons.", body = Cleared),
        Refusals<(WriteJson, OfBoard)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn clear_cache(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(OneBoard { board, dry_run }): Body<OneBoard>,
) -> Result<Json<Cleared>, Problem> {
    let dropped = leaderboards.clear_cache(&caller, &board, dry_run).await?;
    let seasons = dropped.into_iter().map(|key| key.season).collect();
    Ok(Json(Cleared { seasons }))
}

/// Puts a dead letter, or all, back into the outbox.
#[utoipa::path(
    post,
    path = "/engine/retry",
    operation_id = "retry_dead_letters",
    tag = "engine",
    request_body(content = OfDeadLetter, content_type = "application/json"),
    responses(
        (status = 200, description = "The number of batches.", body = Retried),
        Refusals<WriteJson>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn retry(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(OfDeadLetter { id }): Body<OfDeadLetter>,
) -> Result<Json<Retried>, Problem> {
    to_its_end(async move {
        let retried = leaderboards.retry_dead_letters(&caller, id).await?;
        Ok(Retried { retried })
    })
    .await
}

/// Runs a repair to its end, even if the client disconnects, so that no repair stays incomplete.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<Json<T>, Problem> {
    let done = tokio::spawn(work).await;
    let done = done.map_err(|error| Error::Unavailable {
        part: "server",
        detail: error.to_string(),
    })?;
    Ok(Json(done?))
}
