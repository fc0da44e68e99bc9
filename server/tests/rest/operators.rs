//! The operators' address, and the token of the metrics.

use reqwest::Method;
use serde_json::json;

use super::problem;
use crate::support::{Answer, TOKEN, TestServer};

const METRICS_TOKEN: &str = "a-token-for-metrics-which-is-long-enough";

#[tokio::test]
async fn metrics_token_is_required_if_set() {
    let server = TestServer::start_over(&["--metrics-token", METRICS_TOKEN]);
    let get = async |header: Option<&str>| {
        let request = server.request(Method::GET, "/metrics");
        Answer::to(match header {
            Some(header) => request.header("authorization", header),
            None => request,
        })
        .await
    };
    let right = format!("Bearer {METRICS_TOKEN}");
    server.get("/api/v1/boards").await.expect(200);
    for header in [&right, &right.replacen("Bearer", "bearer", 1)] {
        let metrics = get(Some(header)).await;
        assert_eq!(metrics.status, 200, "{header}");
        assert!(metrics.text.contains("leaderport_"), "{}", metrics.text);
    }
    let longer = format!("{right}x");
    let shorter = &right[..right.len() - 1];
    let operator = format!("Bearer {TOKEN}");
    let basic = format!("Basic {METRICS_TOKEN}");
    let wrong = [
        METRICS_TOKEN,
        "",
        "Bearer",
        "Bearer ",
        &longer,
        shorter,
        &operator,
        &basic,
    ];
    for header in wrong.into_iter().map(Some).chain([None]) {
        let refused = get(header).await;
        problem::expect(&refused, 401, "unauthorized");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    // The token of the metrics opens nothing else.
    let keys = server.request(Method::GET, "/api/v1/keys");
    problem::expect(
        &Answer::to(keys.bearer_auth(METRICS_TOKEN)).await,
        401,
        "unauthorized",
    );
}

#[tokio::test]
async fn operators_pages_are_on_their_own_address_only() {
    let server = TestServer::start_over(&["--admin-listen", "127.0.0.1:0"]);
    let operators = server.operators_url();
    assert_ne!(operators, server.url);
    let root = json!({ "handle": "root", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &root).await.expect(201);
    let cookie = server.sign_in("root", "correct horse").await;
    let at = async |method: Method, url: &str, path: &str| {
        let request = server.http.request(method, format!("{url}{path}"));
        let request = request.header("cookie", &cookie).header("origin", url);
        Answer::to(request).await
    };
    for path in ["/metrics", "/admin", "/admin/players", "/admin/keys"] {
        let hidden = at(Method::GET, &server.url, path).await;
        assert_eq!(hidden.status, 404, "{path}: {hidden:?}");
        let shown = at(Method::GET, &operators, path).await;
        assert_eq!(shown.status, 200, "{path}: {shown:?}");
    }
    for path in ["/_fn/admin/engine", "/_fn/moderate/find"] {
        let hidden = at(Method::POST, &server.url, path).await;
        problem::expect(&hidden, 404, "not_found");
        assert_ne!(
            at(Method::POST, &operators, path).await.status,
            404,
            "{path}"
        );
    }
    // Everything else is on both, and only the operators' pages link to the admin page.
    for (url, is_linked) in [(&server.url, false), (&operators, true)] {
        let home = at(Method::GET, url, "/").await;
        assert_eq!(home.status, 200);
        assert_eq!(
            home.text.contains("href=\"/admin\""),
            is_linked,
            "{}",
            home.text
        );
        assert_eq!(at(Method::GET, url, "/api/v1/boards").await.status, 200);
        assert_eq!(at(Method::GET, url, "/healthz").await.status, 200);
    }
}

#[tokio::test]
async fn one_address_has_everything_by_default() {
    let server = TestServer::start();
    assert_eq!(server.get("/metrics").await.status, 200);
    assert_eq!(server.get("/admin").await.status, 401);
}

#[tokio::test]
async fn stop_ends_both_addresses() {
    let mut server = TestServer::start_over(&["--admin-listen", "127.0.0.1:0"]);
    let operators = server.operators_url();
    let healthz = format!("{operators}/healthz");
    assert_eq!(
        server.http.get(&healthz).send().await.unwrap().status(),
        200
    );
    assert!(server.stop().success());
    assert!(server.http.get(&healthz).send().await.is_err());
}
