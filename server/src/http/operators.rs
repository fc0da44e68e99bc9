//! The operators' address. If there is one, the public address hides the metrics and all functions
//! of the admin page. The page itself asks [`are_shown`].

use axum::extract::Request;
use axum::http::{Extensions, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

/// The side from which a connection came, stored in the extensions of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// The only address, or the operators'.
    Operators,
    /// The public address of a node that has another one for operators.
    Public,
}

/// Whether operators' pages are shown to a request.
pub(crate) fn are_shown(extensions: &Extensions) -> bool {
    extensions.get::<Door>() != Some(&Door::Public)
}

fn is_for_operators(path: &str) -> bool {
    path == "/metrics" || path.starts_with("/_fn/admin/") || path.starts_with("/_fn/moderate/")
}

/// Hides the operators' routes on the public address.
pub(crate) async fn hide(request: Request, next: Next) -> Response {
    if is_for_operators(request.uri().path()) && !are_shown(request.extensions()) {
        let detail = "there is no such address here";
        return Problem::new(StatusCode::NOT_FOUND, "not_found", detail).into_response();
    }
    next.run(request).await
}
