//! `/api/v1/tokens`: tokens that identify a player for some minutes, where cookies cannot.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{PlayerId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::auth::bearer::Known;
use crate::http::extractors::extract::Body;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The player; the caller if absent.
    #[serde(default)]
    player: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Made {
    token: String,
    player: PlayerId,
    expires_at: Timestamp,
}

pub(crate) async fn make(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let wanted = wanted.player.as_deref().map(PlayerId::new).transpose()?;
    let player = wanted.or_else(|| caller.player().cloned());
    let player = player.ok_or_else(|| Problem::missing("player", "whom the token is for"))?;
    let (token, expires_at) = people.make_token(&caller, &player).await?;
    let made = Made {
        token,
        player,
        expires_at,
    };
    Ok((StatusCode::CREATED, Json(made)))
}
