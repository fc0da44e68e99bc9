//! The REST API under `/api/v1`: shapes and statuses, no rules. Rules are the
//! service's.

pub(crate) mod accounts;
pub(crate) mod answers;
pub(crate) mod boards;
pub(crate) mod engine;
pub(crate) mod extract;
pub(crate) mod keys;
pub(crate) mod moderation;
pub(crate) mod picture;
pub(crate) mod seasons;
pub(crate) mod standings;
pub(crate) mod submissions;
pub(crate) mod tokens;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use crate::http::problem::Problem;
use crate::state::AppState;

pub(crate) async fn not_found(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        format!("there is nothing at {path}"),
    )
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    let detail = format!("{path} does not answer to {method}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// Counts and times requests by route.
pub(crate) async fn count(State(_): State<AppState>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("leaderport_request_seconds", "route" => route.clone())
        .record(began.elapsed().as_secs_f64());
    metrics::counter!("leaderport_requests_total", "route" => route, "status" => status)
        .increment(1);
    response
}
