//! Reads of one player: the player's standings, and the rows around them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::filled::{STANDINGS, players, with_seasons};
use super::problem::{self, members};
use crate::support::{TestServer, points};

/// A path segment with every byte percent-encoded, except ASCII letters and digits.
fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string never fails");
        }
        encoded
    })
}

#[tokio::test]
async fn player_is_read_in_one_season() {
    let server = with_seasons().await;
    let answer = server
        .get("/api/v1/boards/runs/standings/ann?season=all")
        .await
        .expect(200);
    let expected = [
        "achieved_at",
        "board",
        "degraded",
        "name",
        "next_reset",
        "percentile",
        "period",
        "player",
        "position",
        "rank",
        "score",
        "season",
        "total",
    ];
    assert_eq!(members(&answer), expected);
    for (member, value) in [
        ("board", json!("runs")),
        ("period", json!("all_time")),
        ("season", json!("all")),
        ("next_reset", Value::Null),
        ("player", json!("ann")),
        ("name", json!("Ann")),
        ("rank", json!(2)),
        ("score", json!(50)),
        ("achieved_at", json!("2024-01-31T23:59:59.999Z")),
        ("total", json!(2)),
        ("percentile", json!(0.0)),
    ] {
        assert_eq!(answer[member], value, "{member}");
    }
    let answer = server
        .get("/api/v1/boards/runs/standings/bob?period=monthly")
        .await
        .expect(200);
    assert_eq!(
        (&answer["rank"], &answer["percentile"]),
        (&json!(1), &json!(100.0))
    );
}

#[tokio::test]
async fn player_is_read_in_every_running_season_with_a_standing() {
    let server = with_seasons().await;
    let answer = server
        .get("/api/v1/boards/runs/standings/bob")
        .await
        .expect(200);
    assert_eq!(members(&answer), ["board", "name", "player", "standings"]);
    assert_eq!(
        (&answer["board"], &answer["player"], &answer["name"]),
        (&json!("runs"), &json!("bob"), &json!("bob"))
    );
    let standings = answer["standings"].as_array().unwrap();
    let periods: Vec<&Value> = standings.iter().map(|s| &s["period"]).collect();
    assert_eq!(periods, ["all_time", "monthly", "daily"]);
    let expected = [
        "achieved_at",
        "degraded",
        "next_reset",
        "percentile",
        "period",
        "position",
        "rank",
        "score",
        "season",
        "total",
    ];
    assert!(standings.iter().all(|s| members(s) == expected), "{answer}");
    let answer = server
        .get("/api/v1/boards/runs/standings/ann")
        .await
        .expect(200);
    let periods: Vec<&Value> = answer["standings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["period"])
        .collect();
    assert_eq!(periods, ["all_time"]);
}

#[tokio::test]
async fn around_returns_eleven_rows_centered_on_the_player() {
    let server = TestServer::with_players(100).await;
    for (path, expected) in [
        ("p50/around", 45..56),
        ("p0/around", 0..11),
        ("p99/around", 89..100),
        ("p50/around?limit=3", 49..52),
        ("p50/around?limit=200&season=all", 0..100),
    ] {
        let answer = server
            .get(&format!("/api/v1/boards/points/standings/{path}"))
            .await
            .expect(200);
        assert_eq!(members(&answer), STANDINGS, "{path}");
        let ids: Vec<String> = expected.clone().map(|n| format!("p{n}")).collect();
        assert_eq!(players(&answer), ids, "{path}");
        assert_eq!(
            (&answer["offset"], &answer["total"]),
            (&json!(expected.start), &json!(100)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn unknown_boards_and_players_are_not_found() {
    let server = with_seasons().await;
    for path in [
        "standings",
        "standings/ann",
        "standings/ann?season=all",
        "standings/ann/around",
    ] {
        for board in ["nowhere", "No%20Slug"] {
            let answer = server.get(&format!("/api/v1/boards/{board}/{path}")).await;
            problem::expect(&answer, 404, "unknown_board");
        }
    }
    for path in [
        "zoe",
        "zoe?season=all",
        "ann?period=daily",
        "zoe/around",
        "ann/around?period=daily",
    ] {
        let answer = server
            .get(&format!("/api/v1/boards/runs/standings/{path}"))
            .await;
        problem::expect(&answer, 404, "unknown_player");
    }
}

#[tokio::test]
async fn player_is_found_by_a_percent_encoded_id() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let ids = [
        "Zoë",
        "日本 語",
        "🏆",
        "a?b",
        "a#b",
        "a&b=c",
        "50%",
        "%41",
        "a+b",
        "a\\b",
        "\"a\"",
        "o'b",
    ];
    for id in ids {
        let one = json!({ "player": id, "value": 5 });
        server
            .post("/api/v1/boards/points/submissions", &one)
            .await
            .expect(200);
        for path in [
            percent_encode(id),
            format!("{}?season=all", percent_encode(id)),
        ] {
            let answer = server
                .get(&format!("/api/v1/boards/points/standings/{path}"))
                .await
                .expect(200);
            assert_eq!(answer["player"], id, "{path}");
        }
        let path = format!(
            "/api/v1/boards/points/standings/{}/around",
            percent_encode(id)
        );
        let answer = server.get(&path).await.expect(200);
        assert!(players(&answer).contains(&id), "{path}");
    }
}
