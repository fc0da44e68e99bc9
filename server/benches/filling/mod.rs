//! The board of the benchmarks that measure a server: its definition and its members.

use serde_json::{Value, json};

use crate::measure::{player, progress, score};
use crate::serving::Client;

/// The largest batch of one request.
const BATCH: usize = 1000;

/// Defines the board of a path, gives every member a standing, and returns the number of ranked
/// players. `step` names the progress.
pub(crate) async fn fill(
    client: &Client,
    board: &str,
    periods: &[&str],
    members: u32,
    step: &str,
) -> u64 {
    let draft = json!({
        "title": "Benchmark",
        "policy": "latest",
        "order": "descending",
        "tie": "earliest",
        "periods": periods,
        "submitters": "both",
    });
    client.send("PUT", board, &draft).await;
    let bar = progress(step, members.into());
    for first in (0..members).step_by(BATCH) {
        let numbers = (first..members).take(BATCH);
        let one = |n: u32| json!({ "player": player(n), "value": score(n.into()) });
        let submissions: Vec<_> = numbers.map(one).collect();
        let path = format!("{board}/submissions/batch");
        let body = json!({ "submissions": submissions });
        client.send("POST", &path, &body).await;
        bar.inc(submissions.len() as u64);
    }
    bar.finish_and_clear();
    let page = client.get(&format!("{board}/standings?limit=1")).await;
    let page: Value = serde_json::from_slice(&page).expect("a page is JSON");
    page["total"].as_u64().expect("a page has a total")
}
