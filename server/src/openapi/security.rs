//! Credentials of callers, as security schemes. Operations name them with the scopes and roles that
//! they need; `leaderport::service::access` decides.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::auth::cookies::SESSION;

/// The schemes by their names in the document.
pub(super) fn schemes() -> [(&'static str, SecurityScheme); 4] {
    [
        (
            "api_token",
            bearer(
                "The operator's token of the deployment (`--api-token`). It may do everything.",
                None,
            ),
        ),
        (
            "api_key",
            bearer(
                "A key of a game server, with scopes: `submit` submits scores for every player, `read` \
                 reads the state of the engines, `admin` defines boards, repairs their ranked state and \
                 moderates. A key may be for some boards only. An operation lists the scope that it needs.",
                None,
            ),
        ),
        (
            "player_token",
            bearer(
                "A token of `POST /api/v1/tokens`, for some minutes: submits for its player, and reads \
                 the player's own data.",
                Some("JWT"),
            ),
        ),
        (
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                SESSION.of(false),
                "The cookie of a reader of this site: an account's, or in its place a guest's. An \
                 operation lists the role that it needs; without one, players may use it for \
                 themselves. Over HTTPS alone, the name begins with `__Host-`.",
            ))),
        ),
    ]
}

fn bearer(description: &str, format: Option<&str>) -> SecurityScheme {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.description = Some(description.to_owned());
    scheme.bearer_format = format.map(str::to_owned);
    SecurityScheme::Http(scheme)
}
