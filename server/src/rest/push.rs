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
use utoipa::ToSchema;

use crate::http::extractors::extract::PathOf;
use crate::http::problem::Problem;
use crate::openapi::parameters::SubscriptionPath;
use crate::openapi::refusals::{Address, Always, Mutation, Refusals};

/// A subscription in a player's export. Id, address and keys are left out: with them, others could stop
/// or send notifications.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushEntry {
    board: Slug,
    /// The host of the browser's push service; none for an address that cannot be read.
    #[schema(required)]
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

/// Ends the notifications of a subscription.
///
/// It needs no credentials, because the id in the notification is secret.
#[utoipa::path(
    delete,
    path = "/push/{id}",
    operation_id = "stop_notifications",
    tag = "events",
    params(SubscriptionPath),
    responses(
        (status = 204, description = "The notifications have ended."),
        Refusals<(Always, Mutation, Address)>,
    ),
    security(()),
)]
pub(crate) async fn stop(
    State(push): State<Arc<Push>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    push.stop(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
