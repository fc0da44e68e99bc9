//! Refuses mutations and WebSockets from pages of other origins.
//!
//! A browser sends the origin of the page; a game server sends none. Reads with GET are open to all
//! origins.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::oidc::CALLBACK;
use crate::http::problem::Problem;

/// Origins that may write, in addition to this site's own.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    allowed: Vec<String>,
}

impl Origins {
    pub(crate) fn new(allowed: &[String]) -> Self {
        let allowed = allowed
            .iter()
            .map(|o| o.trim().trim_end_matches('/').to_ascii_lowercase());
        Self {
            allowed: allowed.filter(|o| !o.is_empty()).collect(),
        }
    }

    /// Whether pages of this origin may write, with bearer tokens.
    pub(crate) fn allows(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().map(str::to_ascii_lowercase);
        origin.is_ok_and(|origin| self.allowed.contains(&origin))
    }

    /// Checks the origin of a request. `true` for this site's pages and for requests without a
    /// page, `false` for an allowed origin. Any other origin is refused.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<bool, Problem> {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let Some(origin) = headers.get(header::ORIGIN) else {
            // Without the header `Origin`, `Sec-Fetch-Site` still reveals a page of another site.
            return match text(header::HeaderName::from_static("sec-fetch-site")) {
                Some("cross-site" | "same-site") => Err(Problem::foreign_origin("another site")),
                _ => Ok(true),
            };
        };
        let origin = origin.to_str().unwrap_or("?").to_ascii_lowercase();
        let is_own = origin.split_once("://").is_some_and(|(_, host)| {
            text(header::HOST).is_some_and(|h| h.eq_ignore_ascii_case(host))
        });
        if is_own || self.allowed.contains(&origin) {
            Ok(is_own)
        } else {
            Err(Problem::foreign_origin(&origin))
        }
    }
}

/// Checks the origin of every request. Refuses mutations and WebSockets from other origins, except
/// those allowed. Drops the cookies of all requests from other origins.
pub(crate) async fn guard(
    State(origins): State<Arc<Origins>>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) && request.uri().path() != "/ws";
    match origins.check(request.headers()) {
        Ok(true) => {}
        // A browser also sends cookies from pages of other origins on the same site. Drop them, so
        // that only a bearer token identifies the caller.
        Ok(false) => drop(request.headers_mut().remove(header::COOKIE)),
        // The provider's page redirects the browser here. The signed state protects this request.
        Err(_) if is_safe && request.uri().path() == CALLBACK => {}
        Err(_) if is_safe => drop(request.headers_mut().remove(header::COOKIE)),
        Err(problem) => return problem.into_response(),
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)]) -> bool {
        let origins = Origins::new(&["https://Play.example/".to_owned()]);
        let mut map = HeaderMap::new();
        map.insert(header::HOST, "board.example:3000".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        origins.check(&map).is_ok()
    }

    #[test]
    fn own_allowed_and_missing_origins_pass() {
        assert!(check(&[]));
        assert!(check(&[("origin", "http://board.example:3000")]));
        assert!(check(&[("origin", "https://board.example:3000")]));
        assert!(check(&[("origin", "https://play.example")]));
        assert!(check(&[("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn foreign_origins_are_refused() {
        assert!(!check(&[("origin", "https://evil.example")]));
        assert!(!check(&[("origin", "http://board.example")]));
        assert!(!check(&[("origin", "null")]));
        assert!(!check(&[(
            "origin",
            "https://board.example:3000.evil.example"
        )]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
    }
}
