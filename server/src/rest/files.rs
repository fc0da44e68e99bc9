//! Answers that are files: a stream with a name.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use leaderport::service::Error;

pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// A file of this type and name, which must be ASCII without quotes.
pub(crate) fn file(
    kind: &'static str,
    name: &str,
    body: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).expect("ASCII"),
        ),
    ];
    (headers, Body::from_stream(body)).into_response()
}
