//! The expected state after a kill: every acknowledged submission counts once, and no submission
//! counts that was never sent.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::writer::{Journal, PLAYERS, Standings, standings, submission};
use crate::support::TestServer;

/// The largest batch.
const MAX_BATCH: usize = 1000;

/// All submissions sent so far. After the check of a round, all its submissions are recorded,
/// because the check sends them again.
#[derive(Default)]
pub(crate) struct Expected {
    recorded: BTreeMap<&'static str, BTreeMap<Uuid, Standings>>,
    acknowledged: usize,
}

impl Expected {
    /// Checks a round's submissions, and sends them all again. Returns how many were acknowledged
    /// and how many were sent.
    pub(crate) async fn check_round(
        &mut self,
        server: &TestServer,
        journals: Vec<Journal>,
    ) -> (usize, usize) {
        let mut sent: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
        let mut acknowledged: BTreeMap<&'static str, BTreeMap<Uuid, Standings>> = BTreeMap::new();
        for journal in journals {
            sent.entry(journal.player).or_default().extend(journal.sent);
            acknowledged
                .entry(journal.player)
                .or_default()
                .extend(journal.acknowledged);
        }
        for (&player, acknowledged) in &acknowledged {
            let before = self.count(player);
            let sum = sum(server, player).await;
            let (least, most) = (before + acknowledged.len(), before + sent[player].len());
            assert!(
                (least..=most).contains(&sum),
                "{player}: {least} <= {sum} <= {most}"
            );
        }
        for (&player, ids) in &sent {
            let answers = repeat(server, player, ids).await;
            for (id, first) in &acknowledged[player] {
                assert_eq!(&answers[id], first, "{player}'s {id} gets its first answer");
            }
            self.recorded.entry(player).or_default().extend(answers);
            assert_eq!(
                sum(server, player).await,
                self.count(player),
                "each submission of {player} is counted once"
            );
        }
        let round = (
            acknowledged.values().map(BTreeMap::len).sum::<usize>(),
            sent.values().map(Vec::len).sum::<usize>(),
        );
        self.acknowledged += round.0;
        round
    }

    /// Sends the submissions of all rounds again. Each must get its first answer, and each first
    /// answer must have added one.
    pub(crate) async fn check_everything(&self, server: &TestServer) -> (usize, usize) {
        for player in PLAYERS {
            let recorded = &self.recorded[player];
            let ids: Vec<Uuid> = recorded.keys().copied().collect();
            let answers = repeat(server, player, &ids).await;
            for (id, first) in recorded {
                assert_eq!(&answers[id], first, "{player}'s {id} gets its first answer");
            }
            let mut sums: Vec<i64> = answers.values().map(|standings| standings[0].1).collect();
            sums.sort_unstable();
            let counted_once: Vec<i64> = (1..).take(ids.len()).collect();
            assert_eq!(sums, counted_once, "each answer to {player} adds one");
            assert_eq!(sum(server, player).await, ids.len());
        }
        (
            self.acknowledged,
            self.recorded.values().map(BTreeMap::len).sum(),
        )
    }

    fn count(&self, player: &str) -> usize {
        self.recorded.get(player).map_or(0, BTreeMap::len)
    }
}

/// Repeats submissions, each of which must be accepted.
async fn repeat(server: &TestServer, player: &str, ids: &[Uuid]) -> BTreeMap<Uuid, Standings> {
    let mut answers = BTreeMap::new();
    for ids in ids.chunks(MAX_BATCH) {
        let submissions: Vec<Value> = ids.iter().map(|id| submission(*id, player)).collect();
        let body = json!({ "submissions": submissions });
        let answer = server
            .post("/api/v1/boards/sums/submissions/batch", &body)
            .await
            .expect(200);
        let outcomes = answer["outcomes"].as_array().expect("outcomes");
        assert_eq!(outcomes.len(), ids.len(), "every submission is answered");
        for (id, outcome) in ids.iter().zip(outcomes) {
            assert_eq!(outcome["status"], 200, "{outcome}");
            answers.insert(*id, standings(outcome));
        }
    }
    answers
}

/// A player's sum, which is the number of their submissions that count.
async fn sum(server: &TestServer, player: &str) -> usize {
    let answer = server
        .get(&format!(
            "/api/v1/boards/sums/standings/{player}?period=all_time"
        ))
        .await;
    if answer.status == 404 {
        return 0;
    }
    let sum = answer.expect(200)["score"].as_u64().expect("a sum of ones");
    usize::try_from(sum).expect("a small sum")
}
