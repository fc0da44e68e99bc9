//! Entity tags and caching of reads.
//!
//! | read | entity tag | caches |
//! | --- | --- | --- |
//! | open, without credentials | of the state, or of the content | shared ones, for a second |
//! | any other | of the state, or of the content | revalidate it (`no-cache`) |
//! | CSV, exports, problems | none | none (`no-store`) |
//! | events | none | revalidate it |
//!
//! A handler that knows the state gives a tag itself, and answers 304 without an encoded body. This
//! layer gives the others the tag of their content.

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::parameters::ROOT;
use crate::http::etag;

/// Maximum size of an answer that gets the tag of its content, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// For an open read. A shared cache answers with it for a second.
const SHARED: &str = "public, max-age=0, s-maxage=1";

/// For CDNs, which answer for five more seconds while they read again. Browsers ignore this header.
/// They would show a script the answer of before its own submission.
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
const CDN: &str = "public, max-age=1, stale-while-revalidate=5";

/// How a read may be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Open to all, and the same for all without credentials.
    Open,
    /// For some callers.
    Private,
    /// A stream, or the state of this moment.
    Live,
}

/// Adds a tag of the content and the caching headers to the answer to a read.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.and_then(|route| route.as_str().strip_prefix(ROOT));
    let kind = route.map_or(Kind::Live, kind);
    if !is_read || kind == Kind::Live {
        return next.run(request).await;
    }
    // The body of an answer to HEAD may be removed already.
    let has_body = *request.method() == Method::GET;
    let sent = request.headers();
    let is_anonymous =
        !sent.contains_key(header::AUTHORIZATION) && !sent.contains_key(header::COOKIE);
    let condition = conditions(sent);
    let mut response = next.run(request).await;
    if has_body && may_have_tag(&response) {
        response = tagged(&condition, response).await;
    }
    let is_answer = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    if kind == Kind::Open && is_answer {
        let headers = response.headers_mut();
        headers.append(
            header::VARY,
            HeaderValue::from_static("authorization, cookie"),
        );
        if is_anonymous {
            let shared = HeaderValue::from_static(SHARED);
            if let Entry::Vacant(entry) = headers.entry(header::CACHE_CONTROL) {
                entry.insert(shared);
                headers.insert(CDN_CACHE_CONTROL, HeaderValue::from_static(CDN));
            }
        }
    }
    response
}

fn kind(route: &str) -> Kind {
    match route {
        "/boards"
        | "/boards/{slug}"
        | "/boards/{slug}/players"
        | "/boards/{slug}/seasons"
        | "/boards/{slug}/standings"
        | "/boards/{slug}/standings/{player}"
        | "/boards/{slug}/standings/{player}/around"
        | "/boards/{slug}/standings/{player}/history" => Kind::Open,
        "/events"
        | "/boards/{slug}/events"
        | "/boards/{slug}/events/missed"
        | "/vitals/events"
        | "/engine"
        | "/engine/health" => Kind::Live,
        _ => Kind::Private,
    }
}

/// The conditions of a request. The request itself is gone when its answer is known.
fn conditions(sent: &HeaderMap) -> HeaderMap {
    let known = sent.get(header::IF_NONE_MATCH).cloned();
    known
        .map(|known| (header::IF_NONE_MATCH, known))
        .into_iter()
        .collect()
}

/// Whether an answer is a whole document that caches may store, and has no tag yet.
fn may_have_tag(response: &Response) -> bool {
    let headers = response.headers();
    let size = response.body().size_hint().exact();
    response.status() == StatusCode::OK
        && !headers.contains_key(header::ETAG)
        && !headers.contains_key(header::CACHE_CONTROL)
        && size.is_some_and(|size| size <= MAX_BYTES)
}

/// Adds the tag of the content. Answers 304 if the client has it.
async fn tagged(condition: &HeaderMap, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(content) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Some(tag) = content_tag(&content) else {
        return Response::from_parts(parts, Body::from(content));
    };
    let is_known = etag::is_known(condition, &tag);
    parts.headers.insert(header::ETAG, tag);
    if !is_known {
        return Response::from_parts(parts, Body::from(content));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

fn content_tag(content: &Bytes) -> Option<HeaderValue> {
    let digest = format!("{:x}", Sha256::digest(content));
    let (tag, _) = digest.split_at(32);
    etag::weak(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &'static str) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (json, content).into_response()
    }

    #[tokio::test]
    async fn known_content_is_answered_without_a_body() {
        let none = HeaderMap::new();
        let first = tagged(&none, of("{}")).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].clone();
        assert!(tag.as_bytes().starts_with(b"W/\""), "{tag:?}");
        let body = to_bytes(first.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body, "{}");

        let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.clone())]);
        let again = tagged(&conditions(&known), of("{}")).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::ETAG], tag);
        assert!(!again.headers().contains_key(header::CONTENT_TYPE));
        let other = tagged(&known, of("[]")).await;
        assert_eq!(other.status(), StatusCode::OK);
        assert_ne!(other.headers()[header::ETAG], tag);
    }

    #[test]
    fn only_whole_documents_get_a_tag_of_their_content() {
        assert!(may_have_tag(&of("{}")));
        for header in [header::ETAG, header::CACHE_CONTROL] {
            let mut response = of("{}");
            let value = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header, value);
            assert!(!may_have_tag(&response));
        }
        assert!(!may_have_tag(&StatusCode::NOT_FOUND.into_response()));
        let parts = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::new())]);
        assert!(!may_have_tag(&Body::from_stream(parts).into_response()));
    }
}
