//! Submissions, one by one and in batches.

use serde_json::{Value, json};

use super::problem::{self, members};
use crate::support::{Answer, TestServer, points};

const ID: &str = "0193a7c0-0000-7000-8000-000000000001";
const OTHER_ID: &str = "0193a7c0-0000-7000-8000-000000000002";

const ONE: &str = "/api/v1/boards/points/submissions";
const BATCH: &str = "/api/v1/boards/points/submissions/batch";

/// A server with a points board, whose draft has some members replaced.
async fn with_points(members: Value) -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    for (member, value) in members.as_object().expect("members") {
        draft[member] = value.clone();
    }
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(201);
    server
}

/// The only season's part of an answer: score, rank and previous rank.
fn standing(answer: &Value) -> (&Value, &Value, &Value) {
    let standing = &answer["standings"][0];
    (
        &standing["score"],
        &standing["rank"],
        &standing["previous_rank"],
    )
}

async fn total(server: &TestServer) -> Value {
    server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200)["total"]
        .clone()
}

#[tokio::test]
async fn answer_lists_every_season_in_which_the_submission_counts() {
    let server = with_points(json!({ "periods": ["all_time", "yearly"] })).await;
    let at = "2024-05-01T10:00:00.250Z";
    let one = json!({ "id": ID, "player": "ann", "name": "Ann", "value": 71_000, "at": at });
    let answer = server.post(ONE, &one).await.expect(200);
    assert_eq!(members(&answer), ["id", "name", "player", "standings"]);
    assert_eq!(
        (&answer["id"], &answer["player"]),
        (&json!(ID), &json!("ann"))
    );
    let standings = answer["standings"].as_array().unwrap();
    let named: Vec<_> = standings
        .iter()
        .map(|s| (&s["period"], &s["season"]))
        .collect();
    assert_eq!(
        named,
        [
            (&json!("all_time"), &json!("all")),
            (&json!("yearly"), &json!("2024"))
        ]
    );
    for standing in standings {
        let expected = [
            "achieved_at",
            "period",
            "position",
            "previous_rank",
            "rank",
            "score",
            "season",
        ];
        assert_eq!(members(standing), expected);
        assert_eq!(members(&standing["position"]), ["epoch", "offset"]);
        assert_eq!(
            (&standing["score"], &standing["rank"]),
            (&json!(71_000), &json!(1))
        );
        assert_eq!(
            (&standing["achieved_at"], &standing["previous_rank"]),
            (&json!(at), &Value::Null)
        );
    }
}

#[tokio::test]
async fn submission_changes_the_rank_at_once() {
    let server = with_points(json!({})).await;
    for (player, value, expected) in [
        ("ann", 50, (json!(50), json!(1), Value::Null)),
        ("bob", 70, (json!(70), json!(1), Value::Null)),
        ("ann", 80, (json!(80), json!(1), json!(2))),
        ("bob", 10, (json!(70), json!(2), json!(2))),
    ] {
        let answer = server
            .post(ONE, &json!({ "player": player, "value": value }))
            .await
            .expect(200);
        let (score, rank, previous) = &expected;
        assert_eq!(
            standing(&answer),
            (score, rank, previous),
            "{player} {value}"
        );
        let read = server
            .get("/api/v1/boards/points/standings")
            .await
            .expect(200);
        assert_eq!(
            read["position"], answer["standings"][0]["position"],
            "a read after the answer sees the change"
        );
    }
}

#[tokio::test]
async fn submission_without_an_id_gets_one() {
    let server = with_points(json!({ "policy": "sum" })).await;
    let one = json!({ "player": "ann", "value": 5 });
    let first = server.post(ONE, &one).await.expect(200);
    let second = server.post(ONE, &one).await.expect(200);
    assert_ne!(first["id"], second["id"]);
    assert!(
        first["id"]
            .as_str()
            .unwrap()
            .parse::<leaderport::SubmissionId>()
            .is_ok()
    );
    assert_eq!(
        standing(&second).0,
        &json!(10),
        "without an id, each submission counts"
    );
}

#[tokio::test]
async fn repeated_submission_returns_first_answer() {
    let server = with_points(json!({ "policy": "sum" })).await;
    let one = json!({ "id": ID, "player": "ann", "value": 5 });
    let first = server.post(ONE, &one).await.expect(200);
    server
        .post(ONE, &json!({ "player": "bob", "value": 9 }))
        .await
        .expect(200);
    assert_eq!(server.post(ONE, &one).await.expect(200), first);
    let outcome = server.post(BATCH, &json!([one])).await.expect(200)["outcomes"][0].clone();
    assert_eq!(
        (&outcome["status"], &outcome["standings"]),
        (&json!(200), &first["standings"])
    );
    let read = server
        .get("/api/v1/boards/points/standings/ann?season=all")
        .await
        .expect(200);
    assert_eq!(read["score"], 5);
}

#[tokio::test]
async fn different_content_under_one_id_is_a_conflict() {
    let server = with_points(json!({})).await;
    server
        .post(ONE, &json!({ "id": ID, "player": "ann", "value": 5 }))
        .await
        .expect(200);
    for other in [
        json!({ "id": ID, "player": "ann", "value": 6 }),
        json!({ "id": ID, "player": "bob", "value": 5 }),
        json!({ "id": ID.to_uppercase(), "player": "bob", "value": 5 }),
        json!({ "id": ID, "player": "ann", "value": 5, "at": "2024-05-01T10:00:00Z" }),
    ] {
        problem::expect(&server.post(ONE, &other).await, 409, "id_conflict");
        let outcome = server.post(BATCH, &json!([other])).await.expect(200)["outcomes"][0].clone();
        problem::check(&outcome, 409, "id_conflict");
    }
    assert_eq!(total(&server).await, 1);
}

#[tokio::test]
async fn closed_or_unopened_board_refuses_submissions() {
    let opens = json!({ "opens_at": "2024-05-01T00:00:00Z", "closes_at": "2024-06-01T00:00:00Z" });
    let server = with_points(opens).await;
    let at = |at: &str| json!({ "player": "ann", "value": 5, "at": at });
    problem::expect(
        &server.post(ONE, &at("2024-04-30T23:59:59.999Z")).await,
        409,
        "board_not_open",
    );
    problem::expect(
        &server.post(ONE, &at("2024-06-01T00:00:00Z")).await,
        409,
        "board_closed",
    );
    problem::expect(
        &server
            .post(ONE, &json!({ "player": "ann", "value": 5 }))
            .await,
        409,
        "board_closed",
    );
    server
        .post(ONE, &at("2024-05-01T00:00:00Z"))
        .await
        .expect(200);
    server
        .post(ONE, &at("2024-05-31T23:59:59.999Z"))
        .await
        .expect(200);
}

#[tokio::test]
async fn sum_out_of_range_is_refused() {
    let server = with_points(json!({ "policy": "sum" })).await;
    let most = 9_007_199_254_740_991_i64;
    let largest = server
        .post(ONE, &json!({ "player": "ann", "value": most }))
        .await
        .expect(200);
    assert_eq!(standing(&largest).0, &json!(most));
    let one_more = json!({ "player": "ann", "value": 1 });
    problem::expect(&server.post(ONE, &one_more).await, 422, "sum_out_of_range");
    server
        .post(ONE, &json!({ "player": "ann", "value": -1 }))
        .await
        .expect(200);
    server.post(ONE, &one_more).await.expect(200);
}

/// Submissions with one invalid value each, and the field of that value.
fn invalid_submissions() -> Vec<(&'static str, Value)> {
    let good = json!({ "id": OTHER_ID, "player": "bob", "name": "Bob", "value": 5, "at": "2024-05-01T10:00:00Z" });
    let values = [
        ("player", json!("")),
        ("player", json!(" bob")),
        ("player", json!("x".repeat(65))),
        ("player", json!("a\nb")),
        ("player", json!("a\u{202e}b")),
        ("player", json!(5)),
        ("player", Value::Null),
        ("name", json!("")),
        ("name", json!("x".repeat(41))),
        ("name", json!("a\u{0}b")),
        ("name", json!(5)),
        ("value", json!(1.5)),
        ("value", json!("5")),
        ("value", json!(true)),
        ("value", json!([5])),
        ("value", Value::Null),
        ("value", json!(9_007_199_254_740_992_i64)),
        ("value", json!(i64::MIN)),
        ("value", json!(u64::MAX)),
        ("value", json!(1e300)),
        ("value", json!(101)),
        ("value", json!(-1)),
        ("at", json!("noon")),
        ("at", json!("2024-05-01")),
        ("at", json!("0000-12-31T23:59:59Z")),
        ("at", json!("10000-01-01T00:00:00Z")),
        ("at", json!("2200-01-01T00:00:00Z")),
        ("at", json!("2100-01-01T00:00:00Z")),
        ("at", json!(1_714_557_600)),
        ("id", json!("not-a-uuid")),
        ("id", json!("")),
        ("id", json!(5)),
    ];
    let with = |(field, value): (&'static str, Value)| {
        let mut bad = good.clone();
        bad[field] = value;
        (field, bad)
    };
    values.into_iter().map(with).collect()
}

#[tokio::test]
async fn invalid_submission_value_is_refused_with_its_field() {
    let server = with_points(json!({ "min_score": 0, "max_score": 100 })).await;
    for (field, bad) in invalid_submissions() {
        problem::expect_invalid(&server.post(ONE, &bad).await, field);
    }
    for missing in ["player", "value"] {
        let mut bad = json!({ "player": "bob", "value": 5 });
        bad.as_object_mut().unwrap().remove(missing);
        problem::expect_invalid(&server.post(ONE, &bad).await, missing);
    }
    let unknown = json!({ "player": "bob", "value": 5, "score": 5 });
    problem::expect_invalid(&server.post(ONE, &unknown).await, "score");
    assert_eq!(total(&server).await, 0, "nothing was recorded");
}

#[tokio::test]
async fn batch_outcomes_are_in_order() {
    let server = with_points(json!({})).await;
    let batch = [("ann", 50), ("bob", 70), ("ann", 80), ("cat", 75)];
    let batch: Vec<Value> = batch
        .iter()
        .map(|(player, value)| json!({ "player": player, "value": value }))
        .collect();
    let answer = server
        .post(BATCH, &json!({ "submissions": batch }))
        .await
        .expect(200);
    assert_eq!(members(&answer), ["outcomes"]);
    let outcomes = answer["outcomes"].as_array().unwrap();
    for outcome in outcomes {
        assert_eq!(
            members(outcome),
            ["id", "name", "player", "standings", "status"]
        );
        assert_eq!(outcome["status"], 200);
    }
    let answered: Vec<_> = outcomes
        .iter()
        .map(|o| (&o["player"], standing(o)))
        .collect();
    let (none, one, two) = (Value::Null, json!(1), json!(2));
    let expected = [
        (&json!("ann"), (&json!(50), &one, &none)),
        (&json!("bob"), (&json!(70), &one, &none)),
        (&json!("ann"), (&json!(80), &one, &two)),
        (&json!("cat"), (&json!(75), &two, &none)),
    ];
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn import_tells_repeats() {
    let server = with_points(json!({ "policy": "sum" })).await;
    let one = json!({ "id": ID, "player": "ann", "value": 5, "at": "1968-10-18T20:00:00Z" });
    for (submissions, repeats) in [
        (vec![one.clone(), one.clone()], vec![false, true]),
        (vec![one.clone()], vec![true]),
    ] {
        let batch = json!({ "submissions": submissions, "import": true });
        let answer = server.post(BATCH, &batch).await.expect(200);
        let outcomes = answer["outcomes"].as_array().unwrap();
        let told: Vec<_> = outcomes.iter().map(|o| o["is_repeat"].as_bool()).collect();
        assert_eq!(told, repeats.into_iter().map(Some).collect::<Vec<_>>());
        assert_eq!(standing(&outcomes[0]).0, &json!(5));
        let achieved_at = &outcomes[0]["standings"][0]["achieved_at"];
        assert_eq!(achieved_at, "1968-10-18T20:00:00.000Z");
    }
    let batch = json!({ "submissions": [one], "import": 1 });
    let refused = server.post(BATCH, &batch).await;
    assert_ne!(refused.status, 200, "{}", refused.text);
}

#[tokio::test]
async fn bare_list_is_a_batch() {
    let server = with_points(json!({})).await;
    let answer = server
        .post(BATCH, &json!([{ "player": "ann", "value": 5 }]))
        .await
        .expect(200);
    assert_eq!(answer["outcomes"][0]["status"], 200);
    assert_eq!(
        server.post(BATCH, &json!([])).await.expect(200)["outcomes"],
        json!([])
    );
    let empty = json!({ "submissions": [] });
    assert_eq!(
        server.post(BATCH, &empty).await.expect(200)["outcomes"],
        json!([])
    );
}

#[tokio::test]
async fn refusal_leaves_the_rest_of_the_batch() {
    let server = with_points(json!({ "min_score": 0, "max_score": 100 })).await;
    let (fields, mut batch): (Vec<_>, Vec<_>) = invalid_submissions().into_iter().unzip();
    batch.insert(0, json!({ "player": "ann", "value": 1 }));
    batch.push(json!(5));
    batch.push(json!({ "player": "zoe", "value": 2 }));
    let answer = server.post(BATCH, &json!(batch)).await.expect(200);
    let outcomes = answer["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), fields.len() + 3);
    for (outcome, field) in outcomes[1..].iter().zip(&fields) {
        problem::check(outcome, 422, "invalid_value");
        problem::check_field(outcome, field);
    }
    problem::check(&outcomes[fields.len() + 1], 422, "invalid_value");
    assert_eq!(
        (
            &outcomes[0]["status"],
            &outcomes[fields.len() + 2]["status"]
        ),
        (&json!(200), &json!(200))
    );
    assert_eq!(total(&server).await, 2);
}

#[tokio::test]
async fn batch_is_limited_to_a_thousand_submissions() {
    let server = with_points(json!({})).await;
    let batch = |count: u32| -> Vec<Value> {
        (0..count)
            .map(|n| json!({ "player": format!("p{n}"), "value": n }))
            .collect()
    };
    for too_many in [json!(batch(1001)), json!({ "submissions": batch(1001) })] {
        problem::expect_invalid(&server.post(BATCH, &too_many).await, "submissions");
    }
    assert_eq!(total(&server).await, 0);
    let answer = server.post(BATCH, &json!(batch(1000))).await.expect(200);
    let outcomes = answer["outcomes"].as_array().unwrap();
    assert!(outcomes.len() == 1000 && outcomes.iter().all(|o| o["status"] == 200));
    assert_eq!(total(&server).await, 1000);
}

#[tokio::test]
async fn submission_to_an_unknown_board_is_refused() {
    let server = with_points(json!({})).await;
    let one = json!({ "player": "ann", "value": 5 });
    for board in ["nowhere", "No%20Slug"] {
        let path = format!("/api/v1/boards/{board}/submissions");
        problem::expect(&server.post(&path, &one).await, 404, "unknown_board");
        let answer: Answer = server.post(&format!("{path}/batch"), &json!([one])).await;
        problem::expect(&answer, 404, "unknown_board");
    }
}
