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
use crate::config::{Config, WebOrigin};
use crate::http::problem::Problem;

/// This site's own origins, and others that may write.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    allowed: Vec<WebOrigin>,
    public_url: Option<WebOrigin>,
    is_https: bool,
}

impl Origins {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            allowed: config.allow_origin.clone(),
            public_url: config.oidc.public_url.clone(),
            is_https: config.is_https(),
        }
    }

    /// Whether pages of this origin may write, with bearer tokens.
    pub(crate) fn allows(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().ok().and_then(WebOrigin::parse);
        origin.is_some_and(|origin| self.allowed.contains(&origin))
    }

    /// Whether a page of this origin is one of this site. The origin of the public URL is. Otherwise
    /// the request's host decides, since the node may have other addresses too: over HTTPS if
    /// browsers use only that, except on their own machine. Without a public URL, the scheme is
    /// unknown, because a proxy may add HTTPS.
    fn is_own(&self, origin: &WebOrigin, host: Option<&str>) -> bool {
        let named_by = |origin: &WebOrigin| host.and_then(|host| origin.with_host(host));
        if let Some(public) = &self.public_url
            && (origin == public || named_by(public).as_ref() == Some(public))
        {
            return origin == public;
        }
        let is_fit = !self.is_https || origin.is_https() || origin.is_loopback();
        is_fit && named_by(origin).as_ref() == Some(origin)
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
        let shown = origin.to_str().unwrap_or("?");
        let Some(origin) = WebOrigin::parse(shown) else {
            return Err(Problem::foreign_origin(shown));
        };
        let is_own = self.is_own(&origin, text(header::HOST));
        if is_own || self.allowed.contains(&origin) {
            Ok(is_own)
        } else {
            Err(Problem::foreign_origin(origin.as_str()))
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
impl Origins {
    /// Origins of a site that allows another one.
    pub(crate) fn allowing(origin: &str) -> Self {
        let allowed = vec![WebOrigin::parse(origin).expect("an origin")];
        Self {
            allowed,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(public_url: Option<&str>) -> Origins {
        let public_url = public_url.map(|text| WebOrigin::parse(text).expect("an origin"));
        Origins {
            is_https: public_url.as_ref().is_some_and(WebOrigin::is_https),
            public_url,
            ..Origins::allowing("https://Play.example/")
        }
    }

    fn check(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert(header::HOST, "board.example:3000".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        origins(None).check(&map).is_ok()
    }

    #[test]
    fn public_url_decides_scheme_host_and_port() {
        fn check(public_url: &str, host: &str, origin: &str, is_own: bool) {
            let mut map = HeaderMap::new();
            map.insert(header::HOST, host.parse().unwrap());
            map.insert(header::ORIGIN, origin.parse().unwrap());
            let checked = origins(Some(public_url)).check(&map).ok();
            let expected = is_own.then_some(true);
            assert_eq!(checked, expected, "{public_url}, {host}, {origin}");
        }
        let site = "https://board.example";
        check(site, "board.example", site, true);
        check(site, "board.example:443", site, true);
        // A proxy may replace the host.
        check(site, "127.0.0.1:3000", site, true);
        check(site, "board.example", "http://board.example", false);
        check(site, "board.example", "https://board.example:8443", false);
        check(site, "board.example", "https://evil.example", false);
        // Other addresses of the node.
        check(site, "127.0.0.1:3000", "http://127.0.0.1:3000", true);
        check(site, "10.0.0.5:3001", "https://10.0.0.5:3001", true);
        check(site, "10.0.0.5:3001", "http://10.0.0.5:3001", false);
        let plain = "http://board.example:3000";
        check(plain, "board.example:3000", plain, true);
        check(
            plain,
            "board.example:3000",
            "https://board.example:3000",
            false,
        );
        check(plain, "10.0.0.5:3000", "http://10.0.0.5:3000", true);
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
