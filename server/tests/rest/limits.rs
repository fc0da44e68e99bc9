//! Rate limits of players, keys, boards, handles and addresses.

use reqwest::Method;
use serde_json::json;

use super::problem;
use crate::support::{Answer, TestServer, points};

#[tokio::test]
async fn exceeded_quota_answers_429_with_the_quota_and_retry_after() {
    let server = TestServer::start_over(&["--limit-player", "3/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let cookie = server.guest("Ann").await;
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let ann = rows["rows"][0]["player"].clone();
    let submit = async |value: i64| {
        let path = "/api/v1/boards/points/submissions";
        let request = server.request(Method::POST, path).header("cookie", &cookie);
        Answer::to(request.json(&json!({ "player": ann, "value": value }))).await
    };
    submit(6).await.expect(200);
    submit(7).await.expect(200);
    let refused = submit(8).await;
    problem::expect(&refused, 429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1100..=1200).contains(&wait), "{refused:?}");
    assert_eq!(refused.header("ratelimit-policy"), "\"player\";q=3;w=3600");
    assert_eq!(
        refused.header("ratelimit"),
        format!("\"player\";r=0;t={wait}")
    );
    // The page's form is refused in the same way.
    let form = [("slug", "points"), ("name", "Ann"), ("score", "9")];
    let refused = server.form("submit", Some(&cookie), &form).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
    assert_eq!(refused.header("ratelimit-policy"), "\"player\";q=3;w=3600");
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(rows["rows"][0]["score"], 7);
}

#[tokio::test]
async fn key_board_and_handle_have_separate_quotas() {
    let quotas = [
        "--limit-key",
        "2/h",
        "--limit-board",
        "3/h",
        "--limit-handle",
        "2/h",
    ];
    let server = TestServer::start_over(&quotas);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let mut keys = Vec::new();
    for title in ["one", "two"] {
        let draft = json!({ "title": title, "scopes": ["submit"] });
        let made = server.post("/api/v1/keys", &draft).await.expect(201);
        keys.push(made["secret"].as_str().unwrap().to_owned());
    }
    let submit = async |key: &str| {
        let path = "/api/v1/boards/points/submissions";
        let one = json!({ "player": "ann", "value": 5 });
        let request = server.request(Method::POST, path).bearer_auth(key);
        Answer::to(request.json(&one)).await
    };
    submit(&keys[0]).await.expect(200);
    submit(&keys[0]).await.expect(200);
    let limited = |answer: &Answer, name: &str, quota: &str| {
        problem::expect(answer, 429, "too_many_requests");
        let policy = answer.header("ratelimit-policy");
        assert_eq!(policy, format!("\"{name}\";{quota};w=3600"));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=3600).contains(&wait), "{answer:?}");
    };
    limited(&submit(&keys[0]).await, "key", "q=2");
    submit(&keys[1]).await.expect(200);
    limited(&submit(&keys[1]).await, "board", "q=3");
    // Password guesses for one handle share a quota across all addresses.
    for status in [401, 401, 429] {
        let form = [("handle", "ann"), ("password", "correct horse")];
        let answer = server.form("sign-in", None, &form).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let form = [("handle", "bob"), ("password", "correct horse")];
    assert_eq!(server.form("sign-in", None, &form).await.status, 401);
}

/// Guests are free to make, so their own quota alone limits nobody.
#[tokio::test]
async fn renames_are_limited_by_player_and_by_address() {
    let server = TestServer::start_over(&["--limit-player", "3/h", "--limit-address", "7/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let rename = async |cookie: &str, name: &str| {
        let form = [("name", name)];
        server.form("rename", Some(cookie), &form).await
    };
    let limited = |answer: &Answer, quota: &str| {
        assert_eq!(answer.status, 429, "{answer:?}");
        let policy = answer.header("ratelimit-policy");
        assert!(policy.starts_with(&format!("\"{quota}\";")), "{policy}");
    };
    // A guest begins with a submission, which counts for both quotas.
    let ann = server.guest("Ann").await;
    rename(&ann, "Ann 1").await.expect_form();
    rename(&ann, "Ann 2").await.expect_form();
    limited(&rename(&ann, "Ann 3").await, "player");
    let bob = server.guest("Bob").await;
    rename(&bob, "Bob 1").await.expect_form();
    rename(&bob, "Bob 2").await.expect_form();
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let names = [&rows["rows"][0]["name"], &rows["rows"][1]["name"]];
    assert_eq!(names, ["Ann 2", "Bob 2"]);
    limited(&rename(&bob, "Bob 3").await, "address");
    // An own rename is no ruling.
    let audit = server
        .get_with_token("/api/v1/audit?action=rename_player")
        .await
        .expect(200);
    assert_eq!(audit["entries"], json!([]));
}

#[tokio::test]
async fn unauthenticated_requests_are_limited_by_address() {
    let server = TestServer::start_over(&["--limit-address", "5/h", "--limit-sign-in", "2/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    // Guessed tokens and unauthenticated writes share the quota of the address.
    let bad = |token: &str| {
        server
            .request(Method::GET, "/api/v1/keys")
            .bearer_auth(token)
    };
    for n in 0..3 {
        problem::expect(
            &Answer::to(bad(&format!("lp_{n}"))).await,
            401,
            "unauthorized",
        );
    }
    let stranger = || server.request(Method::POST, "/api/v1/boards/points/submissions");
    for _ in 0..2 {
        problem::expect(
            &Answer::to(stranger().json(&json!({}))).await,
            401,
            "unauthorized",
        );
    }
    for request in [bad("lp_5"), stranger().json(&json!({}))] {
        let refused = Answer::to(request).await;
        problem::expect(&refused, 429, "too_many_requests");
        assert!(
            refused
                .header("ratelimit-policy")
                .starts_with("\"address\""),
            "{refused:?}"
        );
    }
    // Sign-in has its own quota, and reads have none.
    for status in [401, 401, 429] {
        let form = [("handle", "nobody"), ("password", "correct horse")];
        let answer = server.form("sign-in", None, &form).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    // The sign-in form ignores the `Authorization` header, so the header does not avoid the quota.
    let form = [("handle", "another"), ("password", "correct horse")];
    let request = server.request(Method::POST, "/_fn/sign-in").form(&form);
    let answer = Answer::to(request.bearer_auth("x").header("origin", &server.url)).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    server.get("/api/v1/boards").await.expect(200);
    // A caller with a valid token is not limited by address.
    let one = json!({ "player": "ann", "value": 5 });
    for _ in 0..10 {
        let path = "/api/v1/boards/points/submissions";
        server.post(path, &one).await.expect(200);
    }
}

#[tokio::test]
async fn trusted_proxy_sets_the_client_address() {
    for (flags, second) in [(vec!["--trust-forwarded"], 401), (vec![], 429)] {
        let flags = [&["--limit-address", "1/h"], &flags[..]].concat();
        let server = TestServer::start_over(&flags);
        let from = |address: &str| {
            let request = server.request(Method::POST, "/api/v1/boards/points/submissions");
            request.header("x-forwarded-for", address).json(&json!({}))
        };
        assert_eq!(Answer::to(from("1.2.3.4")).await.status, 401);
        assert_eq!(
            Answer::to(from("1.2.3.5")).await.status,
            second,
            "{flags:?}"
        );
        assert_eq!(Answer::to(from("6.6.6.6, 1.2.3.4")).await.status, 429);
    }
}
