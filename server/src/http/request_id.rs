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
    // A log filter that shows a line has to let its span through too, so the span has the first level.
    let span = tracing::error_span!("request", id = &*id, trace = trace);
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
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&log).into_owned()
        }
    }

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    async fn fail() -> StatusCode {
        tracing::error!("it failed");
        StatusCode::SERVICE_UNAVAILABLE
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
    async fn lines_of_the_log_have_the_id_and_the_trace_of_their_request() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::ERROR)
            .with_writer(move || writer.clone())
            .finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        let router = Router::new().route("/", get(fail)).layer(from_fn(identify));
        let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let request = axum::http::Request::builder()
            .uri("/")
            .header(REQUEST_ID, "abc")
            .header(TRACEPARENT, format!("00-{trace_id}-00f067aa0ba902b7-01"))
            .body(Body::empty())
            .unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.headers()[REQUEST_ID], "abc");
        let text = log.text();
        let line = text.lines().find(|line| line.contains("it failed"));
        let line = line.expect("the line was written");
        assert!(line.contains("abc") && line.contains(trace_id), "{line}");
    }

    #[tokio::test]
    async fn id_is_known_only_while_its_request_is_handled() {
        assert_eq!(current(), None);
        let id = CURRENT.scope("a".into(), async { current() }).await;
        assert_eq!(id.as_deref(), Some("a"));
        assert_eq!(current(), None);
    }
}
