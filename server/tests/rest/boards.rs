//! Boards: definition and listing.

mod redefinition;

use reqwest::Method;
use serde_json::{Value, json};

use super::problem::{self, members};
use crate::support::{Answer, TOKEN, TestServer, points};

/// The members of a board, sorted.
const BOARD: [&str; 21] = [
    "accent",
    "archived",
    "closes_at",
    "description",
    "emblem",
    "format",
    "max_score",
    "min_score",
    "opens_at",
    "order",
    "periods",
    "policy",
    "seasons",
    "slug",
    "submitters",
    "tick_millis",
    "tie",
    "time_zone",
    "title",
    "unit",
    "version",
];

/// A board draft with every member set.
fn full_draft() -> Value {
    json!({
        "title": "Marathon \"Zürich\" 🏃", "description": "Zwei\nZeilen", "policy": "latest",
        "order": "ascending", "tie": "dense", "periods": ["daily", "all_time", "weekly"],
        "time_zone": "Europe/Zurich", "min_score": -5, "max_score": 9_007_199_254_740_991_i64,
        "format": "duration", "unit": "min", "opens_at": "2020-01-01T00:00:00Z",
        "archived": true, "closes_at": "2109-01-01T00:00:00Z", "submitters": "servers",
        "tick_millis": 250, "accent": "teal", "emblem": "bolt",
    })
}

/// The draft with one member changed.
fn with(mut draft: Value, member: &str, value: Value) -> Value {
    draft[member] = value;
    draft
}

#[tokio::test]
async fn put_creates_a_board_and_replaces_an_existing_one() {
    let server = TestServer::start();
    let new = server
        .put("/api/v1/boards/run_1-a", &points())
        .await
        .expect(201);
    assert_eq!(
        (&new["slug"], &new["title"]),
        (&json!("run_1-a"), &json!("Points"))
    );
    let again = server
        .put("/api/v1/boards/run_1-a", &full_draft())
        .await
        .expect(200);
    assert_eq!(again["title"], "Marathon \"Zürich\" 🏃");
    let boards = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(boards["boards"], json!([again]));
}

#[tokio::test]
async fn board_answer_contains_every_given_member() {
    let server = TestServer::start();
    let board = server
        .put("/api/v1/boards/marathon", &full_draft())
        .await
        .expect(201);
    assert_eq!(members(&board), BOARD);
    for (member, value) in full_draft().as_object().unwrap() {
        match member.as_str() {
            "periods" => assert_eq!(board["periods"], json!(["all_time", "weekly", "daily"])),
            "opens_at" | "closes_at" => assert_eq!(instant(&board[member]), instant(value)),
            _ => assert_eq!(&board[member], value, "{member}"),
        }
    }
}

/// Parses an instant, so that trailing zeros do not matter.
fn instant(value: &Value) -> leaderport::Timestamp {
    value.as_str().expect("text").parse().expect("RFC 3339")
}

#[tokio::test]
async fn omitted_board_members_have_defaults() {
    let server = TestServer::start();
    let mut draft = points();
    draft.as_object_mut().unwrap().remove("submitters");
    let board = server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(201);
    assert_eq!(members(&board), BOARD);
    for (member, value) in [
        ("description", json!("")),
        ("time_zone", json!("UTC")),
        ("min_score", json!(-9_007_199_254_740_991_i64)),
        ("max_score", json!(9_007_199_254_740_991_i64)),
        ("format", json!("integer")),
        ("unit", json!("")),
        ("opens_at", Value::Null),
        ("closes_at", Value::Null),
        ("submitters", json!("servers")),
        ("tick_millis", json!(100)),
        ("accent", json!("indigo")),
        ("emblem", json!("trophy")),
        ("version", json!(1)),
    ] {
        assert_eq!(board[member], value, "{member}");
    }
}

#[tokio::test]
async fn boards_are_listed_by_slug_with_running_seasons() {
    let server = TestServer::start();
    for slug in ["b", "a", "c"] {
        server
            .put(&format!("/api/v1/boards/{slug}"), &full_draft())
            .await
            .expect(201);
    }
    let list = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(members(&list), ["boards"]);
    let slugs: Vec<&Value> = list["boards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["slug"])
        .collect();
    assert_eq!(slugs, ["a", "b", "c"]);
    let seasons = list["boards"][0]["seasons"].as_array().unwrap();
    let periods: Vec<&Value> = seasons.iter().map(|s| &s["period"]).collect();
    assert_eq!(periods, ["all_time", "weekly", "daily"]);
    for season in seasons {
        assert_eq!(
            members(season),
            ["next_reset", "period", "season", "starts_at"]
        );
    }
    assert_eq!(
        (&seasons[0]["season"], &seasons[0]["next_reset"]),
        (&json!("all"), &Value::Null)
    );
    for season in &seasons[1..] {
        assert!(
            instant(&season["starts_at"]) < instant(&season["next_reset"]),
            "{season}"
        );
    }
}

#[tokio::test]
async fn invalid_board_value_is_refused_with_its_field() {
    let server = TestServer::start();
    let beyond = 9_007_199_254_740_992_i64;
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("   ")),
        ("title", json!("x".repeat(81))),
        ("title", json!("a\u{7}b")),
        ("title", json!(5)),
        ("title", Value::Null),
        ("description", json!("x".repeat(501))),
        ("policy", json!("worst")),
        ("order", json!("sideways")),
        ("tie", json!("random")),
        ("periods", json!([])),
        ("periods", json!(["hourly"])),
        ("periods", json!("weekly")),
        ("time_zone", json!("Mars/Olympus")),
        ("min_score", json!(-beyond)),
        ("min_score", json!(1.5)),
        ("max_score", json!(beyond)),
        ("max_score", json!("10")),
        ("format", json!("roman")),
        ("format", json!({ "decimals": 10 })),
        ("format", json!({ "decimals": 0 })),
        ("unit", json!("furlongs per fortnight")),
        ("opens_at", json!("yesterday")),
        ("closes_at", json!("0000-12-31T00:00:00Z")),
        ("closes_at", json!(5)),
    ] {
        let answer = server
            .put("/api/v1/boards/points", &with(points(), field, value))
            .await;
        problem::expect_invalid(&answer, field);
    }
    let boards = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(boards["boards"], json!([]), "nothing was defined");
}

#[tokio::test]
async fn contradictory_values_are_refused() {
    let server = TestServer::start();
    let bounds = with(with(points(), "min_score", json!(2)), "max_score", json!(1));
    problem::expect_invalid(
        &server.put("/api/v1/boards/points", &bounds).await,
        "max_score",
    );
    let opens = with(points(), "opens_at", json!("2026-01-01T00:00:00Z"));
    let closed = with(opens, "closes_at", json!("2026-01-01T00:00:00Z"));
    problem::expect_invalid(
        &server.put("/api/v1/boards/points", &closed).await,
        "closes_at",
    );
}

#[tokio::test]
async fn missing_and_unknown_members_are_named() {
    let server = TestServer::start();
    for member in ["title", "policy", "order", "tie", "periods"] {
        let mut draft = points();
        draft.as_object_mut().unwrap().remove(member);
        problem::expect_invalid(&server.put("/api/v1/boards/points", &draft).await, member);
    }
    let draft = with(points(), "colour", json!("red"));
    problem::expect_invalid(&server.put("/api/v1/boards/points", &draft).await, "colour");
}

#[tokio::test]
async fn invalid_slug_is_refused() {
    let server = TestServer::start();
    let longest = "s".repeat(64);
    server
        .put(&format!("/api/v1/boards/{longest}"), &points())
        .await
        .expect(201);
    for slug in [
        "Points",
        "-a",
        "_a",
        "a%20b",
        "%C3%A4",
        "a.b",
        &"s".repeat(65),
    ] {
        problem::expect_invalid(
            &server
                .put(&format!("/api/v1/boards/{slug}"), &points())
                .await,
            "slug",
        );
    }
}
