//! Recounts of standings by new rules: only their board waits, and nothing of a ruling is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join;
use leaderport::service::ports::records::Recount;
use leaderport::{Board, Order, Ruling, ScorePolicy, Season, TieRule};
use tokio::time::timeout;

use super::*;
use crate::contract::engines::sqlite_and_memory;
use crate::contract::gate::Gate;
use crate::contract::sample::{draft, key, noon, note, player, points, submission};

const OPERATOR: Caller = Caller::Operator;

/// More than one step writes.
const PLAYERS: u64 = 2_500;

fn rules(policy: ScorePolicy) -> BoardDraft {
    draft(policy, Order::Descending, TieRule::Earliest)
}

/// Submits 2 and 3 for each player.
async fn submit_twice(running: &Running, board: &Slug) {
    for value in [2, 3] {
        let one = |n: u64| {
            let id = u128::from(n) * 10 + u128::try_from(value).unwrap();
            submission(id, board, &format!("p{n}"), value, noon(0))
        };
        for first in (0..PLAYERS).step_by(500) {
            let batch = (first..first + 500).map(one).collect();
            let outcomes = running.service.submit(&OPERATOR, batch).await.unwrap();
            assert!(outcomes.iter().all(Result::is_ok));
        }
    }
}

/// Begins a recount by the policy `sum`, as a node that is killed then.
async fn begin(engines: &Engines, running: &Running, board: &Slug) {
    let before = running.service.board(board).unwrap();
    let after = Board {
        policy: ScorePolicy::Sum,
        version: before.version + 1,
        ..(*before).clone()
    };
    let records = engines.records().await;
    let begun = records.begin_recount(after, Recount::All, &note()).await;
    assert!(begun.unwrap().unwrap().recounting);
}

pub(crate) async fn interrupted_recount_continues_on_another_node(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", rules(ScorePolicy::Best)).await;
    let other = running.define("other", points()).await;
    submit_twice(&running, &board).await;
    begin(engines, &running, &board).await;
    running.stop().await;
    let records = engines.records().await;
    let [state] = &records.recounts().await.unwrap()[..] else {
        panic!("one recount is unfinished");
    };
    assert_eq!(
        (&state.board, state.written, state.to_write),
        (&board, 0, None)
    );

    let running = Running::start(engines).await;
    if engines.are_shared() {
        // The other node may still work on it.
        let refused = running.refused(submission(900_001, &board, "ann", 4, noon(0)));
        let refused = refused.await;
        assert_eq!(
            (refused.code(), refused.status()),
            ("board_recounting", 503)
        );
        assert!(refused.retry_helps());
        running
            .submit(submission(900_002, &other, "ann", 4, noon(0)))
            .await;
        running.clock.set(noon(20));
    }
    let finished = async {
        while !records.recounts().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let finished = timeout(Duration::from_secs(20), finished).await;
    finished.expect("the recount is continued");
    let rows = running.rows(&board, "all").await;
    assert!(rows.iter().all(|row| row.score.get() == 5), "{rows:?}");
    let outcome = running
        .submit(submission(900_003, &board, "p1", 4, noon(0)))
        .await;
    assert_eq!(answer(&outcome).0, 9);
}

async fn sum(service: Arc<Leaderboards>, board: Slug) -> Result<Arc<Board>, Error> {
    let draft = rules(ScorePolicy::Sum);
    service.define_board(&OPERATOR, board, draft, None).await
}

/// Over one pair of engines, because only the time of a runtime with one thread can be paused.
#[tokio::test]
async fn long_recount_is_answered_and_goes_on() {
    let engines = sqlite_and_memory();
    let gate = Gate::before(engines.broker().await);
    let running = Running::start_with(&engines, gate.clone()).await;
    let board = running.define("arena", rules(ScorePolicy::Best)).await;
    for n in [1, 2] {
        let one = submission(n, &board, "ann", 2, noon(0));
        running.submit(one).await;
    }
    gate.close_for_loads();
    let loads = gate.loads();
    let defining = tokio::spawn(sum(running.service.clone(), board.clone()));
    gate.has_begun(loads + 1).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(21)).await;
    tokio::time::resume();
    let refused = defining.await.unwrap().unwrap_err();
    assert_eq!(
        (refused.code(), refused.status()),
        ("board_recounting", 503)
    );
    assert!(refused.retry_helps());
    assert!(running.service.board(&board).unwrap().recounting);
    gate.open_for_loads();
    let defined = sum(running.service.clone(), board.clone()).await.unwrap();
    assert!(!defined.recounting);
    assert_eq!(running.rows(&board, "all").await[0].score.get(), 4);
}

/// Bans players while the standings are recounted, several times.
pub(crate) async fn ruling_during_a_recount_is_kept(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", rules(ScorePolicy::Best)).await;
    submit_twice(&running, &board).await;
    begin(engines, &running, &board).await;
    let records = engines.records().await;
    // The ban is lifted, so that the stored standing is the same before and after.
    let rulings = async {
        for n in (0..PLAYERS).step_by(25) {
            for banned in [true, n % 2 == 0] {
                let players = vec![player(&format!("p{n}"))];
                let ruling = Ruling::Ban { players, banned };
                records.rule(&ruling, &note()).await.unwrap().unwrap();
            }
        }
    };
    let (recounted, ()) = join(records.recount(&board), rulings).await;
    let recounted = recounted.unwrap().unwrap();
    records
        .end_recount(&board, recounted.version)
        .await
        .unwrap();
    assert_eq!(records.recounts().await.unwrap(), []);
    let stored = running.ledger.standings(&key(&board, "all")).await.unwrap();
    let scores: BTreeMap<String, i64> = stored
        .into_iter()
        .filter_map(|s| Some((s.player.to_string(), s.standing?.score.get())))
        .collect();
    let is_banned = |n: &u64| n.is_multiple_of(50);
    let expected = (0..PLAYERS).filter(|n| !is_banned(n));
    let expected: BTreeMap<String, i64> = expected.map(|n| (format!("p{n}"), 5)).collect();
    assert_eq!(scores, expected);
    assert_eq!(recounted.seasons, [key(&board, "all")]);
}

pub(crate) async fn newer_rules_replace_an_unfinished_recount(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", rules(ScorePolicy::Best)).await;
    submit_twice(&running, &board).await;
    begin(engines, &running, &board).await;
    // The admin returns to the former rules before the recount has run.
    let defined = running.define("arena", rules(ScorePolicy::Best)).await;
    assert_eq!(defined, board);
    let records = engines.records().await;
    assert!(records.recount(&board).await.unwrap().is_none());
    assert!(!running.service.board(&board).unwrap().recounting);
    let stored = running.ledger.standings(&key(&board, "all")).await.unwrap();
    assert_eq!(stored.len() as u64, PLAYERS);
    let scores = stored.iter().filter_map(|s| s.standing);
    assert!(scores.into_iter().all(|standing| standing.score.get() == 3));
    assert_eq!(running.rows(&board, "all").await[0].score.get(), 3);
    let seasons = running.ledger.seasons_of(&board).await.unwrap();
    assert_eq!(seasons, [(Season::AllTime, PLAYERS)]);
}
