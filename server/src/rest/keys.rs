//! `/api/v1/keys`: the API keys of game servers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{ApiKey, KeyDraft};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, PathOf};
use crate::http::problem::Problem;
use crate::openapi::Unchanged;
use crate::openapi::parameters::{Conditional, KeyPath};
use crate::openapi::refusals::{OfBoard, OfKey, Private, Refusals, Write, WriteJson};

#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    keys: Vec<ApiKey>,
}

/// A new key. Only this answer contains its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKey {
    #[serde(flatten)]
    key: ApiKey,
    /// The secret, which is shown once.
    secret: String,
}

/// All API keys, without their secrets.
#[utoipa::path(
    get,
    path = "/keys",
    operation_id = "list_keys",
    tag = "keys",
    params(Conditional),
    responses(
        (status = 200, description = "The keys.", body = KeyList),
        Unchanged,
        Refusals<Private>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn list(
    Known(caller): Known,
    State(people): State<Arc<People>>,
) -> Result<Json<KeyList>, Problem> {
    let keys = people.keys(&caller).await?;
    Ok(Json(KeyList { keys }))
}

/// Makes an API key.
#[utoipa::path(
    post,
    path = "/keys",
    operation_id = "make_key",
    tag = "keys",
    request_body(content = KeyDraft, content_type = "application/json"),
    responses(
        (status = 201, description = "The key, with its secret.", body = NewKey),
        Refusals<(WriteJson, OfBoard)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn make(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    Body(draft): Body<KeyDraft>,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    let (key, secret) = people.make_key(&caller, draft).await?;
    let secret = secret.expose().to_owned();
    Ok((StatusCode::CREATED, Json(NewKey { key, secret })))
}

/// Revokes an API key permanently.
#[utoipa::path(
    delete,
    path = "/keys/{id}",
    operation_id = "revoke_key",
    tag = "keys",
    params(KeyPath),
    responses(
        (status = 204, description = "The key is revoked."),
        Refusals<(Write, OfKey)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn revoke(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    people.revoke_key(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
