//! The list of a board's seasons, open to all.

use reqwest::Method;
use serde_json::{Value, json};

use super::filled::with_seasons;
use super::problem::{self, members};
use crate::support::{Answer, TestServer, points};

const SEASONS: &str = "/api/v1/boards/days/seasons";

/// A server with a daily board, and a score on each of the first 28 days of six months of 2024.
async fn with_days() -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    draft["periods"] = json!(["all_time", "daily"]);
    server.put("/api/v1/boards/days", &draft).await.expect(201);
    let days =
        (1..=6).flat_map(|month| (1..=28).map(move |day| format!("2024-{month:02}-{day:02}")));
    let one = |day| json!({ "player": "ann", "value": 5, "at": format!("{day}T12:00:00Z") });
    let batch: Vec<Value> = days.map(one).collect();
    let path = "/api/v1/boards/days/submissions/batch";
    let answer = server.post(path, &json!(batch)).await.expect(200);
    let outcomes = answer["outcomes"].as_array().expect("outcomes");
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200));
    server
}

fn labels(list: &Value) -> Vec<&str> {
    let seasons = list["seasons"].as_array().expect("seasons").iter();
    seasons
        .map(|line| line["season"].as_str().expect("a label"))
        .collect()
}

#[tokio::test]
async fn every_season_with_standings_is_reached_without_a_token() {
    let server = with_days().await;
    let first = server.get(&format!("{SEASONS}?limit=50")).await.expect(200);
    assert_eq!(members(&first), ["next", "seasons"]);
    let line = &first["seasons"][0];
    let expected = [
        "is_running",
        "next_reset",
        "rule",
        "season",
        "standings",
        "starts_at",
    ];
    assert_eq!(members(line), expected);
    let is_running = |line: &&Value| line["is_running"] == true;
    let running = first["seasons"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_running);
    assert_eq!(
        running.count(),
        2,
        "the running seasons are not counted by the limit"
    );
    assert_eq!(first["seasons"].as_array().unwrap().len(), 52);
    let mut ended: Vec<String> = labels(&first)[2..]
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut next = first["next"].clone();
    while let Some(before) = next.as_str() {
        assert_eq!(Some(before), ended.last().map(String::as_str));
        let path = format!("{SEASONS}?limit=50&before={before}");
        let list = server.get(&path).await.expect(200);
        assert!(
            list["seasons"]
                .as_array()
                .unwrap()
                .iter()
                .all(|line| line["standings"] == 1)
        );
        ended.extend(labels(&list).iter().map(ToString::to_string));
        next = list["next"].clone();
    }
    assert_eq!(ended.len(), 6 * 28);
    assert!(ended.is_sorted_by(|a, b| a > b), "newest first: {ended:?}");
    assert_eq!(ended.last().map(String::as_str), Some("2024-01-01"));
    let oldest = server
        .get("/api/v1/boards/days/standings?season=2024-01-01")
        .await;
    assert_eq!(oldest.expect(200)["total"], 1);
    let all = server.get(SEASONS).await.expect(200);
    assert_eq!(all["seasons"].as_array().unwrap().len(), 2 + 6 * 28);
    assert_eq!(all["next"], Value::Null);
}

#[tokio::test]
async fn readers_get_only_seasons_that_they_can_read() {
    let server = with_days().await;
    // A board without daily seasons keeps their standings.
    let path = "/api/v1/boards/days";
    server.put(path, &points()).await.expect(200);
    let all = server.get(SEASONS).await.expect(200);
    assert_eq!(labels(&all), ["all"]);
    let day = server
        .get(&format!("{path}/standings?season=2024-01-01"))
        .await;
    problem::expect_invalid(&day, "period");
    let all = server.get_with_token(SEASONS).await.expect(200);
    assert_eq!(labels(&all).len(), 1 + 6 * 28);
}

#[tokio::test]
async fn seasons_are_listed_by_period() {
    let server = with_seasons().await;
    let path = "/api/v1/boards/runs/seasons";
    let list = server
        .get(&format!("{path}?period=monthly"))
        .await
        .expect(200);
    let labels = labels(&list);
    assert_eq!((labels.len(), labels[1]), (2, "2024-01"));
    let list = server
        .get(&format!("{path}?period=daily&before=2024-01-31"))
        .await;
    assert_eq!(list.expect(200)["seasons"], json!([]));
    for (query, field) in [
        ("period=hourly", "period"),
        ("before=yesterday", "before"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
    ] {
        let answer = server.get(&format!("{path}?{query}")).await;
        problem::expect_invalid(&answer, field);
    }
    let unknown = server.get("/api/v1/boards/nowhere/seasons").await;
    problem::expect(&unknown, 404, "unknown_board");
    let bad = server.request(Method::GET, path).bearer_auth("lp_unknown");
    problem::expect(&Answer::to(bad).await, 401, "unauthorized");
}
