//! Batches of the outbox that fail: the others go on, and an admin retries the dead letters.

use leaderport::{AuditFilter, EngineState};
use sqlx::AssertSqlSafe;

use super::engine::{record_alone, record_batch};
use super::*;
use crate::contract::sample::{name, noon, note, player, points, submission};

/// The number of failures after which a batch is dead.
const MAX_FAILURES: u64 = 5;

/// Overwrites a column of every batch in the outbox.
async fn overwrite(engines: &Engines, standings: &str) {
    let sql = format!("UPDATE outbox SET standings = {standings}");
    let update = sqlx::query(AssertSqlSafe(sql));
    engines.database().await.execute(update).await.unwrap();
}

/// A service whose broker holds a season with a standing of Cat, and an empty outbox.
async fn held_season(engines: &Engines) -> (Running, Slug) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    let cat = submission(500, &board, "cat", 9, noon(0));
    running.submit(cat).await;
    running.service.drain(Duration::ZERO).await.unwrap();
    assert_eq!(running.ranks(&board, "all").await.len(), 1);
    (running, board)
}

/// The state of the engines, with the numbers of waiting and dead batches.
async fn state(running: &Running) -> (EngineState, u64, u64) {
    let state = running.service.engine_state(&Caller::Operator).await;
    let state = state.unwrap();
    let (outbox, dead) = (state.outbox, state.dead);
    (state, outbox, dead)
}

async fn players_of(running: &Running, board: &Slug) -> Vec<String> {
    let ranks = running.ranks(board, "all").await;
    ranks.into_iter().map(|(player, ..)| player).collect()
}

pub(crate) async fn unreadable_batch_becomes_a_dead_letter_and_the_others_go_on(engines: &Engines) {
    let (running, board) = held_season(engines).await;
    let service = &running.service;
    let drain = async || service.drain(Duration::ZERO).await.unwrap();
    record_alone(&running, submission(1, &board, "ann", 50, noon(0))).await;
    overwrite(engines, "'no list'").await;
    record_alone(&running, submission(2, &board, "bob", 60, noon(0))).await;
    assert_eq!(drain().await, 1, "the batch behind it is applied");
    assert_eq!(players_of(&running, &board).await, ["bob", "cat"]);
    let (_, waiting, dead) = state(&running).await;
    assert_eq!((waiting, dead), (1, 0));
    for _ in 1..MAX_FAILURES {
        assert_eq!(drain().await, 0);
    }
    let (engine, waiting, dead) = state(&running).await;
    assert_eq!((waiting, dead, engine.dead_letters.len()), (0, 1, 1));
    let letter = &engine.dead_letters[0];
    assert_eq!(letter.failures, MAX_FAILURES);
    assert!(letter.error.contains("not valid"), "{letter:?}");

    // It fails again until its cause is mended.
    let operator = Caller::Operator;
    let guest = Caller::guest(player("ann"));
    let refused = service.retry_dead_letters(&guest, None).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    for (id, retried) in [(letter.id + 1, 0), (letter.id, 1)] {
        let done = service.retry_dead_letters(&operator, Some(id)).await;
        assert_eq!(done.unwrap(), retried);
    }
    let (_, waiting, dead) = state(&running).await;
    assert_eq!((waiting, dead), (1, 0));
    for _ in 1..MAX_FAILURES {
        assert_eq!(drain().await, 0);
    }
    overwrite(engines, "NULL").await;
    let done = service.retry_dead_letters(&operator, None).await;
    assert_eq!(done.unwrap(), 1);
    assert_eq!(players_of(&running, &board).await, ["bob", "ann", "cat"]);
    let (_, waiting, dead) = state(&running).await;
    assert_eq!((waiting, dead), (0, 0));
    let filter = AuditFilter {
        action: "retry_dead_letters".to_owned(),
        ..AuditFilter::default()
    };
    let audit = service.audit(&operator, &filter).await;
    assert_eq!(audit.unwrap().len(), 2, "a retry of nothing is no action");
}

/// A node of an older version must not take a batch away from the nodes that can apply it.
pub(crate) async fn batch_of_a_newer_version_is_left_to_other_nodes(engines: &Engines) {
    let (running, board) = held_season(engines).await;
    let database = engines.database().await;
    let define = async |from: &str, to: &str| {
        let sql = format!("UPDATE boards SET definition = replace(definition, '{from}', '{to}')");
        let update = sqlx::query(AssertSqlSafe(sql));
        database.execute(update).await.unwrap();
    };
    record_alone(&running, submission(1, &board, "ann", 50, noon(0))).await;
    define("\"best\"", "\"newest\"").await;
    // A batch that this version cannot read, and one that needs the definition of its board.
    for standings in ["'no list'", "'[[\"arena\", \"all\", null]]'"] {
        overwrite(engines, standings).await;
        for _ in 0..2 * MAX_FAILURES {
            let drained = running.service.drain(Duration::ZERO).await;
            assert_eq!(drained.unwrap(), 0, "{standings}");
        }
        let (_, waiting, dead) = state(&running).await;
        assert_eq!((waiting, dead), (1, 0), "{standings}");
    }
    define("\"newest\"", "\"best\"").await;
    let drained = running.service.drain(Duration::ZERO).await;
    assert_eq!(drained.unwrap(), 1);
    assert_eq!(players_of(&running, &board).await, ["ann", "cat"]);
}

pub(crate) async fn many_failing_batches_do_not_delay_a_new_one(engines: &Engines) {
    let (running, board) = held_season(engines).await;
    // More than a node reads at once.
    for n in 0..40 {
        let one = submission(n, &board, &format!("p{n}"), 1, noon(0));
        record_alone(&running, one).await;
    }
    overwrite(engines, "'no list'").await;
    record_alone(&running, submission(99, &board, "bob", 60, noon(0))).await;
    let drained = running.service.drain(Duration::ZERO).await;
    assert_eq!(drained.unwrap(), 1);
    assert_eq!(players_of(&running, &board).await, ["bob", "cat"]);
    let (_, waiting, _) = state(&running).await;
    assert_eq!(waiting, 40);
}

/// Two boards on which Ann has a standing and her name.
async fn two_boards(running: &Running) -> [Slug; 2] {
    let boards = [
        running.define("arena", points()).await,
        running.define("runs", points()).await,
    ];
    for (n, board) in (1..).zip(&boards) {
        let one = submission(n, board, "ann", 5, noon(0));
        running.submit(named("Ann", one)).await;
    }
    boards
}

/// A name belongs to the player, and not to the board of the submission that had it.
pub(crate) async fn name_in_a_submission_outlives_its_board(engines: &Engines) {
    let running = Running::start(engines).await;
    let [arena, runs] = two_boards(&running).await;
    let one = submission(3, &arena, "ann", 6, noon(1));
    record_alone(&running, named("Anna", one)).await;
    let board = running.service.board(&arena).unwrap();
    let records = engines.records().await;
    assert!(records.delete_board(&board, &note()).await.unwrap());
    while let Some(step) = records.delete_step().await.unwrap() {
        if step.is_empty {
            break;
        }
    }
    running.service.drain(Duration::ZERO).await.unwrap();
    assert_eq!(running.rows(&runs, "all").await[0].name, name("Anna"));
}

/// The node has not learnt of the deletion yet, because it missed the notice.
pub(crate) async fn batch_of_a_deleted_board_is_applied_to_the_other_boards(engines: &Engines) {
    let running = Running::start(engines).await;
    let [arena, runs] = two_boards(&running).await;
    let board = running.service.board(&arena).unwrap();
    let operator = Caller::Operator;
    let cleared = running.service.clear_cache(&operator, &arena, false);
    cleared.await.unwrap();
    let batch = [(3, &arena), (4, &runs)];
    let batch = batch.map(|(n, board)| submission(n, board, "ann", 6, noon(1)));
    record_batch(&running, batch.to_vec()).await;
    let records = engines.records().await;
    assert!(records.delete_board(&board, &note()).await.unwrap());
    running.service.drain(Duration::ZERO).await.unwrap();
    let expected = [("ann".to_owned(), 1, 6)];
    assert_eq!(running.ranks(&runs, "all").await, expected);
    assert_eq!(running.ledger.outbox().await.unwrap(), 0);
}
