//! Engine operations, over REST and from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::json;

use super::nodes::service;
use super::problem;
use crate::support::{Answer, TOKEN, TestServer};

#[tokio::test]
async fn engine_state_needs_an_operator() {
    let server = TestServer::with_players(3).await;
    let path = "/api/v1/engine";
    let stranger = server.get(path).await;
    assert_eq!(stranger.expect(401)["code"], "unauthorized");
    let request = server.request(Method::GET, path).bearer_auth(TOKEN);
    let state = Answer::to(request).await.expect(200);
    let season = json!({ "board": "points", "season": "all", "recorded": 3, "ranked": 3 });
    assert_eq!(state["seasons"], json!([season]));
    assert_eq!(
        (&state["dead"], &state["dead_letters"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn repairs_report_their_effect() {
    let server = TestServer::with_players(3).await;
    let season = json!({ "board": "points", "season": "all" });
    let drift = server
        .post("/api/v1/engine/sync", &season)
        .await
        .expect(200);
    let none = json!({ "checked": 3, "missing": 0, "stale": 0, "ahead": 0, "repaired": false });
    assert_eq!(drift, none);
    let rebuilt = server
        .post("/api/v1/engine/rebuild", &season)
        .await
        .expect(200);
    assert_eq!(rebuilt, json!({ "standings": 3 }));
    let board = json!({ "board": "points" });
    let cleared = server
        .post("/api/v1/engine/clear-cache", &board)
        .await
        .expect(200);
    assert_eq!(cleared, json!({ "seasons": ["all"] }));
    let letter = json!({ "id": 7 });
    let retried = server.post("/api/v1/engine/retry", &letter).await;
    assert_eq!(retried.expect(200), json!({ "retried": 0 }));
    let page = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(page["total"], 3, "a read loads the season");
}

#[tokio::test]
async fn repairs_of_unknown_boards_and_seasons_are_refused() {
    let server = TestServer::with_players(1).await;
    for (path, body, status, code) in [
        (
            "sync",
            json!({ "board": "nowhere", "season": "all" }),
            404,
            "unknown_board",
        ),
        (
            "rebuild",
            json!({ "board": "nowhere", "season": "all" }),
            404,
            "unknown_board",
        ),
        (
            "clear-cache",
            json!({ "board": "nowhere" }),
            404,
            "unknown_board",
        ),
        (
            "sync",
            json!({ "board": "points", "season": "2026-13" }),
            422,
            "invalid_value",
        ),
        ("clear-cache", json!({}), 422, "invalid_value"),
        ("retry", json!({ "id": "all" }), 422, "invalid_value"),
    ] {
        let answer = server.post(&format!("/api/v1/engine/{path}"), &body).await;
        problem::expect(&answer, status, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_shows_and_repairs_the_engine() {
    let server = TestServer::with_players(3).await;
    let run = |args: &[&str]| server.output_of(args);
    let status = run(&["status"]);
    assert!(
        status.lines().any(|l| l.starts_with("points/all ")),
        "{status}"
    );
    let sync = run(&["sync", "--dry-run"]);
    assert_eq!(
        sync,
        "1 seasons, 3 standings compared, 0 differed and would be repaired\n"
    );
    let cleared = run(&["clear-cache", "--board", "points"]);
    assert_eq!(
        cleared,
        "1 seasons dropped; the next read of a season loads it\n"
    );
    let retried = run(&["retry"]);
    assert!(retried.starts_with("0 dead letters retried;"), "{retried}");
    let unknown = server.command(&["retry", "--id", "99"]);
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    let refused = String::from_utf8_lossy(&unknown.stderr);
    assert!(refused.contains("there is no dead letter 99"), "{refused}");
    let rebuilt = run(&["rebuild"]);
    assert_eq!(rebuilt, "1 seasons rebuilt from 3 standings\n");
}

/// The files of a server's ledger.
fn ledger_files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the data folder");
    let files = files.map(|file| file.expect("a file").path());
    let is_of_ledger = |file: &PathBuf| file.to_string_lossy().contains("leaderport.sqlite");
    files.filter(is_of_ledger).collect()
}

#[tokio::test]
async fn scores_that_a_restored_ledger_lost_are_gone_from_redis() {
    let prefix = format!("restored-{}", rand::Rng::random::<u64>(&mut rand::rng()));
    let redis = service("LEADERPORT_TEST_REDIS");
    let flags = ["--broker", redis.as_str(), "--broker-prefix", &prefix];
    let mut server = TestServer::start_over(&flags);
    let points = crate::support::points();
    server
        .put("/api/v1/boards/points", &points)
        .await
        .expect(201);
    let path = "/api/v1/boards/points/submissions";
    let ann = json!({ "player": "ann", "value": 5 });
    server.post(path, &ann).await.expect(200);
    assert!(server.stop().success());
    let backup = tempfile::tempdir().unwrap();
    for file in ledger_files(server.data()) {
        fs::copy(&file, backup.path().join(file.file_name().unwrap())).unwrap();
    }
    server.restart();
    for (player, value) in [("bob", 7), ("ann", 9)] {
        let more = json!({ "player": player, "value": value });
        server.post(path, &more).await.expect(200);
    }
    assert!(server.stop().success());
    for file in &ledger_files(server.data()) {
        fs::remove_file(file).unwrap();
    }
    for file in ledger_files(backup.path()) {
        fs::copy(&file, server.data().join(file.file_name().unwrap())).unwrap();
    }
    server.restart();
    let page = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(
        (&page["total"], &page["degraded"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(
        (&page["rows"][0]["player"], &page["rows"][0]["score"]),
        (&json!("ann"), &json!(5))
    );
    server
        .get("/api/v1/boards/points/standings/bob")
        .await
        .expect(404);
    assert_eq!(server.get("/boards/points").await.status, 200);
}
