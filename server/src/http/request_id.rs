//! The id of a request of the API: in its answer, in its problem document, and in the lines of the log
//! that its handling writes.
//!
//! The client may send it as `X-Request-Id`, or the trace of `traceparent` (W3C Trace Context) serves.
//! Lines of shared work, like a commit of several requests, have no id of one request.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Maximum length of a client's id, in bytes.
const MAX_LENGTH: usize = 128;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// The id of the request that this task handles, if any.
pub(crate) fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Gives a request an id.
pub(crate) async fn identify(request: Request, next: Next) -> Response {
    let trace = trace(request.headers());
    let id = given(request.headers()).or(trace);
    let id: Arc<str> = id.map_or_else(random, Arc::from);
    let header = HeaderValue::from_str(&id);
    let span = tracing::info_span!("request", id = &*id, trace = trace);
    let answer = next.run(request).instrument(span);
    let mut response = CURRENT.scope(id, answer).await;
    if let Ok(header) = header {
        response.headers_mut().insert(REQUEST_ID, header);
    }
    response
}

/// The client's id; none if it is too long, or not visible ASCII.
fn given(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_visible = id.bytes().all(|byte| byte.is_ascii_graphic());
    (is_visible && !id.is_empty() && id.len() <= MAX_LENGTH).then_some(id)
}

/// The id of the client's trace: 32 hexadecimal digits. None if `traceparent` is not valid.
fn trace(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut parts = text.split('-');
    let [version, trace, parent, flags] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let has_four_parts = parts.next().is_none();
    // A later version may have more parts.
    let is_known = version != "ff" && (has_four_parts || version != "00");
    let is_valid = is_known
        && is_hex(version, 2)
        && is_hex(flags, 2)
        && [(trace, 32), (parent, 16)]
            .iter()
            .all(|(id, length)| is_hex(id, *length) && id.bytes().any(|byte| byte != b'0'));
    is_valid.then_some(trace)
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(is_digit)
}

fn random() -> Arc<str> {
    let bits: u128 = rand::Rng::random(&mut rand::rng());
    format!("{bits:032x}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn id_of_the_client_is_visible_ascii() {
        let longest = "x".repeat(MAX_LENGTH);
        let longer = "x".repeat(MAX_LENGTH + 1);
        for (id, is_taken) in [
            ("a", true),
            ("7f9c-\"{}!~", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("a b", false),
            ("a\tb", false),
            ("é", false),
        ] {
            let headers = with(REQUEST_ID, id);
            assert_eq!(given(&headers), is_taken.then_some(id), "{id:?}");
        }
        assert_eq!(given(&HeaderMap::new()), None);
    }

    #[test]
    fn trace_is_that_of_a_valid_traceparent() {
        let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (text, is_valid) in [
            (format!("00-{trace_id}-00f067aa0ba902b7-01"), true),
            (format!("01-{trace_id}-00f067aa0ba902b7-01-more"), true),
            (format!("00-{trace_id}-00f067aa0ba902b7-01-more"), false),
            (format!("ff-{trace_id}-00f067aa0ba902b7-01"), false),
            (format!("00-{trace_id}-0000000000000000-01"), false),
            (format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            (format!("00-{}-00f067aa0ba902b7-01", "A".repeat(32)), false),
            (format!("00-{trace_id}0-00f067aa0ba902b7-01"), false),
            (format!("00-{trace_id}-00f067aa0ba902b7"), false),
            (trace_id.to_owned(), false),
            ("---".to_owned(), false),
            (String::new(), false),
        ] {
            let headers = with(TRACEPARENT, &text);
            assert_eq!(trace(&headers), is_valid.then_some(trace_id), "{text}");
        }
    }

    #[test]
    fn new_ids_differ() {
        let (one, two) = (random(), random());
        assert!(is_hex(&one, 32) && is_hex(&two, 32), "{one} {two}");
        assert_ne!(one, two);
    }

    #[tokio::test]
    async fn id_is_known_only_while_its_request_is_handled() {
        assert_eq!(current(), None);
        let id = CURRENT.scope("a".into(), async { current() }).await;
        assert_eq!(id.as_deref(), Some("a"));
        assert_eq!(current(), None);
    }
}
