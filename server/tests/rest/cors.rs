//! Pages of other origins: what their scripts may send and read (CORS).

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Answer, TOKEN, TestServer, points};

const ALLOWED: &str = "https://play.example";
const OTHER: &str = "https://other.example";

/// Request headers that the API reads.
const READ: [&str; 10] = [
    "authorization",
    "content-type",
    "accept",
    "if-match",
    "if-none-match",
    "last-event-id",
    "idempotency-key",
    "x-request-id",
    "traceparent",
    "tracestate",
];

/// Documented response headers that scripts cannot read without permission.
const DOCUMENTED: [&str; 12] = [
    "etag",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "content-disposition",
    "allow",
    "www-authenticate",
    "leaderport-position",
    "idempotency-replayed",
    "x-request-id",
    "cdn-cache-control",
    "vary",
];

async fn start(flags: &[&str]) -> TestServer {
    let flags = [&["--allow-origin", ALLOWED], flags].concat();
    let server = TestServer::start_over(&flags);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    server
}

async fn preflight(server: &TestServer, origin: &str, method: &str, header: &str) -> Answer {
    let request = server.request(Method::OPTIONS, "/api/v1/boards/points");
    let request = request.header("origin", origin);
    let request = request.header("access-control-request-method", method);
    Answer::to(request.header("access-control-request-headers", header)).await
}

/// The names in a list of headers or methods.
fn names<'a>(answer: &'a Answer, header: &str) -> Vec<&'a str> {
    answer.header(header).split(',').map(str::trim).collect()
}

/// Asserts that scripts of `origin` can read the answer and its headers.
fn check_shared(answer: &Answer, origin: &str) {
    let shared = answer.header("access-control-allow-origin");
    assert_eq!(shared, origin, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let exposed = names(answer, "access-control-expose-headers");
    assert!(
        DOCUMENTED.iter().all(|name| exposed.contains(name)),
        "{answer:?}"
    );
    let varies = answer.headers.get_all("vary").iter();
    let mut varies = varies.filter_map(|value| value.to_str().ok());
    assert!(varies.any(|value| value.contains("origin")), "{answer:?}");
}

#[tokio::test]
async fn allowed_origin_may_send_every_header_that_the_api_reads() {
    let server = start(&[]).await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        for header in READ {
            let answer = preflight(&server, ALLOWED, method, header).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("access-control-allow-origin"), ALLOWED);
            assert!(names(&answer, "access-control-allow-methods").contains(&method));
            assert!(names(&answer, "access-control-allow-headers").contains(&header));
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
    }
}

#[tokio::test]
async fn other_origins_may_ask_for_open_reads_only() {
    let server = start(&[]).await;
    for origin in [OTHER, "null"] {
        for header in ["if-none-match", "last-event-id", "accept"] {
            let answer = preflight(&server, origin, "GET", header).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert_eq!(
                names(&answer, "access-control-allow-methods"),
                ["GET", "HEAD"]
            );
            let allowed = names(&answer, "access-control-allow-headers");
            assert!(allowed.contains(&header), "{answer:?}");
            assert!(!allowed.contains(&"authorization"), "{answer:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let answer = preflight(&server, origin, method, "content-type").await;
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
}

/// Requests that the API answers with this status.
fn requests(server: &TestServer) -> Vec<(u16, RequestBuilder)> {
    let get = |path: &str| server.request(Method::GET, path);
    let post = |path: &str| server.request(Method::POST, path).bearer_auth(TOKEN);
    let board = "/api/v1/boards/points";
    let submissions = "/api/v1/boards/points/submissions";
    let one = json!({ "player": "ann", "value": 5 });
    vec![
        (200, get(board)),
        (200, get("/api/v1/boards/points/standings")),
        (
            200,
            get("/api/v1/events?channels=page:points:all:1&once=true"),
        ),
        (200, post(submissions).json(&one)),
        (
            400,
            post(submissions)
                .header("content-type", "application/json")
                .body("{"),
        ),
        (401, get("/api/v1/keys")),
        (401, get("/api/v1/keys").bearer_auth("unknown")),
        (404, get("/api/v1/boards/none")),
        (404, get("/api/v1/nothing")),
        (404, get("/api/v2/boards")),
        (404, get("/api")),
        (
            405,
            server
                .request(Method::DELETE, submissions)
                .bearer_auth(TOKEN),
        ),
        (412, {
            let request = server.request(Method::PUT, board).bearer_auth(TOKEN);
            request.header("if-match", "\"9\"").json(&points())
        }),
        (415, post(submissions).body("x")),
        (422, get("/api/v1/boards/points/standings?limit=x")),
    ]
}

#[tokio::test]
async fn allowed_origin_can_read_every_answer() {
    let server = start(&["--limit-address", "3/h"]).await;
    for (status, request) in requests(&server) {
        let answer = Answer::to(request.header("origin", ALLOWED)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        check_shared(&answer, ALLOWED);
    }
    let tag = server.get("/api/v1/boards/points/standings").await;
    let request = server.request(Method::GET, "/api/v1/boards/points/standings");
    let request = request.header("if-none-match", tag.header("etag"));
    let unchanged = Answer::to(request.header("origin", ALLOWED)).await;
    assert_eq!(unchanged.status, 304);
    check_shared(&unchanged, ALLOWED);
    // Sent as bytes, because the server may close the connection before it has read the whole body.
    let size = 2 << 20;
    let head = format!(
        "POST /api/v1/boards/points/submissions HTTP/1.1\r\nhost: localhost\r\n\
         origin: {ALLOWED}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: {size}\r\nconnection: close\r\n\r\n"
    );
    let body = " ".repeat(size);
    let answer = server.raw(format!("{head}{body}").into_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let shared = format!("access-control-allow-origin: {ALLOWED}\r\n");
    assert!(answer.contains(&shared), "{answer}");
    // The limit by address refuses before the API's routes.
    let write = || {
        let request = server.request(Method::POST, "/api/v1/boards/points/submissions");
        request.header("origin", ALLOWED).json(&json!({}))
    };
    for _ in 0..3 {
        check_shared(&Answer::to(write()).await, ALLOWED);
    }
    let limited = Answer::to(write()).await;
    assert_eq!(limited.status, 429);
    check_shared(&limited, ALLOWED);
}

#[tokio::test]
async fn any_origin_can_read_what_is_open() {
    let server = start(&[]).await;
    for (status, request) in requests(&server) {
        let request = request.header("origin", OTHER).build().unwrap();
        let is_open =
            request.method() == Method::GET && !request.headers().contains_key("authorization");
        let request = RequestBuilder::from_parts(server.http.clone(), request);
        let answer = Answer::to(request).await;
        if is_open {
            assert_eq!(answer.status, status, "{answer:?}");
            check_shared(&answer, "*");
        } else {
            assert_eq!(
                answer.header("access-control-allow-origin"),
                "",
                "{answer:?}"
            );
        }
    }
    for path in ["/healthz", "/metrics", "/"] {
        let request = server.request(Method::GET, path).header("origin", OTHER);
        let answer = Answer::to(request).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}
