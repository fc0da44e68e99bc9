//! `DELETE /api/v1/boards/{slug}`.

use reqwest::Method;
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const PATH: &str = "/api/v1/boards/points";

async fn delete(server: &TestServer, query: &str, tag: Option<&str>) -> Answer {
    let request = server.request(Method::DELETE, &format!("{PATH}{query}"));
    let request = request.bearer_auth(TOKEN);
    Answer::to(match tag {
        Some(tag) => request.header("if-match", tag),
        None => request,
    })
    .await
}

#[tokio::test]
async fn archived_board_is_deleted_after_a_confirmation() {
    let mut server = TestServer::with_players(3).await;
    server
        .put("/api/v1/boards/other", &points())
        .await
        .expect(201);
    let key = async |boards: Value| {
        let draft = json!({ "title": "a server", "scopes": ["submit"], "boards": boards });
        server.post("/api/v1/keys", &draft).await.expect(201)
    };
    let (only, both) = (
        key(json!(["points"])).await,
        key(json!(["other", "points"])).await,
    );
    let list = async |server: &TestServer, key: &Value| {
        let request = server.request(Method::GET, "/api/v1/keys");
        let request = request.bearer_auth(key["secret"].as_str().unwrap());
        Answer::to(request).await.status
    };
    assert_eq!(list(&server, &only).await, 403, "valid, without permission");
    let open = delete(&server, "?confirm=points", None).await;
    problem::expect(&open, 409, "not_archived");
    let request = server.request(Method::PATCH, PATH).bearer_auth(TOKEN);
    let archived = Answer::to(request.json(&json!({ "archived": true }))).await;
    assert_eq!(archived.expect(200)["version"], 2);
    for query in ["", "?confirm=", "?confirm=other"] {
        let unconfirmed = delete(&server, query, None).await;
        problem::expect_invalid(&unconfirmed, "confirm");
    }
    let size = json!({ "submissions": 3, "players": 3 });
    let dry = delete(&server, "?dry_run=true", None).await;
    assert_eq!(dry.expect(200), size);
    let outdated = delete(&server, "?confirm=points", Some("\"1\"")).await;
    problem::expect(&outdated, 412, "outdated_board");
    server.get(PATH).await.expect(200);
    let deleted = delete(&server, "?confirm=points", Some("\"2\"")).await;
    assert_eq!(deleted.expect(202), size);
    problem::expect(&server.get(PATH).await, 404, "unknown_board");
    let one = json!({ "player": "ann", "value": 5 });
    let late = server.post(&format!("{PATH}/submissions"), &one).await;
    problem::expect(&late, 404, "unknown_board");
    let player = server.get("/players/p0").await;
    assert_eq!(
        player.status, 404,
        "a player without a standing has no page"
    );
    // The keys lose the board, at once.
    assert_eq!(list(&server, &only).await, 401);
    let keys = server.get_with_token("/api/v1/keys").await.expect(200);
    let keys = keys["keys"].as_array().unwrap();
    let of = |id: &Value| keys.iter().find(|key| key["id"] == *id).unwrap();
    let (only, both) = (of(&only["id"]), of(&both["id"]));
    assert_eq!(both["boards"], json!(["other"]));
    assert!(both["revoked_at"].is_null() && only["revoked_at"].is_string());
    let log = server.get_with_token("/api/v1/audit?action=delete_board");
    let log = log.await.expect(200);
    let entry = &log["entries"][0];
    assert_eq!(entry["target"], "points");
    let after = entry["after"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(after).unwrap(), size);
    // A new process continues the deletion.
    server.restart();
    loop {
        let again = server.put(PATH, &points()).await;
        if again.status != 409 {
            let again = again.expect(201);
            assert!(again["version"].as_u64().unwrap() > 2, "{again}");
            break;
        }
        problem::expect(&again, 409, "being_deleted");
    }
    let rows = server.get(&format!("{PATH}/standings")).await.expect(200);
    assert_eq!(rows["total"], 0);
    server
        .post(&format!("{PATH}/submissions"), &one)
        .await
        .expect(200);
}
