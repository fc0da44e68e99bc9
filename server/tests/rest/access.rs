//! Who may write.

use reqwest::Method;
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

/// Every write, with a body that would be accepted.
fn writes() -> [(Method, &'static str, Value); 6] {
    let one = json!({ "player": "ann", "value": 5 });
    [
        (Method::PUT, "/api/v1/boards/points", points()),
        (
            Method::POST,
            "/api/v1/boards/points/submissions",
            one.clone(),
        ),
        (
            Method::POST,
            "/api/v1/boards/points/submissions/batch",
            json!({ "submissions": [one] }),
        ),
        (
            Method::POST,
            "/api/v1/engine/sync",
            json!({ "board": "points", "season": "all" }),
        ),
        (
            Method::POST,
            "/api/v1/engine/rebuild",
            json!({ "board": "points", "season": "all" }),
        ),
        (
            Method::POST,
            "/api/v1/engine/clear-cache",
            json!({ "board": "points" }),
        ),
    ]
}

#[tokio::test]
async fn a_write_without_the_token_is_unauthorized() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    for (method, path, body) in writes() {
        let request = || server.request(method.clone(), path).json(&body);
        for request in [
            request(),
            request().bearer_auth("another-token"),
            request().bearer_auth(&TOKEN[1..]),
            request().bearer_auth(format!("{TOKEN}x")),
            request().bearer_auth(""),
            request().basic_auth("api", Some(TOKEN)),
            request().header("authorization", TOKEN),
        ] {
            let answer = Answer::to(request).await;
            problem::expect(&answer, 401, "unauthorized");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{answer:?}"
            );
        }
    }
    let answer = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(answer["total"], 0, "nothing was written");
}

#[tokio::test]
async fn a_write_with_the_token_is_accepted() {
    let server = TestServer::start();
    for ((method, path, body), status) in writes().into_iter().zip([201, 200, 200]) {
        let request = server.request(method, path).bearer_auth(TOKEN).json(&body);
        Answer::to(request).await.expect(status);
    }
}

#[tokio::test]
async fn a_read_needs_no_token() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    server
        .post(
            "/api/v1/boards/points/submissions",
            &json!({ "player": "ann", "value": 5 }),
        )
        .await
        .expect(200);
    for path in [
        "/api/v1/boards",
        "/api/v1/boards/points/standings",
        "/api/v1/boards/points/standings/ann",
        "/api/v1/boards/points/standings/ann/around",
    ] {
        server.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn a_server_without_a_token_takes_no_writes() {
    let server = TestServer::start_without_token();
    for (method, path, body) in writes() {
        for token in ["", TOKEN] {
            let request = server
                .request(method.clone(), path)
                .bearer_auth(token)
                .json(&body);
            problem::expect(&Answer::to(request).await, 403, "writes_disabled");
        }
    }
    let answer = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(answer["boards"], json!([]));
}

#[tokio::test]
async fn a_write_from_a_foreign_page_is_refused() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let own = server.url.clone();
    for (method, path, body) in writes() {
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1",
            &format!("{own}.evil.example"),
        ] {
            let request = server
                .request(method.clone(), path)
                .bearer_auth(TOKEN)
                .json(&body);
            let answer = Answer::to(request.header("origin", origin)).await;
            problem::expect(&answer, 403, "foreign_origin");
        }
    }
    let answer = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(answer["total"], 0, "nothing was written");
}

#[tokio::test]
async fn a_write_from_an_own_page_and_a_read_from_any_are_answered() {
    let server = TestServer::start();
    let own = server.url.clone();
    for ((method, path, body), status) in writes().into_iter().zip([201, 200, 200]) {
        let request = server.request(method, path).bearer_auth(TOKEN).json(&body);
        Answer::to(request.header("origin", &own))
            .await
            .expect(status);
    }
    let read = server
        .request(Method::GET, "/api/v1/boards")
        .header("origin", "https://evil.example");
    Answer::to(read).await.expect(200);
}
