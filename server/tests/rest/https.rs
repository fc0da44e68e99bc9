//! A site over HTTPS: cookies that only its own host can set, HSTS, and the check of the scheme.

use reqwest::Method;
use serde_json::json;

use super::problem;
use crate::support::{Answer, TestServer, points};

const SITE: &str = "https://play.example";
const GUEST: &str = "__Host-leaderport_guest";
const SESSION: &str = "__Host-leaderport_session";

async fn server() -> TestServer {
    let server = TestServer::start_over(&["--public-url", SITE]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    server
}

/// Sends a form as a page of the site does, through a proxy that keeps the host.
async fn form(
    server: &TestServer,
    origin: &str,
    function: &str,
    cookie: Option<&str>,
    fields: &[(&str, &str)],
) -> Answer {
    let request = server.request(Method::POST, &format!("/_fn/{function}"));
    let request = request
        .header("host", "play.example")
        .header("origin", origin);
    let request = request.form(fields);
    Answer::to(match cookie {
        Some(cookie) => request.header("cookie", cookie),
        None => request,
    })
    .await
}

const SCORE: [(&str, &str); 3] = [("slug", "points"), ("name", "Ann"), ("score", "5")];

#[tokio::test]
async fn https_in_the_public_url_secures_cookies_and_transport() {
    let server = server().await;
    let guest = form(&server, SITE, "submit", None, &SCORE).await;
    guest.expect_form();
    let account = [
        ("name", "Bob"),
        ("handle", "bob"),
        ("password", "correct horse"),
    ];
    let session = form(&server, SITE, "sign-up", None, &account).await;
    session.expect_form();
    for (answer, name) in [(&guest, GUEST), (&session, SESSION)] {
        let cookie = answer.set_cookie(name);
        for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(flag), "{flag} is not in {cookie:?}");
        }
        // A browser refuses `__Host-` together with a domain.
        assert!(!cookie.to_ascii_lowercase().contains("domain"), "{cookie}");
        let kept = answer.header("strict-transport-security");
        assert_eq!(kept, "max-age=31536000");
    }
    let page = server
        .page("/account", &session.cookie(SESSION).unwrap())
        .await;
    assert!(page.contains("Bob"), "{page}");
}

#[tokio::test]
async fn cookies_that_another_host_can_set_are_ignored() {
    let server = server().await;
    let guest = form(&server, SITE, "submit", None, &SCORE).await;
    let guest = guest.cookie(GUEST).expect("a guest");
    let plain = guest.replacen("__Host-", "", 1);
    for (cookie, is_known) in [(&guest, true), (&plain, false)] {
        let page = server.page("/boards/points", cookie).await;
        assert_eq!(page.contains("<dt>Rank</dt>"), is_known, "{cookie}");
    }

    let account = [
        ("name", "Bob"),
        ("handle", "bob"),
        ("password", "correct horse"),
    ];
    let session = form(&server, SITE, "sign-up", None, &account).await;
    let plain = session.cookie(SESSION).expect("a session");
    let plain = plain.replacen("__Host-", "", 1);
    let request = server.request(Method::GET, "/api/v1/players/nobody/export");
    let answer = Answer::to(request.header("cookie", plain)).await;
    problem::expect(&answer, 401, "unauthorized");
}

#[tokio::test]
async fn other_schemes_and_ports_of_the_host_are_foreign() {
    let server = server().await;
    for origin in [
        "http://play.example",
        "https://play.example:8443",
        "https://sub.play.example",
        "null",
    ] {
        let refused = form(&server, origin, "submit", None, &SCORE).await;
        problem::expect(&refused, 403, "foreign_origin");
    }
    let rows = server.get("/api/v1/boards/points/standings").await;
    assert_eq!(rows.expect(200)["rows"], json!([]));
}

#[tokio::test]
async fn plain_http_has_no_secure_cookies_and_no_hsts() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let answer = server.form("submit", None, &SCORE).await;
    let cookie = answer.set_cookie("leaderport_guest");
    assert!(!cookie.is_empty() && !cookie.contains("Secure"), "{cookie}");
    assert_eq!(answer.header("strict-transport-security"), "");
}
