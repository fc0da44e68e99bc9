//! Identifies the caller of a request by the bearer token, or else by the cookies. The service
//! decides which calls are allowed ([`leaderport::service::access`]).

use std::sync::Arc;

use app::api::visitor::Visitors;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use leaderport::service::people::tokens::Tokens;
use leaderport::service::quota::Limit;
use leaderport::service::{Caller, Error, People};
use subtle::ConstantTimeEq;

use crate::auth::cookies::Cookies;
use crate::config::ApiToken;
use crate::http::connections::client_address::{Addresses, ClientAddress};
use crate::http::problem::Problem;

/// An authenticated caller. A request without one is refused before its body is read.
pub(crate) struct Known(pub(crate) Caller);

impl<S> FromRequestParts<S> for Known
where
    Arc<Addresses>: FromRef<S>,
    Arc<ApiToken>: FromRef<S>,
    Arc<Cookies>: FromRef<S>,
    Arc<People>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let bearer = bearer(&parts.headers).unwrap_or_default();
            let token = Arc::<ApiToken>::from_ref(state);
            let people = Arc::<People>::from_ref(state);
            let caller = by_bearer(bearer, &token, &people).await;
            let answer = match caller {
                Ok(Some(caller @ (Caller::Operator | Caller::GameServer(_)))) => {
                    return Ok(Self(caller));
                }
                Ok(Some(person)) => Ok(Self(person)),
                Ok(None) => Err(Problem::unknown_token()),
                Err(error @ Error::BadToken(_)) => Err(error.into()),
                Err(error) => return Err(error.into()),
            };
            // Player tokens and bad tokens are rate-limited by address, to stop guessing.
            if let Some(from) = parts.extensions.get::<ClientAddress>() {
                let addresses = Arc::<Addresses>::from_ref(state);
                let taken = addresses.take(Limit::Address, *from).await;
                taken.map_err(|limited| Problem::limited(&limited))?;
            }
            return answer;
        }
        let visitors = Arc::<Cookies>::from_ref(state);
        let visitor = visitors.current(&parts.headers).await?;
        let visitor = visitor.ok_or_else(Problem::unauthorized)?;
        Ok(Self(visitor.caller()))
    }
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Kind of a bearer token by its text. Only the API token is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    Operator,
    PlayerToken,
    Key,
    Malformed,
}

pub(crate) fn kind(bearer: &str, token: &ApiToken) -> Bearer {
    let is_operator = token.0.as_ref().is_some_and(|token| {
        let expected = token.expose().as_bytes();
        bool::from(bearer.as_bytes().ct_eq(expected))
    });
    if is_operator {
        Bearer::Operator
    } else if Tokens::looks_like_one(bearer) {
        Bearer::PlayerToken
    } else if People::looks_like_a_key(bearer) {
        Bearer::Key
    } else {
        Bearer::Malformed
    }
}

async fn by_bearer(
    bearer: &str,
    token: &ApiToken,
    people: &People,
) -> Result<Option<Caller>, Error> {
    match kind(bearer, token) {
        Bearer::Operator => Ok(Some(Caller::Operator)),
        Bearer::PlayerToken => Ok(Some(people.of_token(bearer).await?.0)),
        Bearer::Key => Ok(people.of_key(bearer).await?.map(Caller::GameServer)),
        Bearer::Malformed => Ok(None),
    }
}
