//! Cross-origin reads and writes (the CORS protocol of the Fetch standard).
//!
//! Pages of an origin in `--allow-origin` may use the whole API, with bearer tokens. Pages of any
//! other origin may read what is open to all, without credentials. Cookies are never shared, so no
//! answer has `Access-Control-Allow-Credentials`.
//!
//! This layer is around all others, so that refusals of outer layers are readable too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::auth::origin::Origins;

/// How long a browser may remember the answer to a preflight.
const MAX_AGE: &str = "600";

/// The methods and request headers of an allowed origin: all that the API reads.
const ALL: (&str, &str) = (
    "GET, HEAD, POST, PUT, PATCH, DELETE",
    "authorization, content-type, accept, if-match, if-none-match, last-event-id, idempotency-key, \
     x-request-id, traceparent, tracestate",
);

/// The methods and request headers of any other origin: all that open reads need.
const READS: (&str, &str) = (
    "GET, HEAD",
    "content-type, accept, if-none-match, last-event-id, x-request-id, traceparent, tracestate",
);

/// The documented response headers that browsers hide otherwise.
const EXPOSED: &str = "etag, retry-after, ratelimit, ratelimit-policy, content-disposition, \
                       allow, www-authenticate, leaderport-position, idempotency-replayed, \
                       x-request-id, cdn-cache-control, vary";

/// The permission of a page of another origin for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Grant {
    /// Everything, because its origin is allowed.
    Allowed(HeaderValue),
    /// Read what is open to all.
    OpenRead,
    Nothing,
}

/// Whether the path is one of the API, known or not.
fn is_api(path: &str) -> bool {
    path.strip_prefix("/api")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn grant(origins: &Origins, request: &Request) -> Grant {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Grant::Nothing;
    };
    if origins.allows(origin) {
        return Grant::Allowed(origin.clone());
    }
    let asked = match headers.get(header::ACCESS_CONTROL_REQUEST_METHOD) {
        Some(method) if request.method() == Method::OPTIONS => method.as_bytes(),
        _ => request.method().as_str().as_bytes(),
    };
    let is_read = matches!(asked, b"GET" | b"HEAD");
    if is_read && !headers.contains_key(header::AUTHORIZATION) {
        Grant::OpenRead
    } else {
        Grant::Nothing
    }
}

/// Answers preflights, and lets pages of other origins read the answers of the API.
pub(crate) async fn share(
    State(origins): State<Arc<Origins>>,
    request: Request,
    next: Next,
) -> Response {
    if !is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let grant = grant(&origins, &request);
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = if is_preflight {
        StatusCode::OK.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    // A cache must not answer one origin with the headers for another.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let (origin, (methods, names)) = match grant {
        Grant::Allowed(origin) => (origin, ALL),
        Grant::OpenRead => (HeaderValue::from_static("*"), READS),
        Grant::Nothing => return response,
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let rest: &[(HeaderName, &'static str)] = if is_preflight {
        &[
            (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, names),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ]
    } else {
        &[(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED)]
    };
    for (name, value) in rest {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const ALLOWED: &str = "https://play.example";

    /// The grant of a request with these headers.
    fn granted(method: &str, headers: &[(&str, &str)]) -> Grant {
        let origins = Origins::allowing(ALLOWED);
        let mut request = axum::http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        grant(&origins, &request.body(Body::empty()).unwrap())
    }

    #[test]
    fn allowed_origin_may_do_everything() {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let granted = granted(
                method,
                &[("origin", ALLOWED), ("authorization", "Bearer x")],
            );
            assert_eq!(granted, Grant::Allowed(HeaderValue::from_static(ALLOWED)));
        }
    }

    #[test]
    fn other_origins_may_only_read_without_credentials() {
        for origin in ["https://other.example", "null", "https://play.example.evil"] {
            let origin = ("origin", origin);
            assert_eq!(granted("GET", &[origin]), Grant::OpenRead);
            assert_eq!(granted("HEAD", &[origin]), Grant::OpenRead);
            assert_eq!(granted("POST", &[origin]), Grant::Nothing);
            assert_eq!(granted("OPTIONS", &[origin]), Grant::Nothing);
            let token = ("authorization", "Bearer x");
            assert_eq!(granted("GET", &[origin, token]), Grant::Nothing);
            let asks = |method| ("access-control-request-method", method);
            assert_eq!(granted("OPTIONS", &[origin, asks("GET")]), Grant::OpenRead);
            assert_eq!(granted("OPTIONS", &[origin, asks("PUT")]), Grant::Nothing);
            assert_eq!(granted("POST", &[origin, asks("GET")]), Grant::Nothing);
        }
        assert_eq!(granted("GET", &[]), Grant::Nothing);
    }

    #[test]
    fn only_paths_of_the_api_are_shared() {
        for path in ["/api", "/api/", "/api/v1/boards", "/api/v2/nothing"] {
            assert!(is_api(path), "{path}");
        }
        for path in ["/", "/apiary", "/_fn/sign-in", "/ws", "/boards/api"] {
            assert!(!is_api(path), "{path}");
        }
    }
}
