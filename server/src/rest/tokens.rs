//! `/api/v1/tokens`: tokens that identify a player for some minutes, where cookies cannot.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{PlayerId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::bearer::Known;
use crate::http::extractors::extract::Body;
use crate::http::problem::Problem;
use crate::openapi::refusals::{Refusals, WriteJson};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenDraft)]
pub(crate) struct Wanted {
    /// The player; the caller if absent.
    #[serde(default)]
    #[schema(value_type = Option<PlayerId>)]
    player: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PlayerToken)]
pub(crate) struct Made {
    /// A JWT, valid for ten minutes.
    token: String,
    player: PlayerId,
    expires_at: Timestamp,
}

/// Makes a token that identifies a player for some minutes.
///
/// A key with the scope `submit` for every board makes tokens for any player, all others for themselves.
#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "make_token",
    tag = "keys",
    request_body(content = Wanted, content_type = "application/json"),
    responses(
        (status = 201, description = "The token.", body = Made),
        Refusals<WriteJson>,
    ),
    security(("api_token" = []), ("api_key" = ["submit"]), ("session" = [])),
)]
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
