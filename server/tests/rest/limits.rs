//! Rate limits of players, keys, boards, handles and addresses.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

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
    // Wrong passwords for one handle have a quota.
    for status in [401, 401, 429] {
        let form = [("handle", "ann"), ("password", "correct horse")];
        let answer = server.form("sign-in", None, &form).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let form = [("handle", "bob"), ("password", "correct horse")];
    assert_eq!(server.form("sign-in", None, &form).await.status, 401);
}

/// Anyone can create guests, so a quota for each guest is no limit.
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
    // Sign-in and reads have their own quotas.
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

/// The end of notifications checks no token, so a token in its request does not avoid the quota.
#[tokio::test]
async fn ends_of_notifications_are_limited_by_address() {
    let server = TestServer::start_over(&["--limit-address", "2/h"]);
    let stop = async |token: Option<&str>| {
        let path = format!("/api/v1/push/{}", "0".repeat(32));
        let request = server.request(Method::DELETE, &path);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Answer::to(request).await
    };
    assert_eq!(stop(None).await.status, 204);
    assert_eq!(stop(Some("x")).await.status, 204);
    for token in [None, Some("x"), Some(crate::support::TOKEN)] {
        problem::expect(&stop(token).await, 429, "too_many_requests");
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

#[tokio::test]
async fn only_failed_sign_ins_count_and_strangers_cannot_lock_an_account() {
    let quotas = ["--limit-handle", "2/h", "--limit-sign-in", "3/h"];
    let server = TestServer::start_over(&[&["--trust-forwarded"][..], &quotas].concat());
    let ann = json!({ "handle": "ann", "password": "correct horse", "role": "player" });
    server.post("/api/v1/accounts", &ann).await.expect(201);
    let sign_in = async |from: &str, handle: &str, password: &str| {
        let form = [("handle", handle), ("password", password)];
        let request = server.request(Method::POST, "/_fn/sign-in").form(&form);
        let request = request.header("origin", &server.url);
        Answer::to(request.header("x-forwarded-for", from))
            .await
            .status
    };
    let (own, strange) = ("192.0.2.1", "192.0.2.2");
    for _ in 0..6 {
        assert_eq!(sign_in(own, "ann", "correct horse").await, 200);
    }
    for status in [401, 401, 429, 429] {
        assert_eq!(sign_in(strange, "ann", "wrong horse").await, status);
    }
    // The stranger gets no further, not even with the right password; Ann does.
    assert_eq!(sign_in(strange, "ann", "correct horse").await, 429);
    assert_eq!(sign_in(own, "ann", "correct horse").await, 200);
    // An address has its own quota for the failures with all handles.
    for (handle, status) in [("bob", 401), ("cat", 401), ("dan", 401), ("eve", 429)] {
        assert_eq!(
            sign_in(own, handle, "wrong horse").await,
            status,
            "{handle}"
        );
    }
}

const STANDINGS: &str = "/api/v1/boards/points/standings";

#[tokio::test]
async fn reads_are_limited_by_address_and_counted_by_their_cost() {
    let server = TestServer::start_over(&["--limit-reads", "10/h", "--trust-forwarded"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let read_from = async |address: &str, path: &str| {
        let request = server.request(Method::GET, path);
        Answer::to(request.header("x-forwarded-for", address)).await
    };
    let read = async |path: &str| read_from("1.2.3.4", path).await;
    // 200 rows cost as much as four pages of 50.
    let (page, pages) = (STANDINGS.to_owned(), format!("{STANDINGS}?limit=200"));
    read(&pages).await.expect(200);
    read(&pages).await.expect(200);
    // A refusal is late, so that repeating clients do not keep the node busy.
    let asked = Instant::now();
    let refused = read(&pages).await;
    problem::expect(&refused, 429, "too_many_requests");
    assert!(asked.elapsed() >= Duration::from_millis(250));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait), "{refused:?}");
    assert_eq!(refused.header("ratelimit-policy"), "\"read\";q=10;w=3600");
    assert_eq!(
        refused.header("ratelimit"),
        format!("\"read\";r=2;t={wait}")
    );
    read(&page).await.expect(200);
    read(&page).await.expect(200);
    // Now every read is refused, also that of a page and of a file that does not exist.
    for path in [
        page.as_str(),
        "/",
        "/boards/points",
        "/players/ann.b",
        "/api/v1/boards/points/standings/nobody",
        "/_fn/boards",
        "/nothing.js",
        "/pkg/nothing.js",
        "/fonts/nothing.woff2",
    ] {
        problem::expect(&read(path).await, 429, "too_many_requests");
    }
    read_from("1.2.3.5", &page).await.expect(200);
    assert_eq!(read("/healthz").await.status, 200);
    assert_eq!(read("/metrics").await.status, 200);
    // Writes have other quotas.
    let one = json!({ "player": "ann", "value": 5 });
    server
        .post("/api/v1/boards/points/submissions", &one)
        .await
        .expect(200);
}

#[tokio::test]
async fn reads_with_a_key_or_the_api_token_are_not_limited() {
    let quotas = ["--limit-reads", "2/h", "--limit-address", "20/h"];
    let server = TestServer::start_over(&quotas);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let draft = json!({ "title": "one", "scopes": ["submit"] });
    let made = server.post("/api/v1/keys", &draft).await.expect(201);
    let key = made["secret"].as_str().unwrap();
    let read = async |token: &str| {
        let request = server.request(Method::GET, STANDINGS).bearer_auth(token);
        Answer::to(request).await
    };
    for token in [key, crate::support::TOKEN] {
        for _ in 0..5 {
            read(token).await.expect(200);
        }
    }
    // The node knows a valid key for some seconds, so it does not use up the quota of guesses.
    let guess = key.replace(&key[key.len() - 8..], "00000000");
    for token in ["nonsense", &guess] {
        read(token).await.expect(200);
    }
    for token in ["nonsense", &guess, "lp_1"] {
        problem::expect(&read(token).await, 429, "too_many_requests");
    }
    // Another path than those of the API reads no token.
    let page = server.request(Method::GET, "/").bearer_auth(key);
    problem::expect(&Answer::to(page).await, 429, "too_many_requests");
    read(key).await.expect(200);
}

#[tokio::test]
async fn page_of_an_unknown_address_counts_once() {
    let server = TestServer::start_over(&["--limit-reads", "3/h"]);
    for path in ["/nowhere", "/nothing.js", "/nowhere"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    problem::expect(&server.get("/nowhere").await, 429, "too_many_requests");
}

#[tokio::test]
async fn page_read_by_a_script_costs_as_much_as_the_page() {
    let server = TestServer::start_over(&["--limit-reads", "26/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let path = "/_fn/board?wanted[slug]=points&wanted[me]=false";
    server.get(path).await.expect(200);
    let search = format!("{path}&wanted[find]=ann");
    let view = server.get(&search).await.expect(200);
    assert_eq!(view["found"][0], "ann");
    problem::expect(&server.get(&search).await, 429, "too_many_requests");
    server.get(path).await.expect(200);
    problem::expect(&server.get(path).await, 429, "too_many_requests");
    // A form would not count as a read.
    let form = [("wanted[slug]", "points"), ("wanted[me]", "false")];
    assert_eq!(server.form("board", None, &form).await.status, 405);
}

#[tokio::test]
async fn small_quota_allows_an_expensive_read_after_a_rest() {
    let server = TestServer::start_over(&["--limit-reads", "1/h"]);
    assert_eq!(server.get("/").await.status, 200);
    let refused = server.get("/").await;
    problem::expect(&refused, 429, "too_many_requests");
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
}
