//! Who calls: by the bearer token of a request, else by its cookies. What they
//! may do is the service's to decide ([`leaderport::service::access`]).

use app::api::visitor::Visitors;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use leaderport::service::people::tokens::Tokens;
use leaderport::service::ports::limiter::Limit;
use leaderport::service::{Caller, Error, People};
use subtle::ConstantTimeEq;

use crate::config::ApiToken;
use crate::http::client_address::ClientAddress;
use crate::http::problem::Problem;
use crate::state::AppState;

/// Somebody who is known. Whoever is not is refused before anything is read.
pub(crate) struct Known(pub(crate) Caller);

impl FromRequestParts<AppState> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let bearer = bearer(parts).unwrap_or_default();
            let caller = by_bearer(bearer, &state.token, &state.people).await;
            let answer = match caller {
                Ok(Some(caller @ (Caller::Operator | Caller::GameServer(_)))) => {
                    return Ok(Self(caller));
                }
                Ok(Some(person)) => Ok(Self(person)),
                Ok(None) => Err(Problem::unknown_token()),
                Err(error @ Error::BadToken(_)) => Err(error.into()),
                Err(error) => return Err(error.into()),
            };
            // Nobody finds a token by trying, and a person's page is one of many.
            if let Some(from) = parts.extensions.get::<ClientAddress>() {
                let taken = state.addresses.take(Limit::Address, *from).await;
                taken.map_err(|limited| Problem::limited(&limited))?;
            }
            return answer;
        }
        let visitor = state.visitors.current(&parts.headers).await?;
        let visitor = visitor.ok_or_else(Problem::unauthorized)?;
        Ok(Self(visitor.caller()))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

async fn by_bearer(
    bearer: &str,
    token: &ApiToken,
    people: &People,
) -> Result<Option<Caller>, Error> {
    let is_operator = token.0.as_ref().is_some_and(|token| {
        let expected = token.expose().as_bytes();
        bool::from(bearer.as_bytes().ct_eq(expected))
    });
    if is_operator {
        return Ok(Some(Caller::Operator));
    }
    if Tokens::looks_like_one(bearer) {
        return Ok(Some(people.of_token(bearer).await?.0));
    }
    Ok(people.of_key(bearer).await?.map(Caller::GameServer))
}
