//! `/api/v1/keys`: the API keys of game servers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{ApiKey, KeyDraft};
use serde::Serialize;

use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, PathOf};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(crate) struct KeyList {
    keys: Vec<ApiKey>,
}

/// A new key. Only this answer contains its secret.
#[derive(Serialize)]
pub(crate) struct NewKey {
    #[serde(flatten)]
    key: ApiKey,
    secret: String,
}

pub(crate) async fn list(
    Known(caller): Known,
    State(people): State<Arc<People>>,
) -> Result<Json<KeyList>, Problem> {
    let keys = people.keys(&caller).await?;
    Ok(Json(KeyList { keys }))
}

pub(crate) async fn make(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    Body(draft): Body<KeyDraft>,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    let (key, secret) = people.make_key(&caller, draft).await?;
    let secret = secret.expose().to_owned();
    Ok((StatusCode::CREATED, Json(NewKey { key, secret })))
}

pub(crate) async fn revoke(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    people.revoke_key(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
