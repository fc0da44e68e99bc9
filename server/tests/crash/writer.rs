//! A writer that submits until its server is killed, and records what it sent in a journal.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TOKEN;

/// The number of concurrent writers.
pub(crate) const WRITERS: usize = 8;

/// The players. Two writers submit for each of them.
pub(crate) const PLAYERS: [&str; 4] = ["ann", "bob", "cat", "dan"];

/// The largest batch of a writer.
const MAX_BATCH: usize = 10;

/// The part of an answer that never changes: season, score, and when it was reached.
pub(crate) type Standings = Vec<(String, i64, String)>;

/// The submissions that a writer sent, and their acknowledgements.
pub(crate) struct Journal {
    pub(crate) player: &'static str,
    pub(crate) sent: Vec<Uuid>,
    pub(crate) acknowledged: BTreeMap<Uuid, Standings>,
}

/// A submission of value 1.
pub(crate) fn submission(id: Uuid, player: &str) -> Value {
    json!({ "id": id, "player": player, "value": 1 })
}

/// The standings of an answer, or of a batch's outcome.
pub(crate) fn standings(answer: &Value) -> Standings {
    let standing = |standing: &Value| {
        let text = |member: &str| standing[member].as_str().expect("text").to_owned();
        (
            text("season"),
            standing["score"].as_i64().expect("a score"),
            text("achieved_at"),
        )
    };
    answer["standings"]
        .as_array()
        .unwrap_or_else(|| panic!("no standings in {answer}"))
        .iter()
        .map(standing)
        .collect()
}

/// Submits single scores and batches, until the server stops answering.
pub(crate) async fn write_until_it_breaks(
    http: reqwest::Client,
    url: String,
    writer: usize,
    seed: u64,
) -> Journal {
    let mut rng = StdRng::seed_from_u64(seed);
    let player = PLAYERS[writer % PLAYERS.len()];
    let mut journal = Journal {
        player,
        sent: Vec::new(),
        acknowledged: BTreeMap::new(),
    };
    loop {
        let size = if rng.random_bool(0.5) {
            1
        } else {
            rng.random_range(2..=MAX_BATCH)
        };
        let ids: Vec<Uuid> = (0..size).map(|_| Uuid::from_u128(rng.random())).collect();
        // From here on the submissions count as sent, even if they do not arrive.
        journal.sent.extend(&ids);
        let submissions: Vec<Value> = ids.iter().map(|id| submission(*id, player)).collect();
        let (path, body) = match submissions.as_slice() {
            [one] => ("submissions", one.clone()),
            many => ("submissions/batch", json!({ "submissions": many })),
        };
        let request = http
            .post(format!("{url}/api/v1/boards/sums/{path}"))
            .bearer_auth(TOKEN);
        let Ok(response) = request.json(&body).send().await else {
            return journal;
        };
        let status = response.status();
        let Ok(answer) = response.json::<Value>().await else {
            return journal;
        };
        assert_eq!(status, 200, "{answer}");
        let outcomes = answer["outcomes"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![answer]);
        assert_eq!(outcomes.len(), ids.len(), "every submission is answered");
        for (id, outcome) in ids.into_iter().zip(&outcomes) {
            assert_eq!(outcome["id"], id.to_string(), "{outcome}");
            journal.acknowledged.insert(id, standings(outcome));
        }
    }
}
