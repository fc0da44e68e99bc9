//! Sign-in through OpenID Connect. The test provider signs any claims that a test chooses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::problem;
use crate::support::{Answer, TestServer, points};

/// The test provider: its keys, and the last request it received.
struct Provider {
    issuer: String,
    keys: EncodingKey,
    signs: EncodingKey,
    challenge: Mutex<String>,
    /// Claims that replace the correct ones in the ID token.
    lies: Mutex<Value>,
    nonce: Mutex<String>,
}

fn key() -> EncodingKey {
    let pair = rcgen::KeyPair::generate().expect("a P-256 key");
    EncodingKey::from_ec_der(&pair.serialize_der())
}

/// A provider. With `forge`, it signs with a key that it does not publish.
async fn provider(forge: bool) -> Arc<Provider> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let keys = key();
    let provider = Arc::new(Provider {
        issuer: format!("http://{}", listener.local_addr().expect("an address")),
        signs: if forge { key() } else { keys.clone() },
        keys,
        challenge: Mutex::default(),
        lies: Mutex::new(json!({})),
        nonce: Mutex::default(),
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(describe))
        .route("/jwks", get(keys_of))
        .route("/token", post(token))
        .with_state(provider.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    provider
}

async fn describe(State(p): State<Arc<Provider>>) -> Json<Value> {
    let at = &p.issuer;
    Json(json!({
        "issuer": at, "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"), "jwks_uri": format!("{at}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys_of(State(p): State<Arc<Provider>>) -> Json<JwkSet> {
    let mut key = Jwk::from_encoding_key(&p.keys, Algorithm::ES256).expect("a P-256 key");
    key.common.key_id = Some("1".to_owned());
    Json(JwkSet { keys: vec![key] })
}

async fn token(
    State(p): State<Arc<Provider>>,
    Form(asked): Form<HashMap<String, String>>,
) -> Json<Value> {
    let verifier = PkceCodeVerifier::new(asked["code_verifier"].clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let expected = p
        .challenge
        .lock()
        .expect("the lock is not poisoned")
        .clone();
    if challenge.as_str() != expected || asked["code"] != "a-code" {
        return Json(json!({ "error": "invalid_grant" }));
    }
    let now = jsonwebtoken::get_current_timestamp();
    let nonce = p.nonce.lock().expect("the lock is not poisoned").clone();
    let mut claims = json!({
        "iss": p.issuer, "aud": "leaderport", "sub": "42", "iat": now, "exp": now + 60,
        "nonce": nonce, "name": "Grace Hopper", "preferred_username": "Grace!",
    });
    let lies = p.lies.lock().expect("the lock is not poisoned").clone();
    for (member, value) in lies.as_object().expect("an object") {
        claims[member] = value.clone();
    }
    let header = Header {
        kid: Some("1".to_owned()),
        ..Header::new(Algorithm::ES256)
    };
    let id_token = jsonwebtoken::encode(&header, &claims, &p.signs).expect("the claims are signed");
    Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }))
}

fn server(provider: &Provider) -> TestServer {
    TestServer::start_over(&[
        "--oidc-issuer",
        &provider.issuer,
        "--oidc-client-id",
        "leaderport",
        "--oidc-name",
        "Example",
        "--public-url",
        "http://leaderport.example/",
    ])
}

/// Starts a sign-in. Returns the browser's cookie and the state.
async fn begin_sign_in(server: &TestServer, provider: &Provider) -> (String, String) {
    let request = server.request(Method::GET, "/oidc/begin");
    let answer = Answer::to(request.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    let url = reqwest::Url::parse(location).expect("a URL");
    assert!(location.starts_with(&format!("{}/authorize?", provider.issuer)));
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(
        asked["redirect_uri"],
        "http://leaderport.example/oidc/callback"
    );
    assert_eq!(asked["code_challenge_method"], "S256");
    let keep = |held: &Mutex<String>, text: &String| {
        held.lock()
            .expect("the lock is not poisoned")
            .clone_from(text);
    };
    keep(&provider.challenge, &asked["code_challenge"]);
    keep(&provider.nonce, &asked["nonce"]);
    let cookie = answer
        .cookie("leaderport_oidc")
        .expect("a cookie for the callback");
    assert!(answer.set_cookie("leaderport_oidc").contains("HttpOnly"));
    (cookie, asked["state"].clone())
}

/// The browser returns from the provider, so the request is cross-site.
async fn return_to_callback(server: &TestServer, cookie: &str, query: &str) -> Answer {
    let request = server.request(Method::GET, &format!("/oidc/callback?{query}"));
    let request = request.header("sec-fetch-site", "cross-site");
    Answer::to(request.header("cookie", cookie)).await
}

fn expect_refused(answer: &Answer, why: &str) {
    let to = (answer.status, answer.header("refresh"));
    assert_eq!(to, (200, "0; url=/account?provider=refused"), "{why}");
    assert_eq!(answer.cookie("leaderport_session"), None, "{why}");
}

#[tokio::test]
async fn provider_sign_in_keeps_the_guests_player() {
    let provider = provider(false).await;
    let server = server(&provider);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let page = server.get("/account").await;
    assert!(page.text.contains("Sign in with Example"), "{}", page.text);
    let guest = server.guest("Ann").await;
    let (cookie, state) = begin_sign_in(&server, &provider).await;
    let query = format!("code=a-code&state={state}");
    let answer = return_to_callback(&server, &format!("{cookie}; {guest}"), &query).await;
    // The answer is a page that refreshes, because a redirect would still count as cross-site.
    let to = (answer.status, answer.header("refresh"));
    assert_eq!(to, (200, "0; url=/account"), "{answer:?}");
    let session = answer.cookie("leaderport_session").expect("a session");
    let page = server.page("/account", &session).await;
    assert!(
        page.contains("You are signed in") && page.contains("grace"),
        "{page}"
    );
    assert!(
        !page.contains("Change your password"),
        "the account has no password"
    );
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let ann = rows["rows"][0]["player"].as_str().expect("a player");
    let path = format!("/api/v1/players/{ann}");
    let record = server.get_with_token(&path).await.expect(200);
    assert_eq!(record["handle"], "grace", "the guest has an account now");

    // The same person signs in from another browser, where they are no guest.
    let (cookie, state) = begin_sign_in(&server, &provider).await;
    let answer = return_to_callback(&server, &cookie, &format!("code=a-code&state={state}")).await;
    let session = answer.cookie("leaderport_session").expect("a session");
    let page = server.page("/account", &session).await;
    assert!(page.contains("grace"), "{page}");
    let accounts = server.get_with_token("/api/v1/accounts").await.expect(200);
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(1));
    // No password signs in to this account.
    for password in ["", "!", "correct horse battery"] {
        let form = [("handle", "grace"), ("password", password)];
        assert_eq!(server.form("sign-in", None, &form).await.status, 401);
    }
    // A different person whose handle is taken gets another one.
    *provider.lies.lock().expect("the lock is not poisoned") = json!({ "sub": "43" });
    let (cookie, state) = begin_sign_in(&server, &provider).await;
    let answer = return_to_callback(&server, &cookie, &format!("code=a-code&state={state}")).await;
    assert!(answer.cookie("leaderport_session").is_some());
    let accounts = server.get_with_token("/api/v1/accounts").await.expect(200);
    let second = accounts["accounts"][1]["handle"]
        .as_str()
        .expect("a handle");
    assert!(second.starts_with("grace-"), "{second}");
    // An account without a password is erased without one.
    server
        .form("erase", Some(&session), &[])
        .await
        .expect_form();
    let accounts = server.get_with_token("/api/v1/accounts").await.expect(200);
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn invalid_provider_answer_is_refused() {
    let provider = provider(false).await;
    let server = server(&provider);
    for (lies, why) in [
        (json!({ "nonce": "another" }), "another nonce"),
        (json!({ "nonce": null }), "no nonce"),
        (json!({ "aud": "another" }), "another audience"),
        (json!({ "iss": "http://evil.example" }), "another issuer"),
        (json!({ "exp": 1_000_000_000 }), "expired"),
    ] {
        *provider.lies.lock().expect("the lock is not poisoned") = lies;
        let (cookie, state) = begin_sign_in(&server, &provider).await;
        let answer =
            return_to_callback(&server, &cookie, &format!("code=a-code&state={state}")).await;
        expect_refused(&answer, why);
    }
    *provider.lies.lock().expect("the lock is not poisoned") = json!({});
    let (cookie, state) = begin_sign_in(&server, &provider).await;
    let (other, _) = begin_sign_in(&server, &provider).await;
    let right = format!("code=a-code&state={state}");
    for (cookie, query, why) in [
        (
            &cookie[..],
            "code=a-code&state=another".to_owned(),
            "another state",
        ),
        (
            &cookie,
            "code=another&state=".to_owned() + &state,
            "another code",
        ),
        (
            &cookie,
            "error=access_denied&state=".to_owned() + &state,
            "denied",
        ),
        (&cookie, String::new(), "nothing"),
        (&other, right.clone(), "another browser"),
        ("", right.clone(), "no cookie"),
        ("leaderport_oidc=a|b|c", right, "a forged cookie"),
    ] {
        expect_refused(&return_to_callback(&server, cookie, &query).await, why);
    }
    let accounts = server.get_with_token("/api/v1/accounts").await.expect(200);
    assert_eq!(accounts["accounts"], json!([]));
    // Another site cannot start a sign-in.
    for site in ["cross-site", "same-site"] {
        let request = server.request(Method::GET, "/oidc/begin");
        let answer = Answer::to(request.header("sec-fetch-site", site)).await;
        assert_eq!(
            (answer.status, answer.header("refresh")),
            (200, "0; url=/account")
        );
        assert_eq!(answer.cookie("leaderport_oidc"), None);
    }
}

#[tokio::test]
async fn repeated_sign_in_attempts_are_rate_limited() {
    let provider = provider(false).await;
    let server = TestServer::start_over(&[
        "--oidc-issuer",
        &provider.issuer,
        "--oidc-client-id",
        "leaderport",
        "--public-url",
        "http://leaderport.example",
        "--limit-sign-in",
        "3/h",
    ]);
    for _ in 0..3 {
        begin_sign_in(&server, &provider).await;
    }
    problem::expect(&server.get("/oidc/begin").await, 429, "too_many_requests");
}

#[tokio::test]
async fn id_token_with_a_foreign_signature_is_refused() {
    let provider = provider(true).await;
    let server = server(&provider);
    let (cookie, state) = begin_sign_in(&server, &provider).await;
    let answer = return_to_callback(&server, &cookie, &format!("code=a-code&state={state}")).await;
    expect_refused(&answer, "forged");
}

#[tokio::test]
async fn sign_in_without_a_reachable_provider_is_refused() {
    let server = TestServer::start();
    for path in ["/oidc/begin", "/oidc/callback?code=a&state=b"] {
        problem::expect(&server.get(path).await, 404, "not_found");
    }
    let page = server.get("/account").await;
    assert!(!page.text.contains("Sign in with"), "{}", page.text);
    let away = TestServer::start_over(&[
        "--oidc-issuer",
        "http://127.0.0.1:1",
        "--oidc-client-id",
        "leaderport",
        "--public-url",
        "http://leaderport.example",
    ]);
    expect_refused(&away.get("/oidc/begin").await, "the provider is down");
}
