//! The files that documents link to, such as pictures. They are embedded in the binary.

use app::api::docs;
use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse;

/// `GET /docs/images/{name}` and `GET /docs/recipes/data/{name}`.
pub(crate) async fn file(uri: Uri) -> Result<impl IntoResponse, StatusCode> {
    let (kind, content) = docs::file(uri.path()).ok_or(StatusCode::NOT_FOUND)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
    ];
    Ok((headers, content))
}
