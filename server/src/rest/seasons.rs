//! `/api/v1/boards/{slug}/seasons`: the seasons of a board, and manual changes of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use leaderport::service::leaderboards::admin::seasons::{SEASONS_AT_ONCE, SeasonQuery};
use leaderport::service::{Caller, Leaderboards};
use leaderport::{Season, SeasonChange, SeasonKey, SeasonLine};
use serde::{Deserialize, Serialize};

use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, Params, PathOf};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(crate) struct SeasonList {
    seasons: Vec<SeasonLine>,
    next: Option<Season>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    change: SeasonChange,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
pub(crate) struct Changed {
    standings: u64,
}

/// Open to all: a caller without credentials is answered too.
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
