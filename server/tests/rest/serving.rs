//! Tests of the other HTTP routes (health, metrics and pages), and of the graceful stop.

use reqwest::Method;
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TestServer, points};

/// A board with two players. Its title and one name contain markup.
async fn with_markup() -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    draft["title"] = json!("Sprint </title><script>alert(1)</script>");
    server
        .put("/api/v1/boards/sprint-2026", &draft)
        .await
        .expect(201);
    let batch = json!([
        { "player": "ada", "name": "Ada Lovelace", "value": 71_000 },
        { "player": "eve", "name": "<b>Eve</b>", "value": 5 },
    ]);
    server
        .post("/api/v1/boards/sprint-2026/submissions/batch", &batch)
        .await
        .expect(200);
    server
}

/// The address of the first link to the board.
fn link(html: &str, slug: &str) -> String {
    let mut links = html
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let link = links.find(|link| link.contains(slug));
    link.unwrap_or_else(|| panic!("no link to {slug} in {html}"))
        .to_owned()
}

#[tokio::test]
async fn running_server_is_healthy_and_ready() {
    let server = TestServer::start();
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn metrics_count_requests() {
    let server = TestServer::start();
    server.get("/api/v1/boards").await.expect(200);
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert_eq!(
        metrics.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let counted = metrics.text.lines().find(|line| {
        line.starts_with("leaderport_requests_total{") && line.contains("/api/v1/boards\"")
    });
    assert!(
        counted.is_some_and(|line| line.ends_with(" 1")),
        "{}",
        metrics.text
    );
}

#[tokio::test]
async fn metrics_show_engines_build_and_histograms_of_requests() {
    let server = TestServer::start();
    server.get("/api/v1/boards").await.expect(200);
    let measured = async {
        loop {
            let metrics = server.get("/metrics").await.text;
            if metrics.contains("leaderport_outbox_oldest_seconds ") {
                return metrics;
            }
        }
    };
    // The engines are measured just after the start.
    let metrics = tokio::time::timeout(std::time::Duration::from_secs(20), measured).await;
    let metrics = metrics.expect("the engines are measured");
    for line in [
        "# TYPE leaderport_request_seconds histogram",
        "leaderport_ledger_up 1",
        "leaderport_broker_up 1",
        "leaderport_outbox_batches 0",
        "leaderport_outbox_oldest_seconds 0",
        concat!(
            "leaderport_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"} 1"
        ),
    ] {
        let is_there = metrics.lines().any(|l| l == line);
        assert!(is_there, "{line:?} is missing in {metrics}");
    }
    assert!(
        metrics.contains("\nleaderport_start_time_seconds "),
        "{metrics}"
    );
    let of_boards = r#"leaderport_request_seconds_bucket{route="/api/v1/boards",le="+Inf"} 1"#;
    assert!(metrics.contains(of_boards), "{metrics}");
    assert!(!metrics.contains("quantile="), "{metrics}");
    let names = |start: &str| -> Vec<&str> {
        let lines = metrics.lines().filter_map(|line| line.strip_prefix(start));
        lines.filter_map(|line| line.split(' ').next()).collect()
    };
    let (helped, typed) = (names("# HELP "), names("# TYPE "));
    assert_eq!(helped, typed, "{metrics}");
    let series = metrics.lines().filter(|line| !line.starts_with('#'));
    let series: Vec<&str> = series
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(s, _)| s)
        .collect();
    let different: std::collections::BTreeSet<&str> = series.iter().copied().collect();
    assert_eq!(different.len(), series.len(), "{metrics}");
}

#[tokio::test]
async fn every_answer_has_security_headers() {
    let server = with_markup().await;
    for path in [
        "/",
        "/healthz",
        "/metrics",
        "/api/v1/boards",
        "/api/v1/nothing",
        "/nothing",
        "/ws",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.starts_with("default-src "),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn page_allows_only_scripts_with_its_nonce() {
    let server = with_markup().await;
    let mut nonces = Vec::new();
    for path in [
        "/",
        "/boards/sprint-2026",
        "/boards/sprint-2026",
        "/nothing",
    ] {
        let page = server.get(path).await;
        let policy = page.header("content-security-policy");
        let scripts = policy
            .split("; ")
            .find(|part| part.starts_with("script-src "));
        let scripts = scripts.unwrap_or_else(|| panic!("{path}: {policy}"));
        assert!(!scripts.contains("'unsafe-inline'"), "{scripts}");
        assert!(!scripts.contains("'unsafe-eval'"), "{scripts}");
        let nonce = scripts.split("'nonce-").nth(1).unwrap();
        let nonce = nonce.split('\'').next().unwrap().to_owned();
        let tags: Vec<&str> = page.text.split("<script").skip(1).collect();
        assert!(!tags.is_empty(), "{path} has scripts");
        for tag in tags {
            let tag = tag.split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        nonces.push(nonce);
    }
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each nonce is used once");
}

#[tokio::test]
async fn pages_keep_their_headers_during_file_requests() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
    let server = TestServer::start_over(&["--site", site]);
    let reader = async |path: &str, kind: &str, policy: &str| {
        for _ in 0..100 {
            let answer = server.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.header("content-type").starts_with(kind), "{path}");
            let found = answer.header("content-security-policy");
            assert!(found.starts_with(policy), "{path}: {found}");
        }
    };
    let page = || reader("/", "text/html", "default-src 'self'; script-src ");
    let file = || reader("/favicon.svg", "image/svg+xml", "default-src 'none'; ");
    tokio::join!(
        page(),
        page(),
        page(),
        page(),
        file(),
        file(),
        file(),
        file()
    );
}

#[tokio::test]
async fn pages_contain_their_rows() {
    let server = with_markup().await;
    let home = server.get("/").await;
    assert_eq!(home.status, 200);
    assert!(
        home.header("content-type").starts_with("text/html"),
        "{:?}",
        home.headers
    );
    assert!(home.text.contains("Sprint"), "{}", home.text);
    let board = server.get(&link(&home.text, "sprint-2026")).await;
    assert_eq!(board.status, 200);
    assert!(
        board.header("content-type").starts_with("text/html"),
        "{:?}",
        board.headers
    );
    for shown in ["Ada Lovelace", "71,000", "Eve"] {
        assert!(
            board.text.contains(shown),
            "{shown} is not in {}",
            board.text
        );
    }
}

#[tokio::test]
async fn page_of_a_board_for_game_servers_has_no_form() {
    let server = TestServer::start();
    let mut draft = points();
    for (submitters, is_open) in [("servers", false), ("both", true), ("players", true)] {
        draft["submitters"] = json!(submitters);
        server.put("/api/v1/boards/points", &draft).await;
        let page = server.get("/boards/points").await.text;
        let texts = [
            "Submit a score and claim your rank. No account needed.",
            "First place is free.",
            "Be the first",
        ];
        for text in texts {
            assert_eq!(page.contains(text), is_open, "{submitters}: {text}");
        }
        let refused = "Only game servers submit scores to this board.";
        assert_ne!(page.contains(refused), is_open, "{submitters}");
        // A form that is sent anyway is refused.
        let form = [("slug", "points"), ("name", "Ann"), ("score", "5")];
        let answer = server.form("submit", None, &form).await;
        assert_eq!(answer.status == 200, is_open, "{submitters}: {answer:?}");
        // The board has no scores in the next round.
        let over = json!({ "change": "start_over" });
        let season = "/api/v1/boards/points/seasons/all";
        server.post(season, &over).await.expect(200);
    }
}

#[tokio::test]
async fn pages_use_the_readers_number_format() {
    let server = with_markup().await;
    for (languages, score, said) in [
        (
            "de-DE,de;q=0.9,en;q=0.8",
            "71.000",
            "lang=\"de\" data-marks=\",.31\" data-locale=\"de-DE\" data-time-zone=\"UTC\"",
        ),
        (
            "en-US,en",
            "71,000",
            "data-marks=\".,31\" data-locale=\"en-US\"",
        ),
        (
            "*;q=nothing, \"><b>",
            "71,000",
            "data-marks=\".,31\" data-locale=\"en-001\"",
        ),
    ] {
        let request = server.request(Method::GET, "/boards/sprint-2026");
        let page = Answer::to(request.header("accept-language", languages)).await;
        assert_eq!(page.status, 200, "{languages}");
        assert!(page.text.contains(score), "{languages}: {}", page.text);
        assert!(page.text.contains(said), "{languages}: {}", page.text);
        let mut varies = page.headers.get_all("vary").iter();
        assert!(
            varies.any(|by| by == "accept-language, cookie"),
            "{:?}",
            page.headers
        );
    }
}

#[tokio::test]
async fn rank_is_parsed_in_the_readers_number_format() {
    let server = with_markup().await;
    for (languages, rank, status) in [
        ("en", "1,000", 200),
        ("en", "1000", 200),
        ("de", "1.000", 200),
        ("de", "1,000", 422),
        ("en", "1.5", 422),
        ("en", "", 200),
        ("en", "0", 422),
    ] {
        let path = format!("/boards/sprint-2026?rank={rank}");
        let request = server.request(Method::GET, &path);
        let page = Answer::to(request.header("accept-language", languages)).await;
        assert_eq!(page.status, status, "{rank} in {languages}");
    }
}

#[tokio::test]
async fn distribution_of_few_scores_is_hidden() {
    let server = with_markup().await;
    let board = server.get("/boards/sprint-2026").await;
    let of = |page: &str| {
        let before = page.split("panel distribution").next().unwrap_or_default();
        before.rsplit('<').next().unwrap_or_default().to_owned()
    };
    assert!(of(&board.text).contains(" hidden "), "{}", board.text);
    let server = TestServer::with_players(30).await;
    let home = server.get("/").await.text;
    let address = home.split("href=\"/boards/").nth(1).unwrap();
    let address = format!("/boards/{}", address.split('"').next().unwrap());
    let board = server.get(&address).await;
    assert!(!of(&board.text).contains("hidden"), "{}", board.text);
    assert!(board.text.contains("<rect"), "{}", board.text);
}

#[tokio::test]
async fn devtools_panel_is_only_in_debug_builds() {
    let server = with_markup().await;
    let board = server.get("/boards/sprint-2026").await;
    let is_shown = board.text.contains("class=\"devtools\"");
    assert_eq!(is_shown, cfg!(debug_assertions), "{}", board.text);
}

#[tokio::test]
async fn user_text_is_never_markup() {
    let server = with_markup().await;
    let home = server.get("/").await;
    let board = server.get(&link(&home.text, "sprint-2026")).await;
    for page in [home.text, board.text] {
        for markup in ["<b>Eve</b>", "<script>alert(1)"] {
            assert!(!page.contains(markup), "{markup} is in {page}");
        }
    }
}

#[tokio::test]
async fn unknown_page_is_not_found() {
    let server = TestServer::start();
    let answer = server.get("/nothing/at/all").await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert!(
        answer.header("content-type").starts_with("text/html"),
        "{:?}",
        answer.headers
    );
}

#[tokio::test]
async fn plain_request_to_the_socket_is_refused() {
    let server = TestServer::start();
    let answer = server.get("/ws").await;
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    problem::expect(&answer, 400, &code);
}

#[tokio::test]
async fn graceful_stop_keeps_all_data() {
    let mut server = with_markup().await;
    let one = json!({
        "id": "0193a7c0-0000-7000-8000-000000000001", "player": "zoe", "name": "Zoë", "value": 99,
    });
    let path = "/api/v1/boards/sprint-2026/submissions";
    let first = server.post(path, &one).await.expect(200);
    let rows = async |server: &TestServer| -> Value {
        server
            .get("/api/v1/boards/sprint-2026/standings")
            .await
            .expect(200)["rows"]
            .clone()
    };
    let before = rows(&server).await;
    let status = server.stop();
    assert!(status.success(), "{status}");
    server.restart();
    assert_eq!(rows(&server).await, before);
    assert_eq!(
        server.post(path, &one).await.expect(200),
        first,
        "a repeat returns the first answer"
    );
    assert_eq!(rows(&server).await, before);
}

#[tokio::test]
async fn pages_give_the_browsers_frame_their_colours() {
    let server = TestServer::start();
    let page = server.get("/").await;
    for colour in ["#f6f2e9", "#0a0d16"] {
        let content = format!("content=\"{colour}\"");
        assert!(page.text.contains(&content), "{colour}");
    }
}
