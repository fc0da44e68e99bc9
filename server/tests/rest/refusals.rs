//! Malformed requests: each gets a refusal, and none a 500.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const ONE: &str = "/api/v1/boards/points/submissions";
const BATCH: &str = "/api/v1/boards/points/submissions/batch";

async fn with_points() -> TestServer {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    server
}

/// Sends JSON as text, because a [`Value`] has neither repeated members nor other notations.
async fn send_json(server: &TestServer, method: Method, path: &str, body: &str) -> Answer {
    let request = server.request(method, path).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/json");
    Answer::to(request.body(body.to_owned())).await
}

/// Sends a body of any type, with the token.
async fn send(
    server: &TestServer,
    path: &str,
    kind: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = server
        .request(Method::POST, path)
        .bearer_auth(TOKEN)
        .body(body);
    Answer::to(match kind {
        Some(kind) => request.header("content-type", kind),
        None => request,
    })
    .await
}

#[tokio::test]
async fn unknown_api_path_is_not_found() {
    let server = with_points().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/boards",
        "/api/v1/nothing",
        "/api/v1/boards/points/nothing",
        "/api/v1/boards/points/standings/ann/nothing",
    ] {
        problem::expect(&server.get(path).await, 404, "not_found");
        problem::expect(&server.post(path, &json!({})).await, 404, "not_found");
    }
}

#[tokio::test]
async fn wrong_method_is_not_allowed() {
    let server = with_points().await;
    for (method, path) in [
        (Method::DELETE, "/api/v1/boards"),
        (Method::POST, "/api/v1/boards"),
        (Method::POST, "/api/v1/boards/points"),
        (Method::PATCH, "/api/v1/boards/points/standings"),
        (Method::GET, ONE),
        (Method::PUT, ONE),
        (Method::GET, BATCH),
        (Method::POST, "/api/v1/boards/points/standings"),
        (Method::PUT, "/api/v1/boards/points/standings/ann"),
        (Method::DELETE, "/api/v1/boards/points/standings/ann/around"),
    ] {
        let answer = Answer::to(server.request(method.clone(), path).bearer_auth(TOKEN)).await;
        problem::expect(&answer, 405, "method_not_allowed");
        assert!(
            !answer.header("allow").is_empty(),
            "{method} {path} lists the allowed methods"
        );
    }
}

#[tokio::test]
async fn body_that_is_not_json_is_malformed() {
    let server = with_points().await;
    let bodies: [&[u8]; 7] = [
        b"",
        b"{",
        b"{\"player\": \"ann\", \"value\": 5",
        b"{'player': 'ann'}",
        b"{\"player\": \"ann\", \"value\": 05}",
        b"{\"player\": \"\xff\", \"value\": 5}",
        b"player=ann&value=5",
    ];
    for path in [ONE, BATCH] {
        for body in bodies {
            let answer = send(&server, path, Some("application/json"), body.to_vec()).await;
            problem::expect(&answer, 400, "malformed_json");
        }
    }
    let goes_on = "{\"player\": \"ann\", \"value\": 5} {}";
    let deep = "[".repeat(100_000);
    for (path, body) in [(ONE, goes_on), (BATCH, "[] []"), (BATCH, &deep)] {
        let answer = send(&server, path, Some("application/json"), body.to_owned()).await;
        problem::expect(&answer, 400, "malformed_json");
    }
}

#[tokio::test]
async fn whole_number_is_accepted_in_any_notation() {
    let server = with_points().await;
    let cases = [
        ("-0", 0),
        ("-0.0", 0),
        ("0e5", 0),
        ("0e-999999999999999999999", 0),
        ("1e3", 1000),
        ("-1.0", -1),
        ("2.50E+1", 25),
        ("9007199254740991.0", 9_007_199_254_740_991_i64),
    ];
    for (n, (literal, value)) in cases.into_iter().enumerate() {
        let one = |who: &str| format!("{{\"player\": \"{who}{n}\", \"value\": {literal}}}");
        let alone = send_json(&server, Method::POST, ONE, &one("ann")).await;
        let alone = alone.expect(200);
        assert_eq!(alone["standings"][0]["score"], value, "{literal}");
        let (list, named) = (one("bob"), one("cat"));
        for batch in [
            format!("[{list}]"),
            format!("{{\"submissions\": [{named}]}}"),
        ] {
            let answer = send_json(&server, Method::POST, BATCH, &batch).await;
            let outcome = &answer.expect(200)["outcomes"][0];
            assert_eq!(outcome["standings"][0]["score"], value, "{literal}");
        }
    }
    let board = r#"{"title": "Ten", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time"], "min_score": -0, "max_score": 1e1, "format": {"decimals": 2.0}}"#;
    let board = send_json(&server, Method::PUT, "/api/v1/boards/ten", board).await;
    let board = board.expect(201);
    assert_eq!(
        (&board["min_score"], &board["max_score"], &board["format"]),
        (&json!(0), &json!(10), &json!({ "decimals": 2 }))
    );
}

#[tokio::test]
async fn number_that_is_not_whole_or_too_large_is_refused() {
    let server = with_points().await;
    let long = format!("1e{}", "9".repeat(100_000));
    for literal in [
        "1.5",
        "1e-1",
        "-0.1",
        "9007199254740990.5",
        "9007199254740991.4",
        "9007199254740992.0",
        "1e16",
        "1e19",
        "1e300",
        "1e400",
        "-1e99999999999999999999",
        "1e-400",
        &long,
    ] {
        let one = format!("{{\"player\": \"ann\", \"value\": {literal}}}");
        let answer = send_json(&server, Method::POST, ONE, &one).await;
        problem::expect_invalid(&answer, "value");
        let batch = format!("[{one}, {{\"player\": \"bob\", \"value\": 1}}]");
        let answer = send_json(&server, Method::POST, BATCH, &batch).await;
        let outcomes = &answer.expect(200)["outcomes"];
        problem::check(&outcomes[0], 422, "invalid_value");
        problem::check_field(&outcomes[0], "value");
        assert_eq!(outcomes[1]["status"], 200);
    }
}

#[tokio::test]
async fn repeated_member_is_refused_in_every_body() {
    let server = with_points().await;
    let board = r#"{"title": "Two", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time"], "format": {"decimals": 1, "decimals": 2}}"#;
    let (post, put) = (Method::POST, Method::PUT);
    for (method, path, body, field) in [
        (
            post.clone(),
            ONE,
            r#"{"player":"a","value":1,"value":2}"#,
            "value",
        ),
        (
            post.clone(),
            ONE,
            r#"{"player":"a","player":"a","value":1}"#,
            "player",
        ),
        (
            post.clone(),
            ONE,
            r#"{"player":"a","value":1,"v\u0061lue":1}"#,
            "value",
        ),
        (
            post.clone(),
            ONE,
            r#"{"player":"a","value":1,"x":1,"x":1}"#,
            "x",
        ),
        (
            post.clone(),
            BATCH,
            r#"{"submissions":[],"submissions":[]}"#,
            "submissions",
        ),
        (put.clone(), "/api/v1/boards/two", board, "format.decimals"),
        (
            post.clone(),
            "/api/v1/boards/points/preview",
            r#"{"title":"A","title":"B"}"#,
            "title",
        ),
        (
            post.clone(),
            "/api/v1/boards/points/seasons/all",
            r#"{"change":"close","dry_run":true,"dry_run":false}"#,
            "dry_run",
        ),
        (
            post.clone(),
            "/api/v1/keys",
            r#"{"title":"K","scopes":["read"],"scopes":["admin"]}"#,
            "scopes",
        ),
        (
            post.clone(),
            "/api/v1/accounts",
            r#"{"handle":"ann","password":"correct horse","role":"player","role":"admin"}"#,
            "role",
        ),
        (
            put.clone(),
            "/api/v1/accounts/ann",
            r#"{"role":"player","role":"admin"}"#,
            "role",
        ),
        (
            post.clone(),
            "/api/v1/rulings",
            r#"{"ruling":{"type":"ban","players":["a"],"players":["b"],"banned":true}}"#,
            "ruling.players",
        ),
        (
            post.clone(),
            "/api/v1/rulings",
            r#"{"ruling":{"type":"ban","type":"merge","players":["a"],"banned":true}}"#,
            "ruling.type",
        ),
        (
            put,
            "/api/v1/players/a/name",
            r#"{"name":"A","name":"B"}"#,
            "name",
        ),
        (
            post.clone(),
            "/api/v1/tokens",
            r#"{"player":"a","player":"b"}"#,
            "player",
        ),
        (
            post,
            "/api/v1/engine/rebuild",
            r#"{"board":"points","season":"all","season":"all"}"#,
            "season",
        ),
    ] {
        let answer = send_json(&server, method, path, body).await;
        problem::expect_invalid(&answer, field);
    }
}

#[tokio::test]
async fn list_of_values_is_no_object() {
    let server = with_points().await;
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    for (method, path, body) in [
        (patch, "/api/v1/boards/points", "[]"),
        (
            put.clone(),
            "/api/v1/boards/ten",
            r#"["Ten", "best", "descending", "shared", ["all_time"]]"#,
        ),
        (post.clone(), ONE, r#"[null, "ann", null, 5, null]"#),
        (post.clone(), "/api/v1/keys", r#"["K", ["admin"], null]"#),
        (post.clone(), "/api/v1/tokens", r#"["ann"]"#),
        (post, "/api/v1/rulings", r#"[["ban", ["ann"], true], ""]"#),
        (put, "/api/v1/players/ann/name", r#"["Ann"]"#),
    ] {
        let answer = send_json(&server, method, path, body).await;
        problem::expect_invalid(&answer, ".");
    }
    let batch = r#"[[null, "ann", null, 5, null], {"player": "bob", "value": 3}]"#;
    let answer = send_json(&server, Method::POST, BATCH, batch).await;
    let outcomes = &answer.expect(200)["outcomes"];
    problem::check(&outcomes[0], 422, "invalid_value");
    assert_eq!(outcomes[1]["status"], 200);
}

#[tokio::test]
async fn repeated_member_refuses_one_submission_of_a_batch() {
    let server = with_points().await;
    let list = r#"[{"player":"a","value":1,"value":2},{"player":"b","value":3},
        {"player":"c","value":{"d":1,"d":2}}]"#;
    for body in [list.to_owned(), format!("{{\"submissions\":{list}}}")] {
        let answer = send_json(&server, Method::POST, BATCH, &body).await;
        let outcomes = &answer.expect(200)["outcomes"];
        for (index, field) in [(0, "value"), (2, "value.d")] {
            problem::check(&outcomes[index], 422, "invalid_value");
            assert_eq!(outcomes[index]["field"], field);
        }
        assert_eq!(outcomes[1]["status"], 200);
    }
    let standings = server.get("/api/v1/boards/points/standings").await;
    assert_eq!(standings.expect(200)["total"], 1, "only b was recorded");
}

#[tokio::test]
async fn body_of_another_type_is_unsupported() {
    let server = with_points().await;
    let body = json!({ "player": "ann", "value": 5 }).to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("json"),
    ] {
        let answer = send(&server, ONE, kind, body.clone()).await;
        problem::expect(&answer, 415, "unsupported_media_type");
    }
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "Application/X+JSON",
    ] {
        send(&server, ONE, Some(kind), body.clone())
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn body_over_one_mebibyte_is_too_large() {
    let server = with_points().await;
    let limit = 1 << 20;
    let body = |size: usize| {
        let one = json!({ "player": "ann", "value": 5 }).to_string();
        format!("{one}{}", " ".repeat(size - one.len()))
    };
    for (size, expected) in [(limit, "HTTP/1.1 200"), (limit + 1, "HTTP/1.1 413")] {
        let head = format!(
            "POST {ONE} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
        );
        let answer = server
            .raw(format!("{head}{}", body(size)).into_bytes())
            .await;
        let (status, _) = answer.split_once("\r\n").unwrap();
        assert!(status.starts_with(expected), "{size} bytes: {answer}");
        if size > limit {
            let (_, problem) = answer.split_once("\r\n\r\n").unwrap();
            let problem = &problem[problem.find('{').unwrap()..=problem.rfind('}').unwrap()];
            problem::check(
                &serde_json::from_str::<Value>(problem).unwrap(),
                413,
                "body_too_large",
            );
        }
    }
}

#[tokio::test]
async fn hostile_requests_get_a_client_error() {
    let server = with_points().await;
    let api = "/api/v1/boards/points";
    let gets = [
        format!("{api}/standings?limit=%FF"),
        format!("{api}/standings?limit=%00&offset=%0A"),
        format!("{api}/standings?season=%F0%9F%8F%86"),
        format!("{api}/standings?season={}", "9".repeat(5000)),
        format!("{api}/standings/%00"),
        format!("{api}/standings/%FF"),
        format!("{api}/standings/{}", "x".repeat(5000)),
        format!("{api}/standings/%20/around"),
        format!("{api}/standings/..%2F..%2Fetc"),
        "/api/v1/boards/%FF/standings".to_owned(),
        "/api/v1/boards/%2e%2e/standings".to_owned(),
        format!("/api/v1/boards/{}/standings", "b".repeat(5000)),
        "/api/v1/boards/'%20OR%201=1--/standings".to_owned(),
    ];
    for path in gets {
        check(&server.get(&path).await, &path);
    }
    let bodies = [
        json!(null),
        json!([]),
        json!(5),
        json!("text"),
        json!([[[]]]),
        json!({}),
        json!({ "submissions": {} }),
        json!({ "submissions": null }),
        json!({ "player": {}, "value": {} }),
    ];
    for body in bodies {
        check(&server.post(ONE, &body).await, &body.to_string());
        check(
            &server.put("/api/v1/boards/new", &body).await,
            &body.to_string(),
        );
        if body != json!([]) && body != json!([[[]]]) {
            check(&server.post(BATCH, &body).await, &body.to_string());
        }
    }
}

/// Asserts a complete refusal with a client error status.
fn check(answer: &Answer, asked: &str) {
    let status = StatusCode::from_u16(answer.status).expect("a status");
    assert!(status.is_client_error(), "{asked}: {answer:?}");
    let code = answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    problem::expect(answer, answer.status, &code);
}
