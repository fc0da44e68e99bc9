//! Reads of standings, row by row.

use reqwest::Method;
use serde_json::json;

use super::filled::{STANDINGS, players, with_seasons};
use super::problem::{self, members};
use crate::support::{Answer, TestServer};

#[tokio::test]
async fn standings_contain_season_position_and_rows() {
    let server = with_seasons().await;
    let answer = server
        .get("/api/v1/boards/runs/standings?season=2024-01")
        .await
        .expect(200);
    assert_eq!(members(&answer), STANDINGS);
    assert_eq!(members(&answer["position"]), ["epoch", "offset"]);
    let epoch = answer["position"]["epoch"].as_str().unwrap();
    assert!(
        epoch.len() == 16 && epoch.bytes().all(|b| b.is_ascii_hexdigit()),
        "{epoch}"
    );
    assert!(answer["position"]["offset"].is_u64());
    for (member, value) in [
        ("board", json!("runs")),
        ("period", json!("monthly")),
        ("season", json!("2024-01")),
        ("next_reset", json!("2024-02-01T00:00:00.000Z")),
        ("total", json!(1)),
        ("offset", json!(0)),
    ] {
        assert_eq!(answer[member], value, "{member}");
    }
    let row = json!({
        "rank": 1, "player": "ann", "name": "Ann", "score": 50,
        "achieved_at": "2024-01-31T23:59:59.999Z",
    });
    assert_eq!(answer["rows"], json!([row]));
}

#[tokio::test]
async fn read_uses_the_named_or_the_current_season() {
    let server = with_seasons().await;
    for (query, season, expected) in [
        ("", "all", vec!["bob", "ann"]),
        ("?period=all_time", "all", vec!["bob", "ann"]),
        ("?season=all", "all", vec!["bob", "ann"]),
        ("?season=2024-01", "2024-01", vec!["ann"]),
        ("?season=2024-01-31", "2024-01-31", vec!["ann"]),
        ("?period=daily&season=2024-01-30", "2024-01-30", vec![]),
    ] {
        let answer = server
            .get(&format!("/api/v1/boards/runs/standings{query}"))
            .await
            .expect(200);
        assert_eq!(
            (&answer["season"], players(&answer)),
            (&json!(season), expected),
            "{query}"
        );
    }
    let answer = server
        .get("/api/v1/boards/runs/standings?period=monthly")
        .await
        .expect(200);
    assert_eq!(players(&answer), ["bob"]);
    assert!(answer["next_reset"].is_string());
    let answer = server
        .get("/api/v1/boards/runs/standings")
        .await
        .expect(200);
    assert!(
        answer["next_reset"].is_null(),
        "an all-time season has no reset"
    );
}

#[tokio::test]
async fn season_impossible_for_the_board_is_refused() {
    let server = with_seasons().await;
    for path in ["standings", "standings/ann", "standings/ann/around"] {
        for (query, field) in [
            ("period=hourly", "period"),
            ("period=weekly", "period"),
            ("season=2024-13", "season"),
            ("season=now", "season"),
            ("season=2024-W01", "period"),
            ("period=daily&season=2024-01", "season"),
            ("period=all_time&season=2024-01", "season"),
        ] {
            let answer = server
                .get(&format!("/api/v1/boards/runs/{path}?{query}"))
                .await;
            problem::expect_invalid(&answer, field);
        }
    }
}

#[tokio::test]
async fn rows_are_limited_to_fifty_by_default() {
    let server = TestServer::with_players(230).await;
    for (query, expected) in [
        ("", 0..50),
        ("?limit=1", 0..1),
        ("?limit=200", 0..200),
        ("?offset=49&limit=2", 49..51),
        ("?offset=200", 200..230),
        ("?offset=229&limit=200", 229..230),
    ] {
        let answer = server
            .get(&format!("/api/v1/boards/points/standings{query}"))
            .await
            .expect(200);
        let ids: Vec<String> = expected.clone().map(|n| format!("p{n}")).collect();
        assert_eq!(players(&answer), ids, "{query}");
        assert_eq!(
            (&answer["total"], &answer["offset"]),
            (&json!(230), &json!(expected.start)),
            "{query}"
        );
        assert_eq!(answer["rows"][0]["rank"], expected.start + 1, "{query}");
    }
}

#[tokio::test]
async fn offset_past_the_end_returns_only_the_total() {
    let server = TestServer::with_players(3).await;
    for offset in ["3", "4", "1000000"] {
        let answer = server
            .get(&format!("/api/v1/boards/points/standings?offset={offset}"))
            .await
            .expect(200);
        assert_eq!(
            (&answer["rows"], &answer["total"]),
            (&json!([]), &json!(3)),
            "{offset}"
        );
    }
    // Offsets beyond the end of any possible board.
    for offset in [
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775807",
    ] {
        let answer = server
            .get(&format!("/api/v1/boards/points/standings?offset={offset}"))
            .await;
        assert!([200, 422].contains(&answer.status), "{offset}: {answer:?}");
    }
}

#[tokio::test]
async fn limit_or_offset_out_of_bounds_is_refused() {
    let server = TestServer::with_players(3).await;
    for limit in [
        "0",
        "201",
        "-1",
        "1.5",
        "abc",
        "1e2",
        "99999999999999999999",
    ] {
        for path in ["standings", "standings/p1/around"] {
            let answer = server
                .get(&format!("/api/v1/boards/points/{path}?limit={limit}"))
                .await;
            problem::expect_invalid(&answer, "limit");
        }
    }
    for offset in ["-1", "1.5", "abc"] {
        let answer = server
            .get(&format!("/api/v1/boards/points/standings?offset={offset}"))
            .await;
        problem::expect_invalid(&answer, "offset");
    }
}

#[tokio::test]
async fn unchanged_standings_answer_304() {
    let server = TestServer::with_players(3).await;
    let path = "/api/v1/boards/points/standings?limit=2";
    let first = server.get(path).await;
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty(), "{first:?}");
    let get = |tag: &str| {
        Answer::to(
            server
                .request(Method::GET, path)
                .header("if-none-match", tag),
        )
    };
    for known in [tag.clone(), format!("\"another\", {tag}")] {
        let again = get(&known).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    get("\"another\"").await.expect(200);
    server
        .post(
            "/api/v1/boards/points/submissions",
            &json!({ "player": "p2", "value": 9999 }),
        )
        .await
        .expect(200);
    let newer = get(&tag).await;
    assert_eq!(players(&newer.expect(200)), ["p2", "p0"]);
    assert_ne!(newer.header("etag"), tag);
}
