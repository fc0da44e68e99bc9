//! The quota of reads by address, and the number of reads in progress, for all callers without an API
//! key or the API token.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leaderport::service::People;
use leaderport::service::quota::Limit;
use tokio::time::timeout;

use crate::auth::bearer::{Bearer, bearer, kind};
use crate::config::ApiToken;
use crate::http::connections::client_address::{Addresses, ClientAddress};
use crate::http::problem::Problem;
use crate::http::quotas::read_cost::ReadCost;

/// Maximum time to look a key up.
const LOOKUP: Duration = Duration::from_millis(500);

/// Counts a read before it is answered.
pub(crate) async fn count(
    State(addresses): State<Arc<Addresses>>,
    State(token): State<Arc<ApiToken>>,
    State(people): State<Arc<People>>,
    Extension(from): Extension<ClientAddress>,
    Extension(ReadCost(cost)): Extension<ReadCost>,
    request: Request,
    next: Next,
) -> Response {
    if cost == 0 {
        return next.run(request).await;
    }
    // Only these paths read bearer tokens.
    let is_of_api = request.uri().path().starts_with("/api/v1/");
    let bearer = bearer(request.headers()).filter(|_| is_of_api);
    let bearer = bearer.map(str::to_owned);
    if let Some(bearer) = &bearer
        && is_free(bearer, from, &addresses, &token, &people).await
    {
        return next.run(request).await;
    }
    if let Err(limited) = addresses.take_some(Limit::Read, from, cost).await {
        return Problem::limited(&limited).into_response();
    }
    let _reading = addresses.begin_read(from).await;
    next.run(request).await
}

/// Whether the bearer of a token has no quota. A key that cannot be looked up counts as unknown,
/// because reads go on without the ledger.
async fn is_free(
    bearer: &str,
    from: ClientAddress,
    addresses: &Addresses,
    token: &ApiToken,
    people: &People,
) -> bool {
    match kind(bearer, token) {
        Bearer::Operator => true,
        Bearer::PlayerToken | Bearer::Malformed => false,
        Bearer::Key if people.has_cached_key(bearer) => true,
        Bearer::Key => {
            // The lookup is a query, so guessed keys are counted before it.
            if addresses.take(Limit::Address, from).await.is_err() {
                return false;
            }
            let found = timeout(LOOKUP, people.of_key(bearer)).await;
            matches!(found, Ok(Ok(Some(_))))
        }
    }
}

/// Counts a read whose cost is known only when no file answers it: the page for unknown addresses.
/// A read with a cost is counted already.
pub(crate) async fn count_unknown_page(
    State(addresses): State<Arc<Addresses>>,
    Extension(from): Extension<ClientAddress>,
    Extension(ReadCost(cost)): Extension<ReadCost>,
    request: Request,
    next: Next,
) -> Response {
    if cost > 0 {
        return next.run(request).await;
    }
    if let Err(limited) = addresses.take(Limit::Read, from).await {
        return Problem::limited(&limited).into_response();
    }
    let _reading = addresses.begin_read(from).await;
    next.run(request).await
}
