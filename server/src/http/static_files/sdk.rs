//! `/sdk/{name}`: the client module and the widget for pages of any origin, embedded in the binary.
//!
//! Other sites load these files as scripts, also below a policy that requires `Cross-Origin-Resource-Policy`.
//! The files are public and the same for all, so every origin may read them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::http::etag;
use crate::http::extractors::extract::PathOf;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type and content of each file.
static FILES: [(&str, &str, &str); 4] = [
    (
        "leaderport.js",
        JAVASCRIPT,
        include_str!("../../../../public/sdk/leaderport.js"),
    ),
    (
        "leaderport.d.ts",
        "application/typescript; charset=utf-8",
        include_str!("../../../../public/sdk/leaderport.d.ts"),
    ),
    (
        "leader-board.js",
        JAVASCRIPT,
        include_str!("../../../../public/sdk/leader-board.js"),
    ),
    (
        "overlay.css",
        "text/css; charset=utf-8",
        include_str!("../../../../public/sdk/overlay.css"),
    ),
];

/// Headers of every file.
const SHARED: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
    (header::CACHE_CONTROL, "public, max-age=300"),
];

/// `GET /sdk/{name}`.
pub(crate) async fn file(
    PathOf(name): PathOf<String>,
    request: HeaderMap,
) -> Result<Response, StatusCode> {
    let file = FILES.iter().find(|(known, ..)| *known == name);
    let (_, media, content) = file.ok_or(StatusCode::NOT_FOUND)?;
    let digest = format!("\"{:x}\"", Sha256::digest(content));
    let tag = |text: &str| HeaderValue::from_str(text).expect("a digest in hex is a header");
    // The tag is weak, because it is that of the compressed forms, too.
    let weak = [(header::ETAG, tag(&format!("W/{digest}")))];
    if etag::is_known(&request, &tag(&digest)) {
        return Ok((StatusCode::NOT_MODIFIED, SHARED, weak).into_response());
    }
    let media = [(header::CONTENT_TYPE, *media)];
    Ok((SHARED, weak, media, *content).into_response())
}
