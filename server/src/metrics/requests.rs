//! The count and the duration of requests, by route.
//!
//! A route's metrics are found once, and then shared by its requests: a request only looks its route up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Counter, Histogram};
use tokio::time::Instant;

/// The route of requests that no route matches.
const OTHER: &str = "other";

/// The metrics of all routes that have had a request. Their number is that of the routes.
#[derive(Default)]
pub(crate) struct Requests(RwLock<HashMap<Box<str>, Arc<Route>>>);

/// The metrics of a route.
struct Route {
    name: Box<str>,
    seconds: Histogram,
    /// The counters of the few statuses that the route has answered.
    counts: RwLock<Vec<(StatusCode, Counter)>>,
}

impl Requests {
    fn route(&self, name: &str) -> Arc<Route> {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = routes.get(name) {
            return route.clone();
        }
        drop(routes);
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Route::new(name));
        routes.entry(name.into()).or_insert_with(new).clone()
    }
}

impl Route {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            seconds: metrics::histogram!("leaderport_request_seconds", "route" => name.to_owned()),
            counts: RwLock::default(),
        }
    }

    fn count(&self, status: StatusCode) {
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        let known = counts.iter().find(|(known, _)| *known == status);
        if let Some((_, count)) = known {
            count.increment(1);
            return;
        }
        drop(counts);
        let (name, code) = (self.name.to_string(), status.as_str().to_owned());
        let count =
            metrics::counter!("leaderport_requests_total", "route" => name, "status" => code);
        count.increment(1);
        let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
        // A concurrent request may have added the same counter. Both count the same metric.
        counts.push((status, count));
    }
}

/// Counts and times requests by route.
pub(crate) async fn count(
    State(requests): State<Arc<Requests>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let route = requests.route(path.map_or(OTHER, MatchedPath::as_str));
    let began = Instant::now();
    let response = next.run(request).await;
    route.seconds.record(began.elapsed());
    route.count(response.status());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_a_route_share_its_metrics() {
        let requests = Requests::default();
        let route = requests.route("/boards/{slug}");
        assert!(Arc::ptr_eq(&route, &requests.route("/boards/{slug}")));
        assert!(!Arc::ptr_eq(&route, &requests.route(OTHER)));
        for status in [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::OK] {
            route.count(status);
        }
        let counts = route.counts.read().unwrap();
        let statuses: Vec<StatusCode> = counts.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::NOT_FOUND]);
    }
}
