//! `/healthz`: the process runs. `/readyz`: its engines respond. `/metrics`: Prometheus.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leaderport::service::Leaderboards;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::time::timeout;

/// Timeout for the check of an engine.
const TIMEOUT: Duration = Duration::from_secs(2);

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

pub(crate) async fn metrics(State(metrics): State<PrometheusHandle>) -> String {
    metrics.run_upkeep();
    metrics.render()
}
