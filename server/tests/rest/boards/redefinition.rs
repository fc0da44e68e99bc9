//! Redefinition of boards: versions, omitted settings, merge patches, previews.

use super::*;

#[tokio::test]
async fn refused_definition_leaves_the_board_unchanged() {
    let server = TestServer::start();
    let board = server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let answer = server
        .put(
            "/api/v1/boards/points",
            &with(full_draft(), "tie", json!("random")),
        )
        .await;
    problem::expect_invalid(&answer, "tie");
    let boards = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(boards["boards"], json!([board]));
}

#[tokio::test]
async fn if_match_protects_a_board_from_lost_updates() {
    let server = TestServer::start();
    let put = async |title: &str, condition: Option<(&str, &str)>| {
        let draft = with(points(), "title", json!(title));
        let request = server.request(Method::PUT, "/api/v1/boards/points");
        let request = request.bearer_auth(TOKEN).json(&draft);
        Answer::to(match condition {
            Some((name, tag)) => request.header(name, tag),
            None => request,
        })
        .await
    };
    let missing = put("Too early", Some(("if-match", "\"1\""))).await;
    problem::expect(&missing, 412, "outdated_board");
    let new = put("One", Some(("if-none-match", "*"))).await;
    assert_eq!((new.status, new.header("etag")), (201, "\"1\""));
    problem::expect(
        &put("Again", Some(("if-none-match", "*"))).await,
        412,
        "outdated_board",
    );
    let read = server.get("/api/v1/boards/points").await;
    assert_eq!(read.header("etag"), "\"1\"");
    let two = put("Two", Some(("if-match", "\"1\""))).await;
    assert_eq!((two.status, two.header("etag")), (200, "\"2\""));
    problem::expect(
        &put("Late", Some(("if-match", "\"1\""))).await,
        412,
        "outdated_board",
    );
    let board = server.get("/api/v1/boards/points").await.expect(200);
    assert_eq!(
        (&board["title"], &board["version"]),
        (&json!("Two"), &json!(2))
    );
    for bad in ["1", "\"x\"", "*", ""] {
        problem::expect(
            &put("Bad", Some(("if-match", bad))).await,
            422,
            "invalid_value",
        );
    }
    assert_eq!(put("Three", None).await.header("etag"), "\"3\"");
    // A proxy that compresses answers makes their tags weak.
    let late = put("Late", Some(("if-match", "W/\"2\""))).await;
    problem::expect(&late, 412, "outdated_board");
    let four = put("Four", Some(("if-match", "W/\"3\""))).await;
    assert_eq!((four.status, four.header("etag")), (200, "\"4\""));
}

#[tokio::test]
async fn time_zone_stays_while_its_seasons_have_standings() {
    let server = TestServer::start();
    let path = "/api/v1/boards/days";
    let with = |periods: Value, zone: &str| {
        let mut draft = points();
        draft["periods"] = periods;
        draft["time_zone"] = json!(zone);
        draft
    };
    let days = |zone: &str| with(json!(["all_time", "daily", "weekly"]), zone);
    server.put(path, &days("UTC")).await.expect(201);
    // Without standings, every zone is possible.
    server.put(path, &days("Asia/Tokyo")).await.expect(200);
    let one = json!({ "player": "ann", "value": 5, "at": "2024-05-01T15:30:00Z" });
    let answer = server
        .post(&format!("{path}/submissions"), &one)
        .await
        .expect(200);
    assert_eq!(answer["standings"][2]["season"], "2024-05-02");
    let preview = format!("{path}/preview");
    for zone in ["UTC", "Europe/Berlin"] {
        for answer in [
            server.put(path, &days(zone)).await,
            server.post(&preview, &days(zone)).await,
            // Standings of a removed period stay readable by their calendar.
            server.put(path, &with(json!(["all_time"]), zone)).await,
        ] {
            let said = problem::expect(&answer, 409, "calendar_in_use");
            problem::check_field(&said, "time_zone");
            let detail = said["detail"].as_str().unwrap();
            assert!(detail.contains("2024-"), "{detail}");
        }
    }
    let board = server.get(path).await.expect(200);
    assert_eq!(board["time_zone"], "Asia/Tokyo");
    // Other changes are possible, also another name of the zone, or one with the same days.
    for zone in ["asia/tokyo", "Japan", "Asia/Seoul"] {
        let mut draft = days(zone);
        draft["title"] = json!("Days");
        server.post(&preview, &draft).await.expect(200);
        server.put(path, &draft).await.expect(200);
    }
    for season in ["2024-05-02", "2024-W18"] {
        let body = json!({ "change": "start_over" });
        server
            .post(&format!("{path}/seasons/{season}"), &body)
            .await
            .expect(200);
    }
    server.post(&preview, &days("UTC")).await.expect(200);
    server.put(path, &days("UTC")).await.expect(200);
}

/// Sends a JSON merge patch with the token.
async fn patch(server: &TestServer, changes: &Value) -> Answer {
    let request = server.request(Method::PATCH, "/api/v1/boards/points");
    let request = request.header("content-type", "application/merge-patch+json");
    Answer::to(request.bearer_auth(TOKEN).body(changes.to_string())).await
}

/// The actions in the audit log, newest first.
async fn actions(server: &TestServer) -> Vec<Value> {
    let log = server.get_with_token("/api/v1/audit").await.expect(200);
    let entries = log["entries"].as_array().expect("a list").iter();
    entries.map(|entry| entry["action"].clone()).collect()
}

#[tokio::test]
async fn definition_that_would_reset_settings_is_refused_with_their_names() {
    let server = TestServer::start();
    let path = "/api/v1/boards/points";
    let mut full = full_draft();
    full["archived"] = json!(false);
    let board = server.put(path, &full).await.expect(201);
    let short = json!({
        "title": "Run", "policy": "best", "order": "ascending", "tie": "shared",
        "periods": ["all_time"],
    });
    for answer in [
        server.put(path, &short).await,
        server.post(&format!("{path}/preview"), &short).await,
    ] {
        let said = problem::expect(&answer, 422, "omitted_settings");
        let omitted = [
            "time_zone",
            "min_score",
            "format",
            "unit",
            "description",
            "opens_at",
            "closes_at",
            "tick_millis",
            "accent",
            "emblem",
        ];
        // The largest score is the default, and so are these submitters.
        assert_eq!(said["omitted"], json!(omitted));
        let detail = said["detail"].as_str().unwrap();
        assert!(omitted.iter().all(|name| detail.contains(name)), "{detail}");
    }
    assert_eq!(server.get(path).await.expect(200), board);
    // Settings may be reset by name.
    let mut reset = short;
    for name in ["time_zone", "min_score", "format", "unit", "description"] {
        reset[name] = Value::Null;
    }
    for name in [
        "opens_at",
        "closes_at",
        "tick_millis",
        "submitters",
        "accent",
        "emblem",
    ] {
        reset[name] = full[name].clone();
    }
    let reset = server.put(path, &reset).await.expect(200);
    assert_eq!(
        (&reset["time_zone"], &reset["unit"]),
        (&json!("UTC"), &json!(""))
    );
    assert_eq!(reset["tick_millis"], 250);
}

#[tokio::test]
async fn board_open_to_players_is_not_closed_to_them_by_omission() {
    let server = TestServer::with_players(1).await;
    let mut draft = points();
    draft.as_object_mut().unwrap().remove("submitters");
    let answer = server.put("/api/v1/boards/points", &draft).await;
    let said = problem::expect(&answer, 422, "omitted_settings");
    assert_eq!(said["omitted"], json!(["submitters"]));
}

#[tokio::test]
async fn equal_definition_makes_no_version_and_no_audit_entry() {
    let server = TestServer::start();
    let path = "/api/v1/boards/points";
    server.put(path, &full_draft()).await.expect(201);
    let answer = server.get(path).await;
    let board = answer.expect(200);
    // The answer of GET is a valid body of PUT.
    let again = server.put(path, &board).await;
    assert_eq!(again.header("etag"), "\"1\"");
    assert_eq!(again.expect(200), board);
    assert_eq!(patch(&server, &json!({})).await.expect(200), board);
    assert_eq!(
        patch(&server, &json!({ "unit": "min" })).await.expect(200),
        board
    );
    assert_eq!(actions(&server).await, ["define_board"]);
    let mut other = board.clone();
    other["slug"] = json!("another");
    problem::expect_invalid(&server.put(path, &other).await, "slug");
    let mut changed = board;
    changed["title"] = json!("Changed");
    changed["version"] = json!(99);
    let changed = server.put(path, &changed).await.expect(200);
    assert_eq!(
        (&changed["title"], &changed["version"]),
        (&json!("Changed"), &json!(2))
    );
    assert_eq!(actions(&server).await, ["define_board", "define_board"]);
}

#[tokio::test]
async fn merge_patch_changes_single_settings() {
    let server = TestServer::start();
    let missing = patch(&server, &json!({ "title": "None" })).await;
    problem::expect(&missing, 404, "unknown_board");
    let board = server.put("/api/v1/boards/points", &full_draft()).await;
    let mut expected = board.expect(201);
    let changes = json!({ "unit": "km", "closes_at": null, "format": { "decimals": 1 } });
    for (name, value) in changes.as_object().unwrap() {
        expected[name] = value.clone();
    }
    expected["version"] = json!(2);
    let answer = patch(&server, &changes).await;
    assert_eq!(answer.header("etag"), "\"2\"");
    assert_eq!(answer.expect(200), expected);
    // Plain JSON is accepted too, and `If-Match` protects the version.
    let conditional = |tag: &str| {
        let request = server.request(Method::PATCH, "/api/v1/boards/points");
        let request = request.bearer_auth(TOKEN).header("if-match", tag);
        request.json(&json!({ "title": "Third" }))
    };
    let outdated = Answer::to(conditional("\"1\"")).await;
    problem::expect(&outdated, 412, "outdated_board");
    let third = Answer::to(conditional("\"2\"")).await.expect(200);
    assert_eq!(
        (&third["title"], &third["unit"]),
        (&json!("Third"), &json!("km"))
    );
    for (name, value) in [
        ("title", Value::Null),
        ("periods", json!([])),
        ("tie", json!("random")),
        ("min_score", json!("1")),
        ("tick_millis", json!(1)),
        ("colour", json!("red")),
        ("slug", json!("other")),
    ] {
        let answer = patch(&server, &json!({ name: value })).await;
        problem::expect_invalid(&answer, name);
    }
    let board = server.get("/api/v1/boards/points").await.expect(200);
    assert_eq!(board, third);
}

#[tokio::test]
async fn preview_covers_every_running_season_and_names_the_changes() {
    let server = TestServer::start();
    let mut draft = points();
    draft["periods"] = json!(["all_time", "daily"]);
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(201);
    let batch = json!([{ "player": "ann", "value": 1 }, { "player": "bob", "value": 2 }]);
    let path = "/api/v1/boards/points/submissions/batch";
    server.post(path, &batch).await.expect(200);
    let changes = json!({ "order": "ascending", "periods": ["weekly", "all_time"] });
    let request = server.request(Method::POST, "/api/v1/boards/points/preview");
    let request = request.header("content-type", "application/merge-patch+json");
    let request = request.bearer_auth(TOKEN).body(changes.to_string());
    let preview = Answer::to(request).await.expect(200);
    // The first season is also at the top.
    assert_eq!(
        (&preview["season"], &preview["reranked"]),
        (&json!("all"), &json!(2))
    );
    assert_eq!(preview["changes"], json!(["order", "periods"]));
    let seasons = preview["seasons"].as_array().unwrap().iter();
    let seasons: Vec<_> = seasons
        .map(|s| (&s["reranked"], &s["is_removed"]))
        .collect();
    let expected = [
        (&json!(2), &json!(false)),
        (&json!(0), &json!(false)),
        (&json!(2), &json!(true)),
    ];
    assert_eq!(seasons, expected);
    let board = server.get("/api/v1/boards/points").await.expect(200);
    assert_eq!(board["version"], 1);
}
