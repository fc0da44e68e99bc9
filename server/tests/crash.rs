//! Tests that acknowledged submissions are durable: the real binary is killed repeatedly under
//! load, over one data directory.
//!
//! Every submission adds 1, so the sums reveal lost submissions and those counted twice.
//! `LEADERPORT_CRASH_ROUNDS` sets the number of kills (50 by default). `LEADERPORT_CRASH_SEED`
//! repeats a run's random choices.

#[expect(dead_code, reason = "the crash tests use only a part of it")]
mod support;

mod crash {
    pub(crate) mod ledger;
    pub(crate) mod writer;
}

use std::str::FromStr;
use std::time::Duration;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use self::crash::ledger::Expected;
use self::crash::writer::{WRITERS, write_until_it_breaks};
use self::support::TestServer;

/// A number from the environment.
fn env_number<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_submissions_survive_sigkill_and_count_once() {
    let rounds: u32 = env_number("LEADERPORT_CRASH_ROUNDS").unwrap_or(50);
    let seed: u64 = env_number("LEADERPORT_CRASH_SEED").unwrap_or_else(|| rand::rng().random());
    println!("{rounds} rounds, LEADERPORT_CRASH_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut server = TestServer::start();
    let sums = json!({
        "title": "Sums", "policy": "sum", "order": "descending", "tie": "shared",
        "periods": ["all_time", "daily"],
    });
    server.put("/api/v1/boards/sums", &sums).await.expect(201);
    let mut expected = Expected::default();
    for round in 1..=rounds {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (http, url) = (server.http.clone(), server.url.clone());
                tokio::spawn(write_until_it_breaks(http, url, writer, rng.random()))
            })
            .collect();
        // This sleep is deliberate: the server must die at a random moment of the load.
        let moment = Duration::from_millis(rng.random_range(20..=300));
        tokio::time::sleep(moment).await;
        server.kill();
        let journals: Vec<_> = join_all(writers)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        server.restart();
        let (acknowledged, sent) = expected.check_round(&server, journals).await;
        println!("round {round}: killed after {moment:?}, {acknowledged} of {sent} acknowledged");
    }
    server.kill();
    server.restart();
    let (acknowledged, sent) = expected.check_everything(&server).await;
    println!("{rounds} rounds: {acknowledged} acknowledged, {sent} sent, each counted once");
    assert!(acknowledged > 0, "the load reached the server");
}
