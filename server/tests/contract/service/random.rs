//! Random submissions, compared with the reference model: every answer, and every row of every
//! season, before and after restarts.

use std::sync::Arc;

use leaderport::service::{Caller, Error, Outcome};
use leaderport::{Board, BoardDraft, Submission, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;

use super::Running;
use super::model::{Answer, Model};
use crate::contract::engines::Engines;
use crate::contract::sample::{
    ORDERS, POLICIES, TIES, draft, name, noon, of_every_period, submission, ts,
};

/// The number of operations in a run.
const OPS: std::ops::RangeInclusive<usize> = 850..=900;

const MAX: i64 = (1 << 53) - 1;
const BOARDS: usize = POLICIES.len() * ORDERS.len() * TIES.len();
const PLAYERS: [&str; 7] = ["ann", "Ann", "bob", "日本", "z", "a b", "0"];

/// Instants around the ends of days, weeks, months and years. The clock is later than all of them.
const INSTANTS: [&str; 16] = [
    "2026-11-19T23:59:59.999Z",
    "2026-11-20T00:00:00Z",
    "2026-11-20T00:00:00.001Z",
    "2026-11-20T12:00:00Z",
    "2026-11-22T23:59:59.999Z",
    "2026-11-23T00:00:00Z",
    "2026-11-30T23:59:59.999Z",
    "2026-12-01T00:00:00Z",
    "2026-12-01T04:59:59.999Z",
    "2026-12-01T05:00:00Z",
    "2026-12-31T23:59:59.999Z",
    "2027-01-01T00:00:00Z",
    "2027-01-01T05:00:00Z",
    "2027-01-03T23:59:59.999Z",
    "2027-01-04T00:00:00Z",
    "2027-01-04T05:00:00Z",
];
const NOW: &str = "2027-01-05T12:00:00Z";

#[derive(Debug, Clone)]
enum Op {
    /// A submission: board, player, value, its own time if any, a name if any.
    Submit {
        board: usize,
        player: usize,
        value: i64,
        at: Option<usize>,
        name: Option<u8>,
    },
    /// Repeats an earlier submission, or sends another value under its id.
    Again { which: Index, is_changed: bool },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let values = prop_oneof![30 => -4_i64..=4, 1 => Just(MAX), 1 => Just(-MAX)];
    let at = prop::option::weighted(0.9, 0..INSTANTS.len());
    let name = prop::option::weighted(0.1, 0_u8..3);
    let submit = (0..BOARDS, 0..PLAYERS.len(), values, at, name).prop_map(
        |(board, player, value, at, name)| Op::Submit {
            board,
            player,
            value,
            at,
            name,
        },
    );
    let again = (any::<Index>(), prop::bool::weighted(0.2))
        .prop_map(|(which, is_changed)| Op::Again { which, is_changed });
    prop::collection::vec(prop_oneof![9 => submit, 1 => again], OPS)
}

/// Every policy, order and tie rule, with every period. The time zones alternate.
fn drafts() -> Vec<BoardDraft> {
    let rules = POLICIES.into_iter().flat_map(|policy| {
        ORDERS
            .into_iter()
            .flat_map(move |order| TIES.map(|tie| draft(policy, order, tie)))
    });
    let zones = ["UTC", "America/New_York"].into_iter().cycle();
    let zoned = |(rules, zone): (BoardDraft, &str)| BoardDraft {
        time_zone: Some(zone.to_owned()),
        ..of_every_period(rules)
    };
    rules.zip(zones).map(zoned).collect()
}

pub(crate) async fn random_submissions_match_the_reference_model(engines: &Engines) {
    let config = Config {
        cases: engines.runs(),
        failure_persistence: None,
        max_shrink_iters: 200,
        max_shrink_time: 60_000, // milliseconds
        ..Config::default()
    };
    let runtime = Handle::current();
    // Proptest calls the check synchronously.
    let agreed = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&ops(), |ops| {
            runtime.block_on(check(&engines.another(), &ops));
            Ok(())
        })
    });
    agreed.unwrap();
}

/// Submits the operations in batches of several sizes, with a restart halfway and at the end.
async fn check(engines: &Engines, ops: &[Op]) {
    let mut running = Running::start(engines).await;
    running.clock.set(ts(NOW));
    let mut boards = Vec::new();
    for (n, draft) in drafts().into_iter().enumerate() {
        let slug = running.define(&format!("board-{n}"), draft).await;
        boards.push(running.service.board(&slug).unwrap());
    }
    let submissions = submissions(ops, &boards);
    let mut model = Model::default();
    let mut rest = submissions.as_slice();
    for size in [1, 7, 120, 2, 40].into_iter().cycle() {
        let (batch, after) = rest.split_at(size.min(rest.len()));
        submit(&running, &mut model, batch).await;
        let was_before_half = rest.len() > submissions.len() / 2;
        rest = after;
        if rest.is_empty() || (was_before_half && rest.len() <= submissions.len() / 2) {
            compare(&running, &model).await;
            running.stop().await;
            running = Running::start(engines).await;
            running.clock.set(ts(NOW));
            compare(&running, &model).await;
        }
        if rest.is_empty() {
            break;
        }
    }
    running.stop().await;
}

/// The operations as submissions, each with its board.
fn submissions(ops: &[Op], boards: &[Arc<Board>]) -> Vec<(Arc<Board>, Submission)> {
    let mut made: Vec<(Arc<Board>, Submission)> = Vec::new();
    for op in ops {
        let next = match op {
            Op::Submit {
                board,
                player,
                value,
                at,
                name: called,
            } => {
                let board = &boards[*board];
                let id = u128::try_from(made.len()).unwrap();
                let own = submission(id, &board.slug, PLAYERS[*player], *value, noon(0));
                let called = called.map(|n| name(&format!("Name {n}")));
                (
                    board.clone(),
                    Submission {
                        at: at.map(|i| ts(INSTANTS[i])),
                        name: called,
                        ..own
                    },
                )
            }
            Op::Again { which, is_changed } => {
                let Some((board, earlier)) = (!made.is_empty()).then(|| which.get(&made)) else {
                    continue;
                };
                let value = if *is_changed { 5 } else { earlier.value.get() };
                (
                    board.clone(),
                    Submission {
                        value: crate::contract::sample::score(value),
                        ..earlier.clone()
                    },
                )
            }
        };
        made.push(next);
    }
    made
}

/// Submits a batch and compares every outcome with the model.
async fn submit(running: &Running, model: &mut Model, batch: &[(Arc<Board>, Submission)]) {
    let submissions = batch
        .iter()
        .map(|(_, submission)| submission.clone())
        .collect();
    let outcomes = running
        .service
        .submit(&Caller::Operator, submissions)
        .await
        .unwrap();
    assert_eq!(outcomes.len(), batch.len(), "one outcome each");
    for ((board, submission), outcome) in batch.iter().zip(outcomes) {
        let at: Timestamp = submission.at.unwrap_or_else(|| ts(NOW));
        let expected = model.submit(board, submission, at);
        let answered = outcome.as_ref().map(answers).map_err(Error::code);
        assert_eq!(answered, expected, "{submission:?}");
    }
}

fn answers(outcome: &Outcome) -> Vec<Answer> {
    let answer = |season: &leaderport::service::SeasonOutcome| {
        let ranks = season.ranks.expect("the broker is up");
        Answer {
            season: season.season,
            score: season.score.get(),
            achieved_at: season.achieved_at,
            rank: ranks.rank,
            previous: ranks.previous,
        }
    };
    outcome.seasons.iter().map(answer).collect()
}

/// Compares the rows of every season that has standings with the model.
async fn compare(running: &Running, model: &Model) {
    for ((slug, season), expected) in model.seasons() {
        let rows = running.rows(slug, &season.to_string()).await;
        assert_eq!(rows, expected, "{slug}/{season}");
    }
}
