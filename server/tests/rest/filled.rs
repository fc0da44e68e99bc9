//! A board with seasons and players, and helpers that read rows.

use serde_json::{Value, json};

use crate::support::{TestServer, points};

/// The members of an answer with rows, sorted.
pub(super) const STANDINGS: [&str; 9] = [
    "board",
    "degraded",
    "next_reset",
    "offset",
    "period",
    "position",
    "rows",
    "season",
    "total",
];

/// A server with a board of several periods. Ann submitted in January 2024, and Bob now.
pub(super) async fn with_seasons() -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    draft["periods"] = json!(["all_time", "monthly", "daily"]);
    server.put("/api/v1/boards/runs", &draft).await.expect(201);
    for one in [
        json!({ "player": "ann", "name": "Ann", "value": 50, "at": "2024-01-31T23:59:59.999Z" }),
        json!({ "player": "bob", "value": 70 }),
    ] {
        server
            .post("/api/v1/boards/runs/submissions", &one)
            .await
            .expect(200);
    }
    server
}

/// The players of the rows, in row order.
pub(super) fn players(standings: &Value) -> Vec<&str> {
    let rows = standings["rows"].as_array().expect("rows");
    rows.iter()
        .map(|row| row["player"].as_str().expect("a player"))
        .collect()
}
