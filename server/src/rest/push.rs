//! `/api/v1/push`: the end of notifications. The id of the subscription, which only its browser
//! knows, is the permission.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::Push;

use crate::http::extract::PathOf;
use crate::http::problem::Problem;

pub(crate) async fn stop(
    State(push): State<Arc<Push>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    push.stop(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
