//! `/api/v1/boards/{slug}/seasons`: the seasons of a board, and manual changes of them. Also a
//! preview of other rules.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use leaderport::service::Leaderboards;
use leaderport::{BoardDraft, Effect, Season, SeasonChange, SeasonKey, SeasonLine};
use serde::{Deserialize, Serialize};

use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extract::{Body, PathOf};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(crate) struct SeasonList {
    seasons: Vec<SeasonLine>,
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

pub(crate) async fn list(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
) -> Result<Json<SeasonList>, Problem> {
    let seasons = leaderboards.seasons(&caller, &known_slug(&slug)?).await?;
    Ok(Json(SeasonList { seasons }))
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

pub(crate) async fn preview(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    Body(draft): Body<BoardDraft>,
) -> Result<Json<Effect>, Problem> {
    let slug = known_slug(&slug)?;
    Ok(Json(leaderboards.preview(&caller, slug, draft).await?))
}
