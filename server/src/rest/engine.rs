//! `/api/v1/engine`: state, comparison and repair of ledger and broker. For operators, admins, and
//! keys with the scope `read` or, for a repair, `admin`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use leaderport::service::{Error, Leaderboards};
use leaderport::{Drift, EngineState, Health, Season, SeasonKey, Slug};
use serde::{Deserialize, Serialize};

use crate::auth::bearer::Known;
use crate::http::extractors::extract::Body;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSeason {
    board: Slug,
    season: Season,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfBoard {
    board: Slug,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfDeadLetter {
    /// Id of a dead letter; all if absent.
    #[serde(default)]
    id: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct Retried {
    retried: u64,
}

#[derive(Serialize)]
pub(crate) struct Rebuilt {
    standings: u64,
}

#[derive(Serialize)]
pub(crate) struct Cleared {
    seasons: Vec<Season>,
}

pub(crate) async fn state(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<EngineState>, Problem> {
    Ok(Json(leaderboards.engine_state(&caller).await?))
}

pub(crate) async fn health(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<Health>, Problem> {
    Ok(Json(leaderboards.health(&caller).await?))
}

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

pub(crate) async fn clear_cache(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    Body(OfBoard { board, dry_run }): Body<OfBoard>,
) -> Result<Json<Cleared>, Problem> {
    let dropped = leaderboards.clear_cache(&caller, &board, dry_run).await?;
    let seasons = dropped.into_iter().map(|key| key.season).collect();
    Ok(Json(Cleared { seasons }))
}

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
