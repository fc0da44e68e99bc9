//! Who may write over REST: whoever bears the API token.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use crate::config::Secret;
use crate::problem::Problem;
use crate::state::AppState;

/// The token that allows writes, where there is one.
#[derive(Debug, Clone)]
pub struct ApiToken(pub Option<Secret>);

/// A caller who bore the token: a game server, trusted to say when a score was made.
#[derive(Debug)]
pub(crate) struct GameServer;

impl FromRequestParts<AppState> for GameServer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Some(token) = &state.token.0 else {
            return Err(Problem::writes_disabled());
        };
        let given = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, given)| given.trim());
        if bool::from(given.as_bytes().ct_eq(token.expose().as_bytes())) {
            Ok(Self)
        } else {
            Err(Problem::unauthorized())
        }
    }
}
