//! `/api/v1/push`: the end of notifications. The id of the subscription, which only its browser
//! knows, is the permission. Also the subscriptions in a player's export.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::Push;
use leaderport::service::ports::push::PushSubscription;
use leaderport::{Slug, Timestamp};
use reqwest::Url;
use serde::Serialize;

use crate::http::extractors::extract::PathOf;
use crate::http::problem::Problem;

/// A subscription in a player's export. Id, address and keys are left out: with them, others could stop
/// or send notifications.
#[derive(Serialize)]
pub(crate) struct PushEntry {
    board: Slug,
    /// The host of the browser's push service; none for an address that cannot be read.
    host: Option<String>,
    language: String,
    created_at: Timestamp,
}

impl From<PushSubscription> for PushEntry {
    fn from(subscription: PushSubscription) -> Self {
        let url = Url::parse(&subscription.browser.endpoint).ok();
        Self {
            board: subscription.board,
            host: url.and_then(|url| url.host_str().map(str::to_owned)),
            language: subscription.language,
            created_at: subscription.created_at,
        }
    }
}

pub(crate) async fn stop(
    State(push): State<Arc<Push>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    push.stop(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
