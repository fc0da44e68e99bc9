//! `/healthz`: the process runs. `/readyz`: its engines respond. `/metrics`: Prometheus.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use leaderport::service::Leaderboards;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use crate::config::MetricsToken;
use crate::http::operators;
use crate::http::problem::Problem;

/// Timeout for the check of an engine.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Maximum age of a check of the engines. Anybody may ask, and each check is a query.
const FRESH: Duration = Duration::from_secs(1);

/// Media type of the metrics: the text format of Prometheus, with its version.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Scheme of a header with a token.
const BEARER: &[u8] = b"Bearer ";

/// Whether the process runs.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_healthz",
    tag = "health",
    responses((status = 200, description = "`ok`", content((String = "text/plain")))),
    security(()),
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The last check of the engines, which requests share.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Engines)>>);

/// The engines that respond.
#[derive(Debug, Clone, Copy)]
struct Engines {
    has_ledger: bool,
    has_broker: bool,
}

impl Engines {
    async fn check(leaderboards: &Leaderboards) -> Self {
        let (ledger, broker) = tokio::join!(
            timeout(TIMEOUT, leaderboards.check_ledger()),
            timeout(TIMEOUT, leaderboards.check_broker())
        );
        Self {
            has_ledger: matches!(ledger, Ok(Ok(()))),
            has_broker: matches!(broker, Ok(Ok(()))),
        }
    }
}

impl Readiness {
    /// The result of a fresh check. Runs `check` if the last one is too old; concurrent requests
    /// wait for it.
    async fn shared(&self, check: impl Future<Output = Engines>) -> Engines {
        let mut last = self.0.lock().await;
        if let Some((at, engines)) = *last
            && at.elapsed() < FRESH
        {
            return engines;
        }
        let engines = check.await;
        *last = Some((Instant::now(), engines));
        engines
    }
}

/// The readiness of a node.
#[derive(Serialize, ToSchema)]
struct NodeState {
    /// Whether it can serve reads and accept writes.
    ready: bool,
    /// `ok` or `away`.
    #[schema(value_type = String)]
    ledger: &'static str,
    /// `ok` or `away`.
    #[schema(value_type = String)]
    broker: &'static str,
    /// Sentences for operators. The public address hides them.
    problems: Vec<String>,
}

/// Whether the node can serve reads and accept writes, and its lasting tasks run.
///
/// Without the broker, both work but are degraded. Without the ledger, writes fail. The answer is up to
/// a second old.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "get_readyz",
    tag = "health",
    responses(
        (status = 200, description = "The node is ready.", body = NodeState),
        (status = 503, description = "The node is not ready.", body = NodeState),
    ),
    security(()),
)]
pub(crate) async fn readyz(
    State(readiness): State<Arc<Readiness>>,
    State(leaderboards): State<Arc<Leaderboards>>,
    extensions: Extensions,
) -> Response {
    let engines = readiness.shared(Engines::check(&leaderboards)).await;
    let mut problems = leaderboards.problems();
    let is_ready = engines.has_ledger && problems.is_empty();
    if !operators::are_shown(&extensions) {
        problems.clear();
    }
    let word = |is_up| if is_up { "ok" } else { "away" };
    let (ledger, broker) = (word(engines.has_ledger), word(engines.has_broker));
    let body = NodeState {
        ready: is_ready,
        ledger,
        broker,
        problems,
    };
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
) -> Result<impl IntoResponse, Problem> {
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
    Ok(([(CONTENT_TYPE, EXPOSITION)], metrics.render()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::to_bytes;
    use futures::future::join_all;
    use serde_json::{Value, json};
    use tokio::time::sleep;

    use super::*;
    use crate::http::operators::Door;
    use crate::startup::embedded::service;

    /// The answer to a request from a side of the node.
    async fn ready(leaderboards: &Arc<Leaderboards>, door: Door) -> (StatusCode, Value) {
        let mut extensions = Extensions::new();
        extensions.insert(door);
        let readiness = State(Arc::default());
        let answer = readyz(readiness, State(leaderboards.clone()), extensions).await;
        let (status, body) = (answer.status(), answer.into_body());
        let body = to_bytes(body, 1 << 16).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn node_with_a_panicked_task_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let leaderboards = service(folder.path()).await;
        let (status, body) = ready(&leaderboards, Door::Operators).await;
        assert_eq!((status, &body["problems"]), (StatusCode::OK, &json!([])));
        let task = leaderboards.tasks().spawn("test", || async {
            panic!("a panic of the test");
        });
        let failing = async {
            loop {
                let (status, body) = ready(&leaderboards, Door::Operators).await;
                let hidden = ready(&leaderboards, Door::Public).await;
                if [status, hidden.0] == [StatusCode::SERVICE_UNAVAILABLE; 2] {
                    assert_eq!(hidden.1["problems"], json!([]));
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
        let (status, _) = ready(&leaderboards, Door::Operators).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// A check that takes a moment, and is counted.
    async fn count(checks: &AtomicUsize) -> Engines {
        checks.fetch_add(1, Ordering::Relaxed);
        sleep(FRESH / 2).await;
        Engines {
            has_ledger: true,
            has_broker: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_share_a_check_for_a_second() {
        let (readiness, checks) = (Readiness::default(), AtomicUsize::new(0));
        for expected in 1..=3 {
            let requests = (0..100).map(|_| readiness.shared(count(&checks)));
            for engines in join_all(requests).await {
                assert!(engines.has_ledger && !engines.has_broker);
            }
            assert_eq!(checks.load(Ordering::Relaxed), expected);
            sleep(FRESH).await;
        }
    }
}
