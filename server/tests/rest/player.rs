//! Reads of one player: the player's standings, and the rows around them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::filled::{STANDINGS, players, with_seasons};
use super::problem::{self, members};
use crate::support::{TestServer, points};

const SUBMISSIONS: &str = "/api/v1/boards/points/submissions";

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
        "a/b",
        "...",
        "..%2F",
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

/// The two spellings of Élodie, which look the same.
const SPELLINGS: [&str; 2] = ["\u{c9}lodie", "E\u{301}lodie"];

#[tokio::test]
async fn composed_and_decomposed_ids_are_one_player() {
    let server = TestServer::with_players(0).await;
    let [composed, decomposed] = SPELLINGS;
    let one = |value: i64| json!({ "player": decomposed, "name": decomposed, "value": value });
    let answer = server.post(SUBMISSIONS, &one(5)).await.expect(200);
    assert_eq!(answer["player"], composed);
    let path = format!("{SUBMISSIONS}/batch");
    let answer = server.post(&path, &json!([one(6)])).await.expect(200);
    assert_eq!(answer["outcomes"][0]["player"], composed);
    let one = json!({ "player": composed, "value": 7 });
    server.post(SUBMISSIONS, &one).await.expect(200);
    let rows = server.get("/api/v1/boards/points/standings").await;
    let rows = rows.expect(200)["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(
        (&rows[0]["player"], &rows[0]["name"], &rows[0]["score"]),
        (&json!(composed), &json!(composed), &json!(7))
    );
    for id in SPELLINGS.map(percent_encode) {
        for rest in ["", "?season=all", "/history", "/around"] {
            let path = format!("/api/v1/boards/points/standings/{id}{rest}");
            server.get(&path).await.expect(200);
        }
        let found = server
            .get_with_token(&format!("/api/v1/players/{id}"))
            .await;
        assert_eq!(found.expect(200)["player"], composed);
    }
    let path = format!("/api/v1/players/{}/name", percent_encode(decomposed));
    let renamed = server.put(&path, &json!({ "name": "Zoe\u{308}" })).await;
    assert_eq!(renamed.status, 204, "{renamed:?}");
    let ban = json!({ "type": "ban", "players": SPELLINGS, "banned": true });
    let ruled = server
        .post("/api/v1/rulings", &json!({ "ruling": ban }))
        .await;
    assert_eq!(ruled.expect(200)["changed"], 1);
    let path = format!("/api/v1/players/{}", percent_encode(composed));
    let record = server.get_with_token(&path).await.expect(200);
    assert_eq!(
        (&record["name"], &record["is_banned"]),
        (&json!("Zo\u{eb}"), &json!(true))
    );
}

#[tokio::test]
async fn id_that_no_url_contains_is_refused() {
    let server = TestServer::with_players(0).await;
    for id in [".", "..", "%2e", "%2E%2e", ".%2E", "\u{3164}", "a\u{ad}b"] {
        let one = json!({ "player": id, "value": 5 });
        problem::expect_invalid(&server.post(SUBMISSIONS, &one).await, "player");
        let path = format!("{SUBMISSIONS}/batch");
        let answer = server.post(&path, &json!([one])).await.expect(200);
        problem::check_field(&answer["outcomes"][0], "player");
        let token = server
            .post("/api/v1/tokens", &json!({ "player": id }))
            .await;
        problem::expect_invalid(&token, "player");
    }
}

#[tokio::test]
async fn invisible_name_is_refused_wherever_names_enter() {
    let server = TestServer::with_players(1).await;
    for name in [
        "\u{3164}",
        "\u{2800}\u{2800}",
        "\u{ad}",
        "\u{200d}",
        "\u{fe0f}",
        "\u{115f}",
        "\u{ffa0}",
        "Ad\u{ad}min",
        "A\u{61c}B",
        "A\u{2028}B",
        "A\u{e0041}\u{e007f}",
        "\u{1f642}\u{200d}\u{1f642}",
    ] {
        let one = json!({ "player": "ann", "name": name, "value": 5 });
        problem::expect_invalid(&server.post(SUBMISSIONS, &one).await, "name");
        let path = format!("{SUBMISSIONS}/batch");
        let answer = server.post(&path, &json!([one])).await.expect(200);
        problem::check_field(&answer["outcomes"][0], "name");
        let renamed = server
            .put("/api/v1/players/p0/name", &json!({ "name": name }))
            .await;
        problem::expect_invalid(&renamed, "name");
        let rename = json!({ "type": "rename", "player": "p0", "name": name, "fixed": false });
        let ruled = server
            .post("/api/v1/rulings", &json!({ "ruling": rename }))
            .await;
        problem::expect_invalid(&ruled, "name");
        let form = [("slug", "points"), ("name", name), ("score", "5")];
        assert_eq!(
            server.form("submit", None, &form).await.status,
            422,
            "{name:?}"
        );
        let form = [
            ("name", name),
            ("handle", "ann"),
            ("password", "correct horse"),
        ];
        assert_eq!(
            server.form("sign-up", None, &form).await.status,
            422,
            "{name:?}"
        );
    }
    let persian = "\u{639}\u{644}\u{6cc}\u{200c}\u{631}\u{636}\u{627}";
    for name in ["\u{1f469}\u{200d}\u{1f680}", "\u{2764}\u{fe0f}", persian] {
        let renamed = server
            .put("/api/v1/players/p0/name", &json!({ "name": name }))
            .await;
        assert_eq!(renamed.status, 204, "{name:?}: {renamed:?}");
    }
}

#[tokio::test]
async fn names_that_look_the_same_are_spelled_the_same() {
    let server = TestServer::with_players(0).await;
    for (n, (name, spelled)) in [
        ("\u{1f642}\u{fe0f}", "\u{1f642}"),
        (
            "\u{1f3f3}\u{200d}\u{1f308}",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let one = json!({ "player": format!("look-{n}"), "name": name, "value": 5 });
        let answer = server.post(SUBMISSIONS, &one).await.expect(200);
        assert_eq!(answer["name"], spelled, "{name:?}");
    }
}
