//! Deleted boards: nothing of them is left, and their slugs may be used again.

use std::sync::Arc;
use std::time::Duration;

use leaderport::{Board, BoardDraft, Period};
use tokio::time::timeout;

use super::loads::begin_load;
use super::*;
use crate::contract::gate::Gate;
use crate::contract::sample::{id, key, noon, note, player, points, slug, submission};

const OPERATOR: Caller = Caller::Operator;

fn archived() -> BoardDraft {
    BoardDraft {
        archived: true,
        ..rules()
    }
}

fn rules() -> BoardDraft {
    BoardDraft {
        periods: vec![Period::AllTime, Period::Daily],
        ..points()
    }
}

/// Defines the board again, once its deletion is done.
async fn define_again(running: &Running) -> Arc<Board> {
    // With a remote broker, a deletion ends some seconds after its begin.
    running.clock.set(noon(20));
    let defined = async {
        loop {
            let arena = slug("arena");
            let defined = running
                .service
                .define_board(&OPERATOR, arena, rules(), None);
            match defined.await {
                Ok(board) => return board,
                Err(Error::BeingDeleted(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    let defined = timeout(Duration::from_secs(20), defined).await;
    defined.expect("the deletion ends")
}

pub(crate) async fn deleted_board_leaves_nothing(engines: &Engines) {
    let running = Running::start(engines).await;
    let arena = running.define("arena", rules()).await;
    let other = running.define("other", rules()).await;
    for (n, board, who) in [
        (1, &arena, "ann"),
        (2, &arena, "ann"),
        (3, &arena, "bob"),
        (4, &other, "ann"),
    ] {
        let value = i64::try_from(n).unwrap();
        running
            .submit(submission(n, board, who, value, noon(0)))
            .await;
    }
    let delete = |caller: Caller, expected: Option<u64>| {
        let (service, arena) = (running.service.clone(), arena.clone());
        async move { service.delete_board(&caller, &arena, expected).await }
    };
    let open = delete(OPERATOR, None).await;
    assert_eq!(open.unwrap_err().code(), "not_archived");
    running.define("arena", archived()).await;
    let guest = delete(Caller::guest(player("ann")), None).await;
    assert_eq!(guest.unwrap_err().code(), "forbidden");
    let outdated = delete(OPERATOR, Some(1)).await;
    assert!(matches!(outdated, Err(Error::OutdatedBoard(_, 2))));
    let size = delete(OPERATOR, Some(2)).await.unwrap();
    assert_eq!((size.submissions, size.players), (3, 2));
    // The board is unknown at once.
    let again = delete(OPERATOR, None).await;
    assert_eq!(again.unwrap_err().code(), "unknown_board");
    let refused = running.refused(submission(5, &arena, "cat", 9, noon(0)));
    assert_eq!(refused.await.code(), "unknown_board");
    let board = define_again(&running).await;
    // No node takes an old definition for a newer one.
    assert!(board.version > 2, "{}", board.version);
    for season in ["all", "2026-11-20"] {
        assert!(running.ranks(&arena, season).await.is_empty());
        let stored = running.ledger.standings(&key(&arena, season)).await;
        assert!(stored.unwrap().is_empty());
    }
    for n in 1..=3 {
        assert_eq!(running.ledger.count(id(n)).await.unwrap(), 0);
    }
    // A submission of the deleted board is a new one.
    let outcome = running
        .submit(submission(1, &arena, "ann", 7, noon(0)))
        .await;
    assert_eq!(answer(&outcome), (7, 1, None));
    let kept = [("ann".to_owned(), 1, 4)];
    assert_eq!(running.ranks(&other, "all").await, kept);
    let after = Running::start_with(engines, engines.broker().await).await;
    assert_eq!(after.ranks(&arena, "all").await, [("ann".to_owned(), 1, 7)]);
}

pub(crate) async fn deletion_continues_after_a_crash(engines: &Engines) {
    let running = Running::start(engines).await;
    let arena = running.define("arena", rules()).await;
    // More than one step removes.
    for batch in 0..3_u128 {
        let one = |n: u128| {
            let who = format!("p{n}");
            submission(batch * 1000 + n, &arena, &who, 5, noon(0))
        };
        let batch = (1..=1000).map(one).collect();
        let outcomes = running.service.submit(&OPERATOR, batch).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok));
    }
    running.define("arena", archived()).await;
    let board = running.service.board(&arena).unwrap();
    running.stop().await;
    // The node ends after the first transaction of the deletion.
    let records = engines.records().await;
    assert!(records.delete_board(&board, &note()).await.unwrap());
    assert!(!records.delete_board(&board, &note()).await.unwrap());
    let running = Running::start(engines).await;
    assert_eq!(
        running.service.board(&arena).unwrap_err().code(),
        "unknown_board"
    );
    define_again(&running).await;
    for n in [1, 1500, 3000] {
        assert_eq!(running.ledger.count(id(n)).await.unwrap(), 0);
    }
    assert!(running.ledger.seasons_of(&arena).await.unwrap().is_empty());
    assert_eq!(records.delete_step().await.unwrap(), None);
}

pub(crate) async fn board_deleted_at_one_node_is_unknown_at_the_other(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let a = Running::start_with(engines, mine).await;
    let arena = a.define("arena", archived()).await;
    let b = Running::start_with(engines, theirs).await;
    b.service.board(&arena).unwrap();
    let deleted = a.service.delete_board(&OPERATOR, &arena, None).await;
    assert_eq!(deleted.unwrap().submissions, 0);
    let unknown = async {
        while b.service.board(&arena).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let learnt = timeout(Duration::from_secs(20), unknown).await;
    learnt.expect("the other node learns of the deletion");
    // The next definition, at either node, is newer than what the other knew.
    b.clock.set(noon(20));
    let board = define_again(&a).await;
    assert_eq!(board.version, 3);
    let known = async {
        while b.service.board(&arena).is_err() {
            tokio::task::yield_now().await;
        }
    };
    let learnt = timeout(Duration::from_secs(20), known).await;
    learnt.expect("the other node learns of the next board");
    b.submit(submission(1, &arena, "ann", 5, noon(0))).await;
    assert_eq!(b.ranks(&arena, "all").await, [("ann".to_owned(), 1, 5)]);
}

/// The versions of standings begin again with the next board of a slug.
pub(crate) async fn next_board_of_a_slug_is_no_restored_ledger(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let running = Running::start_with(engines, mine).await;
    let arena = running.define("arena", rules()).await;
    let other = running.define("other", rules()).await;
    for (n, board, value) in [(1, &arena, 5), (2, &arena, 6), (3, &other, 7)] {
        running
            .submit(submission(n, board, "ann", value, noon(0)))
            .await;
    }
    running.define("arena", archived()).await;
    let deleted = running.service.delete_board(&OPERATOR, &arena, None).await;
    assert_eq!(deleted.unwrap().submissions, 2);
    define_again(&running).await;
    let (_, before) = running.page(&other, "all").await;
    let starting = Running::start_with(engines, theirs).await;
    let (_, after) = starting.page(&other, "all").await;
    assert_eq!(after, before, "no season was loaded again");
}

/// A node that stalled before the end of a deletion ends it after others did.
pub(crate) async fn late_end_of_a_deletion_leaves_the_next_one(engines: &Engines) {
    let (ledger, records) = (engines.ledger().await, engines.records().await);
    let arena = slug("arena");
    let is_done = async || {
        let deleted = records.deleted_board(&arena).await.unwrap();
        deleted.unwrap().is_done
    };
    let delete = async |version: u64| {
        let board = Board::new(arena.clone(), rules()).unwrap();
        let board = Board { version, ..board };
        assert!(ledger.put_board(&board, &note()).await.unwrap());
        assert!(records.delete_board(&board, &note()).await.unwrap());
        records.delete_step().await.unwrap().unwrap()
    };
    let first = delete(1).await;
    assert!(first.is_empty);
    records.finish_deletion(&first).await.unwrap();
    assert!(is_done().await);
    let second = delete(first.version + 1).await;
    records.finish_deletion(&first).await.unwrap();
    assert!(!is_done().await);
    records.finish_deletion(&second).await.unwrap();
    assert!(is_done().await);
}

/// A load at another node ends after the slug has a new board with the same rules.
pub(crate) async fn load_of_a_deleted_board_brings_nothing_back(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let a = Running::start_with(engines, mine).await;
    let arena = a.define("arena", rules()).await;
    for (n, value) in [(1, 5), (2, 6)] {
        a.submit(submission(n, &arena, "ann", value, noon(0))).await;
    }
    a.define("arena", archived()).await;
    let gate = Gate::before(theirs);
    let b = Running::start_with(engines, gate.clone()).await;
    let load = begin_load([&a, &b], &gate, &arena).await;
    let deleted = a.service.delete_board(&OPERATOR, &arena, None).await;
    assert_eq!(deleted.unwrap().submissions, 2);
    define_again(&a).await;
    gate.open_for_loads();
    load.await.unwrap();
    assert!(a.ranks(&arena, "all").await.is_empty());
    // The standing has a lower version than that of the deleted board.
    a.submit(submission(3, &arena, "ann", 4, noon(0))).await;
    assert_eq!(a.ranks(&arena, "all").await, [("ann".to_owned(), 1, 4)]);
}
