//! Pages that readers without a session share.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Answer, TestServer, points};

const BOARD: &str = "/boards/points";

/// A page for a reader with one more header.
async fn read(server: &TestServer, path: &str, name: &str, value: &str) -> Answer {
    let request = server.request(Method::GET, path).header(name, value);
    let answer = Answer::to(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The nonce of a page. All its scripts must have it.
fn nonce(page: &Answer) -> String {
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).expect("a nonce");
    let nonce = nonce.split('\'').next().expect("the end of the nonce");
    let tags: Vec<&str> = page.text.split("<script").skip(1).collect();
    assert!(!tags.is_empty(), "{page:?}");
    for tag in tags {
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
    }
    nonce.to_owned()
}

/// How many pages were found in the cache, and how many were rendered.
async fn counts(server: &TestServer) -> (u64, u64) {
    let metrics = server.get("/metrics").await.text;
    let count = |found: &str| {
        let series = format!("leaderport_html_reads_total{{found=\"{found}\"}} ");
        let mut lines = metrics.lines();
        let value = lines.find_map(|line| line.strip_prefix(&series));
        value.map_or(0, |value| value.parse().expect("a number"))
    };
    (count("hit"), count("miss"))
}

#[tokio::test]
async fn acknowledged_submission_is_on_the_next_page() {
    let server = TestServer::with_players(3).await;
    for n in 1..=30 {
        let (name, value) = (format!("Newcomer {n}"), 10_000 + n);
        let one = json!({ "player": format!("n{n}"), "name": name, "value": value });
        let path = "/api/v1/boards/points/submissions";
        server.post(path, &one).await.expect(200);
        for path in ["/", BOARD, "/boards/points?page=1"] {
            let page = server.get(path).await;
            assert!(page.text.contains(&name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn changed_boards_are_on_the_next_page() {
    let server = TestServer::with_players(1).await;
    let mut draft = points();
    for n in 0..5 {
        draft["title"] = json!(format!("Title {n}"));
        let path = "/api/v1/boards/points";
        server.put(path, &draft).await.expect(200);
        for path in ["/", BOARD] {
            let page = server.get(path).await;
            assert!(page.text.contains(&format!("Title {n}")), "{path}: {n}");
        }
    }
    draft["archived"] = json!(true);
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(200);
    let home = server.get("/").await;
    assert!(!home.text.contains("Title 4"), "{}", home.text);
    assert_eq!(server.get(BOARD).await.status, 200);
    let delete = server.request(Method::DELETE, "/api/v1/boards/points?confirm=points");
    let deleted = Answer::to(delete.bearer_auth(crate::support::TOKEN)).await;
    assert!(deleted.status < 300, "{deleted:?}");
    assert_eq!(server.get(BOARD).await.status, 404);
}

#[tokio::test]
async fn concurrent_readers_share_a_rendering_with_a_nonce_each() {
    const READERS: usize = 60;

    let server = TestServer::with_players(60).await;
    let began = Instant::now();
    let paths = [BOARD, "/boards/points?utm_source=news"];
    let read = paths.into_iter().cycle().map(|path| server.get(path));
    let pages = join_all(read.take(READERS)).await;
    // A page lives for a second, so a slow machine renders it again.
    let most = 1 + began.elapsed().as_secs();
    let nonces: BTreeSet<String> = pages.iter().map(nonce).collect();
    assert_eq!(nonces.len(), READERS);
    let (hits, misses) = counts(&server).await;
    assert_eq!(hits + misses, 60);
    assert!((1..=most).contains(&misses), "{misses} of {most}");
    for page in &pages {
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(page.header("vary").contains("accept-language"), "{page:?}");
    }
}

#[tokio::test]
async fn languages_time_zones_hosts_and_looks_do_not_mix() {
    let server = TestServer::with_players(3).await;
    for _ in 0..3 {
        for path in ["/", BOARD] {
            for (name, value, expected) in [
                ("accept-language", "en-GB", "<html lang=\"en\""),
                ("accept-language", "de-AT", "<html lang=\"de\""),
                ("accept-language", "de-AT", "data-locale=\"de-AT\""),
                ("accept-language", "de-DE", "data-locale=\"de-DE\""),
                (
                    "cookie",
                    "time-zone=Asia/Tokyo",
                    "data-time-zone=\"Asia/Tokyo\"",
                ),
                ("cookie", "a=b", "data-time-zone=\"UTC\""),
            ] {
                let page = read(&server, path, name, value).await;
                assert!(
                    page.text.contains(expected),
                    "{path}, {value}: {}",
                    page.text
                );
            }
            let form = [("theme", "dark")];
            let dark = server.form("settings", None, &form).await;
            let dark = dark.cookie("leaderport_settings").expect("a cookie");
            let page = read(&server, path, "cookie", &dark).await;
            assert!(page.text.contains("data-theme=\"dark\""), "{}", page.text);
            let page = server.get(path).await;
            assert!(!page.text.contains("data-theme="), "{}", page.text);
        }
        let page = read(&server, BOARD, "host", "board.example").await;
        assert!(page.text.contains("http://board.example/boards/points"));
        let page = server.get(BOARD).await;
        assert!(!page.text.contains("board.example"), "{}", page.text);
    }
}

#[tokio::test]
async fn readers_with_a_session_get_pages_of_their_own() {
    let server = TestServer::with_players(3).await;
    let session = server.sign_up("grace").await;
    for path in ["/", BOARD] {
        for _ in 0..3 {
            let before = counts(&server).await;
            let own = read(&server, path, "cookie", &session).await;
            assert!(own.text.contains(">grace<"), "{path}: {}", own.text);
            assert_eq!(own.header("cache-control"), "no-store");
            assert_eq!(counts(&server).await, before, "{path}");
            let shared = server.get(path).await;
            assert!(!shared.text.contains("grace"), "{path}: {}", shared.text);
            assert_eq!(shared.header("set-cookie"), "");
        }
    }
}

#[tokio::test]
async fn head_has_the_headers_of_the_page() {
    let server = TestServer::with_players(3).await;
    for _ in 0..2 {
        let page = server.get(BOARD).await;
        let head = Answer::to(server.request(Method::HEAD, BOARD)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        for name in ["content-type", "vary", "cache-control"] {
            assert_eq!(head.header(name), page.header(name), "{name}");
        }
        assert!(head.header("content-security-policy").contains("'nonce-"));
    }
}

#[tokio::test]
async fn refused_pages_and_searches_are_not_cached() {
    let server = TestServer::with_players(3).await;
    for (path, status) in [
        ("/boards/nothing", 404),
        ("/boards/points?period=hourly", 422),
        ("/boards/points?find=p1", 200),
    ] {
        let before = counts(&server).await;
        for _ in 0..2 {
            assert_eq!(server.get(path).await.status, status, "{path}");
        }
        assert_eq!(counts(&server).await, before, "{path}");
    }
    // The page itself refuses a page number. No reader gets another one's refusal.
    for _ in 0..2 {
        assert_eq!(server.get("/boards/points?page=x").await.status, 422);
    }
    assert_eq!(server.get("/boards/points?page=1").await.status, 200);
}

#[tokio::test]
async fn home_page_of_many_boards_is_not_cached() {
    let server = TestServer::with_players(1).await;
    for n in 2..=129 {
        let path = format!("/api/v1/boards/board-{n}");
        server.put(&path, &points()).await.expect(201);
    }
    let before = counts(&server).await;
    assert_eq!(server.get("/").await.status, 200);
    assert_eq!(counts(&server).await, before);
}
