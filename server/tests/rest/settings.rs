//! The settings of readers: in the cookie of a guest, and with an account. Pages have them from their
//! first byte.

use reqwest::Method;

use crate::support::{Answer, TestServer, points};

const COOKIE: &str = "leaderport_settings";

const CHOSEN: [(&str, &str); 4] = [
    ("theme", "dark"),
    ("density", "compact"),
    ("language", "de"),
    ("time_zone", "Asia/Tokyo"),
];

/// The account page as a browser opens it, with some cookies.
async fn open(server: &TestServer, cookies: &[&str]) -> Answer {
    let request = server.request(Method::GET, "/account");
    let request = request.header("accept", "text/html,*/*;q=0.8");
    let answer = Answer::to(request.header("cookie", cookies.join("; "))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The tag of the document's root element.
fn root(page: &str) -> &str {
    let tag = page.split("<html ").nth(1).expect("a document");
    tag.split('>').next().expect("a tag")
}

fn assert_chosen(page: &str) {
    let root = root(page);
    for attribute in [
        "lang=\"de\"",
        "data-theme=\"dark\"",
        "data-density=\"compact\"",
        "data-time-zone=\"Asia/Tokyo\"",
    ] {
        assert!(root.contains(attribute), "{attribute} is not in {root}");
    }
    assert!(page.contains("name=\"color-scheme\" content=\"dark\""));
}

#[tokio::test]
async fn settings_of_a_guest_are_in_the_first_bytes_of_the_next_page() {
    let server = TestServer::start();
    let first = server.get("/").await.text;
    for attribute in ["data-theme", "data-density", "data-visible-as"] {
        assert!(!root(&first).contains(attribute), "{}", root(&first));
    }
    assert!(first.contains("name=\"color-scheme\" content=\"light dark\""));
    let chosen = server.form("settings", None, &CHOSEN).await;
    chosen.expect_form();
    let flags = chosen.set_cookie(COOKIE);
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(flags.contains(flag), "{flag} is not in {flags}");
    }
    let cookie = chosen.cookie(COOKIE).expect("the settings");
    assert_chosen(&server.page("/", &cookie).await);
    // An absent field changes nothing, and each setting can be reset.
    let back = [("theme", "system"), ("language", "auto")];
    let changed = server.form("settings", Some(&cookie), &back).await;
    let cookie = changed.cookie(COOKIE).expect("the settings");
    let page = server.page("/", &cookie).await;
    let root = root(&page);
    assert!(root.contains("lang=\"en\"") && root.contains("data-density=\"compact\""));
    assert!(!root.contains("data-theme"), "{root}");
}

#[tokio::test]
async fn unknown_settings_are_refused_with_their_field() {
    let server = TestServer::start();
    for (field, value) in [
        ("theme", "neon"),
        ("density", "tight"),
        ("language", "tlh"),
        ("time_zone", "Mars/Base"),
        ("visible", "maybe"),
    ] {
        let refused = server.form("settings", None, &[(field, value)]).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        let field = format!("\"field\":\"{field}\"");
        assert!(refused.text.contains(&field), "{refused:?}");
        assert_eq!(refused.cookie(COOKIE), None, "{refused:?}");
    }
}

#[tokio::test]
async fn form_without_javascript_returns_to_its_page() {
    let server = TestServer::start();
    let save = async |page: &str, theme: &str| {
        let request = server.request(Method::POST, "/_fn/settings");
        let request = request.header("origin", &server.url);
        let request = request.header("referer", format!("{}{page}", server.url));
        let request = request.header("accept", "text/html,*/*;q=0.8");
        let answer = Answer::to(request.form(&[("theme", theme)])).await;
        assert_eq!(answer.status, 302, "{answer:?}");
        let place = answer.header("location").to_owned();
        let place = place
            .strip_prefix(&server.url)
            .expect("a page of this site");
        place.to_owned()
    };
    assert_eq!(save("/settings", "dark").await, "/settings");
    assert_eq!(
        save("/boards/a?season=all", "dark").await,
        "/boards/a?season=all"
    );
    // A refusal is in the address, until the next attempt.
    let refused = save("/settings", "neon").await;
    assert!(refused.contains("__err="), "{refused}");
    assert_eq!(save(&refused, "light").await, "/settings");
}

#[tokio::test]
async fn unreadable_settings_are_the_defaults() {
    let server = TestServer::start();
    let long = format!("{COOKIE}=%7B%22theme%22:%22dark%22{}%7D", "%20".repeat(600));
    let of_another_version = format!("{COOKIE}=%7B%22theme%22:%22neon%22%7D");
    for cookie in [&long, &of_another_version, &format!("{COOKIE}=dark")] {
        let page = server.page("/", cookie).await;
        assert!(!root(&page).contains("data-theme"), "{cookie}");
    }
}

#[tokio::test]
async fn settings_of_an_account_reach_every_browser_with_its_next_page() {
    let server = TestServer::start();
    let first = server.sign_up("ann").await;
    let chosen = server.form("settings", Some(&first), &CHOSEN).await;
    chosen.expect_form();
    let second = server.sign_in("ann", "correct horse").await;
    let page = open(&server, &[&second]).await;
    assert_chosen(&page.text);
    let kept = page.cookie(COOKIE).expect("the settings of the account");
    let again = open(&server, &[&second, &kept]).await;
    assert_eq!(again.cookie(COOKIE), None, "the cookie has them already");
    // The first browser has another cookie, and the account takes precedence.
    let light = [("theme", "light")];
    let both = format!("{second}; {kept}");
    let changed = server.form("settings", Some(&both), &light).await;
    changed.expect_form();
    let page = open(&server, &[&first, &kept]).await;
    let root = root(&page.text);
    assert!(root.contains("data-theme=\"light\"") && root.contains("data-density=\"compact\""));
    // After sign-out, the browser keeps them.
    let cookie = page.cookie(COOKIE).expect("the changed settings");
    let page = open(&server, &[&cookie]).await;
    assert!(page.text.contains("data-theme=\"light\""));
}

/// Caches share pictures and files between readers.
#[tokio::test]
async fn only_pages_set_the_cookie_of_settings() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
    let server = TestServer::start_over(&["--site", site]);
    let created = server.put("/api/v1/boards/points", &points()).await;
    created.expect(201);
    let first = server.sign_up("ann").await;
    let chosen = server.form("settings", Some(&first), &CHOSEN).await;
    chosen.expect_form();
    let second = server.sign_in("ann", "correct horse").await;
    for path in [
        "/boards/points/picture.png",
        "/api/v1/boards",
        "/favicon.svg",
    ] {
        let request = server.request(Method::GET, path);
        let request = request.header("accept", "text/html,*/*;q=0.8");
        let answer = Answer::to(request.header("cookie", &second)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.cookie(COOKIE), None, "{path}");
    }
    let page = open(&server, &[&second]).await;
    assert!(page.cookie(COOKIE).is_some(), "{page:?}");
}

#[tokio::test]
async fn sign_up_takes_the_settings_of_the_guest_along() {
    let server = TestServer::start();
    let chosen = server.form("settings", None, &CHOSEN).await;
    let cookie = chosen.cookie(COOKIE).expect("the settings");
    let form = [
        ("name", "Ann"),
        ("handle", "ann"),
        ("password", "correct horse"),
    ];
    let signed_up = server.form("sign-up", Some(&cookie), &form).await;
    signed_up.expect_form();
    let elsewhere = server.sign_in("ann", "correct horse").await;
    assert_chosen(&open(&server, &[&elsewhere]).await.text);
}

#[tokio::test]
async fn a_name_is_visible_only_as_a_known_player() {
    let server = TestServer::with_players(1).await;
    let show = [("is_visible", "true")];
    let refused = server.form("presence", None, &show).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let guest = server.guest("Gus").await;
    let shown = server.form("presence", Some(&guest), &show).await;
    shown.expect_form();
    let cookie = shown.cookie(COOKIE).expect("the settings");
    let page = server.page("/", &cookie).await;
    assert!(root(&page).contains("data-visible-as=\"guest-"), "{page}");
    let hide = [("visible", "no")];
    let hidden = server.form("settings", Some(&cookie), &hide).await;
    let cookie = hidden.cookie(COOKIE).expect("the settings");
    let page = server.page("/", &cookie).await;
    assert!(!root(&page).contains("data-visible-as"), "{page}");
}

#[tokio::test]
async fn pages_of_other_origins_cannot_change_settings() {
    let server = TestServer::start();
    let request = server.request(Method::POST, "/_fn/settings");
    let request = request.header("origin", "https://evil.example");
    let refused = Answer::to(request.form(&CHOSEN[..])).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.cookie(COOKIE), None, "{refused:?}");
}

#[tokio::test]
async fn a_link_from_another_site_opens_a_page_with_the_readers_look() {
    let server = TestServer::with_players(1).await;
    let guest = server.guest("Gus").await;
    let shown = [("theme", "dark"), ("visible", "yes")];
    let chosen = server.form("settings", Some(&guest), &shown).await;
    let cookie = chosen.cookie(COOKIE).expect("the settings");
    let request = server.request(Method::GET, "/");
    let request = request.header("sec-fetch-site", "cross-site");
    let page = Answer::to(request.header("cookie", cookie)).await;
    let root = root(&page.text);
    assert!(root.contains("data-theme=\"dark\""), "{root}");
    assert!(!root.contains("data-visible-as"), "{root}");
}
