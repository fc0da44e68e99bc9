//! `/api/v1/tokens`, and pages of other origins that use tokens.

use reqwest::Method;
use serde_json::json;

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const ORIGIN: &str = "https://game.example";

#[tokio::test]
async fn player_on_another_origin_submits_with_a_token() {
    let server = TestServer::start_over(&["--allow-origin", ORIGIN]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let made = server
        .post("/api/v1/tokens", &json!({ "player": "ann" }))
        .await
        .expect(201);
    assert_eq!(made["player"], "ann");
    assert!(made["expires_at"].is_string(), "{made}");
    let token = made["token"].as_str().unwrap();
    let submit = async |player: &str, token: &str| {
        let request = server.request(Method::POST, "/api/v1/boards/points/submissions");
        let request = request.bearer_auth(token).header("origin", ORIGIN);
        Answer::to(request.json(&json!({ "player": player, "value": 5 }))).await
    };
    let taken = submit("ann", token).await;
    assert_eq!(taken.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(taken.expect(200)["player"], "ann");
    problem::expect(&submit("bob", token).await, 403, "forbidden");
    let mut forged = token.to_owned();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    // The last character contains padding bits, so the one before it is changed too.
    let before = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.extend([before, last]);
    problem::expect(&submit("ann", &forged).await, 401, "bad_token");
    for (what, bad) in [
        ("none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."),
        ("dots", ".."),
    ] {
        let refused = submit("ann", bad).await;
        assert_eq!(refused.status, 401, "{what}: {refused:?}");
    }
    // A token issues no other token, and allows nothing that a player may not do.
    let again = |player: &str| {
        let request = server
            .request(Method::POST, "/api/v1/tokens")
            .bearer_auth(token);
        request.json(&json!({ "player": player }))
    };
    problem::expect(&Answer::to(again("ann")).await, 403, "forbidden");
    problem::expect(&Answer::to(again("bob")).await, 403, "forbidden");
    let keys = server
        .request(Method::GET, "/api/v1/keys")
        .bearer_auth(token);
    problem::expect(&Answer::to(keys).await, 403, "forbidden");
    let nobody = server.post("/api/v1/tokens", &json!({})).await;
    problem::expect(&nobody, 422, "invalid_value");
}

#[tokio::test]
async fn preflight_allows_only_configured_origins() {
    let server = TestServer::start_over(&["--allow-origin", ORIGIN]);
    let ask = async |origin: &str| {
        let request = server.request(Method::OPTIONS, "/api/v1/tokens");
        let request = request.header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        Answer::to(request.header("access-control-request-headers", "authorization")).await
    };
    let own = ask(ORIGIN).await;
    assert_eq!(own.header("access-control-allow-origin"), ORIGIN);
    assert!(
        own.header("access-control-allow-headers")
            .contains("authorization")
    );
    assert_eq!(own.header("access-control-allow-credentials"), "");
    let foreign = ask("https://evil.example").await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn token_secrets_rotate_without_a_gap() {
    let [old, new] = ["old", "new"].map(|age| format!("{age}-secret-of-at-least-32-characters"));
    let both = format!("{new},{old}");
    let start = |secrets: &str| TestServer::start_over(&["--token-secrets", secrets]);
    let before = start(&old);
    let made = before
        .post("/api/v1/tokens", &json!({ "player": "ann" }))
        .await
        .expect(201);
    let token = made["token"].as_str().unwrap();
    for (secrets, status) in [(&both, 403), (&new, 401), (&old, 403)] {
        let server = start(secrets);
        // A valid token identifies the player, who may not list keys.
        let request = server
            .request(Method::GET, "/api/v1/keys")
            .bearer_auth(token);
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!answer.text.contains(TOKEN));
    }
}

#[tokio::test]
async fn allowed_origin_cannot_use_session_cookies() {
    let server = TestServer::start_over(&["--allow-origin", ORIGIN]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let draft = json!({ "handle": "root", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &draft).await.expect(201);
    let session = server.sign_in("root", "correct horse").await;
    let role = [("handle", "root"), ("role", "player")];
    let request = server.request(Method::POST, "/_fn/admin/role").form(&role);
    let request = request.header("cookie", &session).header("origin", ORIGIN);
    let answer = Answer::to(request).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let keys = server
        .request(Method::GET, "/api/v1/keys")
        .header("cookie", &session);
    problem::expect(
        &Answer::to(keys.header("origin", ORIGIN)).await,
        401,
        "unauthorized",
    );
    let own = server
        .request(Method::GET, "/api/v1/keys")
        .header("cookie", &session);
    Answer::to(own).await.expect(200);
}
