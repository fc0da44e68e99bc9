//! Callers that have quotas, in contrast to the operator with the API token: a game server with an
//! API key, and guests of the board's page.

use serde_json::{Value, json};

use crate::measure::score;
use crate::serving::Client;

/// Flags for quotas that are counted and that no benchmark exceeds.
pub(crate) const HIGH_QUOTAS: [&str; 8] = [
    "--limit-player",
    "1000000/s",
    "--limit-key",
    "1000000/s",
    "--limit-board",
    "1000000/s",
    "--limit-address",
    "1000000/s",
];

/// The guests of a server. Each has a quota of their own.
const GUESTS: u64 = 256;

/// The server function of the board's page that submits a score.
const FORM: &str = "/_fn/submit";

/// An API key, and guests who have submitted once.
pub(crate) struct Callers {
    board: String,
    key: String,
    cookies: Vec<String>,
}

impl Callers {
    /// Makes them at a server with [`HIGH_QUOTAS`]. The board must take the scores of players too.
    pub(crate) async fn make(client: &Client, board: &str) -> Self {
        let draft = json!({ "title": "Benchmark", "scopes": ["submit"] });
        let key = client.send("POST", "/api/v1/keys", &draft).await;
        let key: Value = serde_json::from_slice(&key).expect("a key is JSON");
        let key = key["secret"].as_str().expect("a new key has a secret");
        let mut cookies = Vec::new();
        for n in 0..GUESTS {
            let form = format!("slug={board}&name=Guest&score=1&id=&value={n}");
            let answer = client.form(FORM, &form, "127.0.0.1", "").await;
            let cookie = answer.cookie().expect("a new guest gets a cookie");
            answer.success(FORM);
            cookies.push(cookie);
        }
        Self {
            board: board.to_owned(),
            key: key.to_owned(),
            cookies,
        }
    }

    /// Submits one score of any player with the API key.
    pub(crate) async fn submit_with_key(&self, client: &Client, one: &Value) -> Vec<u8> {
        let path = format!("/api/v1/boards/{}/submissions", self.board);
        client.send_with_key(&self.key, &path, one).await
    }

    /// Submits a score of a guest. Guest and score derive from 64 random bits.
    pub(crate) async fn submit_as_guest(&self, client: &Client, draw: u64) -> Vec<u8> {
        let guest = usize::try_from(draw % GUESTS).expect("a small number");
        let (board, value) = (&self.board, score(draw));
        let form = format!("slug={board}&name=&score=1&id=&value={value}");
        let answer = client.form(FORM, &form, "127.0.0.1", &self.cookies[guest]);
        answer.await.success(FORM)
    }
}
