//! The delay of refusals for exceeded quotas.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

/// Delay of a refusal. Without it, a client that repeats at once keeps the node busy with refusals,
/// at the cost of others.
const DELAY: Duration = Duration::from_millis(250);

/// Delays each answer that says "too many requests", whichever quota was exceeded.
pub(crate) async fn delay(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        tokio::time::sleep(DELAY).await;
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_exceeded_quotas_are_answered_with_a_delay() {
        for (status, delay) in [
            (StatusCode::OK, Duration::ZERO),
            (StatusCode::UNPROCESSABLE_ENTITY, Duration::ZERO),
            (StatusCode::TOO_MANY_REQUESTS, DELAY),
        ] {
            let routes = Router::new()
                .route("/", get(move || async move { status }))
                .layer(from_fn(super::delay));
            let began = Instant::now();
            let response = routes.oneshot(Request::new(Body::empty())).await.unwrap();
            assert_eq!(response.status(), status);
            // The clock of a paused runtime has steps of a millisecond.
            let took = began.elapsed();
            assert!(
                took >= delay && took <= delay + Duration::from_millis(1),
                "{status}: {took:?}"
            );
        }
    }
}
