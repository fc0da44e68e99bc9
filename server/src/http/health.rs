//! `/healthz`: the process runs. `/readyz`: its engines respond. `/metrics`: Prometheus.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use leaderport::service::Leaderboards;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::time::timeout;

use crate::config::MetricsToken;
use crate::http::problem::Problem;

/// Timeout for the check of an engine.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Scheme of a header with a token.
const BEARER: &[u8] = b"Bearer ";

pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// A node is ready if it can serve reads and accept writes. Without the broker, both work but are
/// degraded. Without the ledger, writes fail.
pub(crate) async fn readyz(State(leaderboards): State<Arc<Leaderboards>>) -> Response {
    let (ledger, broker) = tokio::join!(
        timeout(TIMEOUT, leaderboards.check_ledger()),
        timeout(TIMEOUT, leaderboards.check_broker())
    );
    let is_ready = matches!(ledger, Ok(Ok(())));
    let word = |checked| match checked {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) | Err(_) => "away",
    };
    let body = json!({ "ready": is_ready, "ledger": word(ledger), "broker": word(broker) });
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(body)).into_response()
}

/// The metrics, for a bearer of their token if they need one.
pub(crate) async fn metrics(
    State(metrics): State<PrometheusHandle>,
    State(token): State<Arc<MetricsToken>>,
    headers: HeaderMap,
) -> Result<String, Problem> {
    if let Some(token) = &token.0 {
        let bearer = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let bearer = bearer.and_then(|value| value.split_at_checked(BEARER.len()));
        let is_right = bearer.is_some_and(|(scheme, bearer)| {
            scheme.eq_ignore_ascii_case(BEARER)
                && bool::from(bearer.trim_ascii().ct_eq(token.expose().as_bytes()))
        });
        if !is_right {
            let detail = "the metrics need the header `Authorization: Bearer <metrics token>`";
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                detail,
            ));
        }
    }
    metrics.run_upkeep();
    Ok(metrics.render())
}
