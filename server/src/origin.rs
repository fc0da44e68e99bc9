//! Refuses what pages of other origins ask for: mutations, and the WebSocket.
//!
//! A browser names the asking page's origin; a game server names none. Reads
//! over plain GET are open to all.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// The origins that may write besides our own.
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

    /// Refuses a request that a page of another origin makes.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let Some(origin) = headers.get(header::ORIGIN) else {
            // No origin, yet a browser that says the page is another's.
            return match text(header::HeaderName::from_static("sec-fetch-site")) {
                Some("cross-site" | "same-site") => Err(Problem::foreign_origin("another site")),
                _ => Ok(()),
            };
        };
        let origin = origin.to_str().unwrap_or("?").to_ascii_lowercase();
        let is_own = origin.split_once("://").is_some_and(|(_, host)| {
            text(header::HOST).is_some_and(|h| h.eq_ignore_ascii_case(host))
        });
        if is_own || self.allowed.contains(&origin) {
            Ok(())
        } else {
            Err(Problem::foreign_origin(&origin))
        }
    }
}

/// Checks every request that may change something, and the WebSocket's.
pub(crate) async fn guard(
    State(origins): State<Arc<Origins>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) && request.uri().path() != "/ws";
    if !is_safe && let Err(problem) = origins.check(request.headers()) {
        return problem.into_response();
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
    fn own_allowed_and_nameless_origins_pass() {
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
