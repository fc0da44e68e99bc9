//! `Idempotency-Key`: a client's own name for a submission.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const ID: &str = "0193a7c0-0000-7000-8000-000000000001";
const OTHER_ID: &str = "0193a7c0-0000-7000-8000-000000000002";
const ONE: &str = "/api/v1/boards/points/submissions";
const REPLAYED: &str = "idempotency-replayed";

/// A server whose board adds up all submissions.
async fn sums() -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    draft["policy"] = json!("sum");
    for board in ["points", "more"] {
        let path = format!("/api/v1/boards/{board}");
        server.put(&path, &draft).await.expect(201);
    }
    server
}

fn with_key(server: &TestServer, path: &str, key: &str) -> RequestBuilder {
    let request = server.request(Method::POST, path);
    request.header("idempotency-key", key)
}

async fn submit(server: &TestServer, key: &str, body: &Value) -> Answer {
    Answer::to(with_key(server, ONE, key).bearer_auth(TOKEN).json(body)).await
}

#[tokio::test]
async fn key_makes_a_submission_idempotent() {
    let server = sums().await;
    let one = json!({ "player": "ann", "value": 5 });
    for key in ["run-1", ID, "\"run-2\""] {
        let first = submit(&server, key, &one).await;
        assert_eq!(first.header(REPLAYED), "", "{key}");
        let again = submit(&server, key, &one).await;
        assert_eq!(again.header(REPLAYED), "true", "{key}");
        assert_eq!(again.expect(200), first.expect(200), "{key}");
        let other = submit(&server, key, &json!({ "player": "ann", "value": 6 })).await;
        problem::expect(&other, 409, "id_conflict");
        assert_eq!(other.header(REPLAYED), "");
    }
    let standing = server.get("/api/v1/boards/points/standings/ann").await;
    assert_eq!(standing.expect(200)["standings"][0]["score"], 15);
}

#[tokio::test]
async fn uuid_is_the_id_of_the_submission() {
    let server = sums().await;
    let one = json!({ "player": "ann", "value": 5 });
    let first = submit(&server, ID, &one).await.expect(200);
    assert_eq!(first["id"], ID);
    let body = json!({ "id": ID, "player": "ann", "value": 5 });
    for again in [
        submit(&server, ID, &body).await,
        server.post(ONE, &body).await,
    ] {
        assert_eq!(again.header(REPLAYED), "true");
        assert_eq!(again.expect(200), first);
    }
    for key in [OTHER_ID, "run-1"] {
        let answer = submit(&server, key, &body).await;
        problem::expect_invalid(&answer, "Idempotency-Key");
    }
}

#[tokio::test]
async fn equal_keys_of_callers_and_boards_do_not_meet() {
    let server = sums().await;
    let one = json!({ "player": "ann", "value": 5 });
    let mut ids = vec![submit(&server, "run-1", &one).await.expect(200)["id"].clone()];
    let key = json!({ "title": "a server", "scopes": ["submit"] });
    for _ in 0..2 {
        let secret = server.post("/api/v1/keys", &key).await.expect(201)["secret"].clone();
        let request = with_key(&server, ONE, "run-1").json(&one);
        let answer = Answer::to(request.bearer_auth(secret.as_str().unwrap())).await;
        assert_eq!(answer.header(REPLAYED), "");
        ids.push(answer.expect(200)["id"].clone());
    }
    let more = with_key(&server, "/api/v1/boards/more/submissions", "run-1");
    let more = Answer::to(more.bearer_auth(TOKEN).json(&one)).await;
    ids.push(more.expect(200)["id"].clone());
    let texts: std::collections::BTreeSet<_> = ids.iter().map(Value::to_string).collect();
    assert_eq!(texts.len(), 4, "{ids:?}");
}

#[tokio::test]
async fn invalid_key_and_key_of_a_batch_are_refused() {
    let server = sums().await;
    let one = json!({ "player": "ann", "value": 5 });
    let long = "k".repeat(256);
    for key in ["", "a b", long.as_str()] {
        let answer = submit(&server, key, &one).await;
        problem::expect_invalid(&answer, "Idempotency-Key");
    }
    let path = format!("{ONE}/batch");
    let batch = with_key(&server, &path, ID).bearer_auth(TOKEN);
    let batch = Answer::to(batch.json(&json!([one]))).await;
    problem::expect_invalid(&batch, "Idempotency-Key");
    let standings = server.get("/api/v1/boards/points/standings").await;
    assert_eq!(standings.expect(200)["total"], 0);
}
