//! `/healthz`: the process runs. `/readyz`: its engines answer. `/metrics`: Prometheus.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leaderport::service::Leaderboards;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

pub(crate) async fn readyz(State(leaderboards): State<Arc<Leaderboards>>) -> Response {
    match leaderboards.check_ledger().await {
        Ok(()) => Json(json!({ "ready": true, "ledger": "ok", "broker": "ok" })).into_response(),
        Err(error) => {
            tracing::error!(?error, "not ready: the ledger does not answer");
            let body = json!({ "ready": false, "ledger": "away", "broker": "ok" });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

pub(crate) async fn metrics(State(metrics): State<PrometheusHandle>) -> String {
    metrics.run_upkeep();
    metrics.render()
}
