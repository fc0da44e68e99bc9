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

/// A node is ready if it can serve reads and accept writes, and its lasting tasks run. Without the
/// broker, both work but are degraded. Without the ledger, writes fail. `problems` are sentences
/// for operators.
pub(crate) async fn readyz(State(leaderboards): State<Arc<Leaderboards>>) -> Response {
    let (ledger, broker) = tokio::join!(
        timeout(TIMEOUT, leaderboards.check_ledger()),
        timeout(TIMEOUT, leaderboards.check_broker())
    );
    let problems = leaderboards.problems();
    let is_ready = matches!(ledger, Ok(Ok(()))) && problems.is_empty();
    let word = |checked| match checked {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) | Err(_) => "away",
    };
    let (ledger, broker) = (word(ledger), word(broker));
    let body =
        json!({ "ready": is_ready, "ledger": ledger, "broker": broker, "problems": problems });
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

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use leaderport::service::Ports;
    use serde_json::Value;

    use super::*;
    use crate::broker::memory::Memory;
    use crate::ledger::any::AnyDatabase;
    use crate::ledger::records::SqlRecords;
    use crate::ledger::sqlite::Sqlite;
    use crate::rate_limit::local::{Local, Quotas};
    use crate::startup::clock::SystemClock;

    /// A service over SQLite in a folder and a broker in memory.
    async fn service(folder: &std::path::Path) -> Arc<Leaderboards> {
        let (file, clock) = (folder.join("leaderport.sqlite"), Arc::new(SystemClock));
        let ledger = Sqlite::open(&file, clock.clone()).await.unwrap();
        let database = AnyDatabase::sqlite(&file).await.unwrap();
        let ports = Ports {
            ledger: Arc::new(ledger),
            records: Arc::new(SqlRecords::new(database)),
            broker: Arc::new(Memory::new(1)),
            clock,
            limiter: Arc::new(Local::new(&Quotas::default())),
            node: "test".to_owned(),
            profile: leaderport::NodeProfile::default(),
        };
        let (service, _, _) = Leaderboards::start(ports, 0).await.unwrap();
        service
    }

    async fn ready(leaderboards: &Arc<Leaderboards>) -> (StatusCode, Value) {
        let answer = readyz(State(leaderboards.clone())).await;
        let (status, body) = (answer.status(), answer.into_body());
        let body = to_bytes(body, 1 << 16).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn node_with_a_panicked_task_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let leaderboards = service(folder.path()).await;
        let (status, body) = ready(&leaderboards).await;
        assert_eq!((status, &body["problems"]), (StatusCode::OK, &json!([])));
        let task = leaderboards.tasks().spawn("test", || async {
            panic!("a panic of the test");
        });
        let failing = async {
            loop {
                let (status, body) = ready(&leaderboards).await;
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    return body;
                }
            }
        };
        let body = timeout(Duration::from_secs(20), failing).await.unwrap();
        let problem = body["problems"][0].as_str().unwrap();
        assert!(problem.contains("test"), "{body}");
        assert!(!problem.contains("a panic"), "{body}");
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(ready(&leaderboards).await.0, StatusCode::OK);
    }
}
