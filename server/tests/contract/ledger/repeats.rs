//! One submission id has one effect and one answer.

use std::sync::Arc;

use leaderport::service::ports::ledger::{Entry, Recorded, Settled, SettledStanding, Settlement};
use leaderport::service::ports::stored::Ranks;
use leaderport::{Board, Epoch, Order, Position, Rank, ScorePolicy, TieRule};

use super::{before, entry, new, record, record_again, record_new, scores};
use crate::contract::engines::LedgerHome;
use crate::contract::sample::{board, draft, id, key, noon, note, of_every_period, points};

/// The ranks of an answer. The offset is larger than a double holds exactly.
fn ranks(rank: u64, previous: Option<u64>) -> Ranks {
    Ranks {
        rank: Rank::after(rank - 1),
        previous: previous.map(|rank| Rank::after(rank - 1)),
        position: Position {
            epoch: Epoch(u64::MAX - 1),
            offset: (1 << 53) + 1,
        },
    }
}

/// Ann's score of 5 on the board of every period, with id 1.
fn five() -> Entry {
    entry(
        &board("runs", of_every_period(points())),
        1,
        "ann",
        5,
        noon(0),
    )
}

/// Ann's score of 9 on the same board, with id 2.
fn nine() -> Entry {
    entry(
        &board("runs", of_every_period(points())),
        2,
        "ann",
        9,
        noon(1),
    )
}

/// The first answer to [`five`], before its ranks are settled.
fn first_answer() -> Vec<SettledStanding> {
    let five = five();
    let standing = leaderport::Standing {
        score: five.submission.value,
        achieved_at: five.at,
        latest_at: five.at,
    };
    five.seasons
        .iter()
        .map(|season| SettledStanding {
            season: *season,
            standing,
            ranks: None,
        })
        .collect()
}

pub(crate) async fn repeat_returns_the_first_standings(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record_new(&ledger, &five()).await;
    record_new(&ledger, &nine()).await;
    assert_eq!(record_again(&ledger, &five()).await, first_answer());
}

pub(crate) async fn repeat_in_the_same_batch_returns_the_first_standings(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let recorded = record(&ledger, &[five(), nine(), five(), five()]).await;
    assert_eq!(new(&recorded[0]).len(), 5);
    assert_eq!(before(&recorded[2]), first_answer());
    assert_eq!(before(&recorded[3]), first_answer());
}

pub(crate) async fn repeat_after_reopening_returns_the_first_standings(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record(&ledger, &[five(), nine()]).await;
    drop(ledger);
    assert_eq!(
        record_again(&home.ledger().await, &five()).await,
        first_answer()
    );
}

pub(crate) async fn repeat_changes_nothing(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board(
        "sums",
        draft(ScorePolicy::Sum, Order::Descending, TieRule::Earliest),
    );
    let one = entry(&board, 1, "ann", 5, noon(0));
    record(&ledger, &[one.clone(), one.clone()]).await;
    record(&ledger, &[one.clone(), one.clone()]).await;
    drop(ledger);
    let ledger = home.ledger().await;
    record(&ledger, &[one.clone(), one]).await;
    assert_eq!(
        scores(&ledger, &key(&board.slug, "all")).await,
        [("ann".to_owned(), 5, 1)]
    );
}

/// Copies of a submission, each with one part of its content changed.
fn other_contents(first: &Entry) -> Vec<Entry> {
    let other_board = board("other", of_every_period(points()));
    let mut without_time = first.clone();
    without_time.submission.at = None;
    vec![
        entry(&first.board, 1, "bob", 5, first.at),
        entry(&first.board, 1, "ann", 6, first.at),
        entry(&first.board, 1, "ann", 5, noon(1)),
        entry(&other_board, 1, "ann", 5, first.at),
        without_time,
    ]
}

pub(crate) async fn different_content_under_one_id_is_a_conflict(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record_new(&ledger, &five()).await;
    let others = other_contents(&five());
    for (other, recorded) in others.iter().zip(record(&ledger, &others).await) {
        assert!(
            matches!(recorded, Recorded::Conflict),
            "{:?}: {recorded:?}",
            other.submission
        );
    }
    assert_eq!(record_again(&ledger, &five()).await, first_answer());
    assert_eq!(
        scores(&ledger, &key(&five().board.slug, "all")).await,
        [("ann".to_owned(), 5, 1)]
    );
    assert_eq!(ledger.count(id(1)).await.unwrap(), 1);
}

pub(crate) async fn different_content_in_the_same_batch_is_a_conflict(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let mut batch = vec![five()];
    batch.extend(other_contents(&five()));
    batch.push(nine());
    let recorded = record(&ledger, &batch).await;
    assert_eq!(new(&recorded[0]).len(), 5);
    assert!(
        recorded[1..6]
            .iter()
            .all(|r| matches!(r, Recorded::Conflict)),
        "{recorded:?}"
    );
    assert_eq!(new(&recorded[6]).len(), 5);
    assert_eq!(
        scores(&ledger, &key(&five().board.slug, "all")).await,
        [("ann".to_owned(), 9, 2)]
    );
}

pub(crate) async fn repeated_submission_is_counted_once(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    assert_eq!(ledger.count(id(1)).await.unwrap(), 0);
    record(&ledger, &[five(), five(), nine()]).await;
    record(&ledger, &[five()]).await;
    assert_eq!(ledger.count(id(1)).await.unwrap(), 1);
    assert_eq!(ledger.count(id(2)).await.unwrap(), 1);
    assert_eq!(ledger.count(id(3)).await.unwrap(), 0);
}

/// Ranks for the five seasons of [`five`]; one rank is unknown.
fn five_ranks() -> Vec<Option<Ranks>> {
    vec![
        Some(ranks(3, Some(7))),
        Some(ranks(1, None)),
        None,
        Some(ranks(u64::from(u32::MAX), Some(u64::from(u32::MAX)))),
        Some(ranks(1, Some(1))),
    ]
}

fn settled_answer() -> Vec<SettledStanding> {
    let settle = |(first, ranks): (SettledStanding, _)| SettledStanding { ranks, ..first };
    first_answer()
        .into_iter()
        .zip(five_ranks())
        .map(settle)
        .collect()
}

pub(crate) async fn repeat_returns_settled_ranks(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record(&ledger, &[five(), nine()]).await;
    let settled = [
        Settled {
            id: id(1),
            ranks: five_ranks(),
        },
        Settled {
            id: id(2),
            ranks: vec![Some(ranks(2, None)); 5],
        },
    ];
    assert!(super::settle(&ledger, &settled, &[]).await.is_empty());
    assert_eq!(record_again(&ledger, &five()).await, settled_answer());
    let other = record_again(&ledger, &nine()).await;
    assert!(
        other.iter().all(|s| s.ranks == Some(ranks(2, None))),
        "{other:?}"
    );
}

pub(crate) async fn settled_ranks_survive_reopening_the_ledger(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record_new(&ledger, &five()).await;
    let settled = Settled {
        id: id(1),
        ranks: five_ranks(),
    };
    super::settle(&ledger, &[settled], &[]).await;
    drop(ledger);
    assert_eq!(
        record_again(&home.ledger().await, &five()).await,
        settled_answer()
    );
}

pub(crate) async fn settlement_is_stored_before_entries_are_recorded(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record_new(&ledger, &five()).await;
    let settled = [Settled {
        id: id(1),
        ranks: five_ranks(),
    }];
    let recorded = super::settle(&ledger, &settled, &[five()]).await;
    assert_eq!(before(&recorded[0]), settled_answer());
}

pub(crate) async fn settlement_is_stored_if_the_rules_are_outdated(home: &dyn LedgerHome) {
    if !home.is_shared() {
        // Only another node can redefine a board between its checks and the record.
        return;
    }
    let ledger = home.ledger().await;
    let first = five().board;
    let second = Board {
        version: first.version + 1,
        ..first.as_ref().clone()
    };
    record_new(&ledger, &five()).await;
    for board in [first.as_ref(), &second] {
        assert!(ledger.put_board(board, &note()).await.unwrap());
    }
    let settlement = Settlement {
        answers: vec![Settled {
            id: id(1),
            ranks: five_ranks(),
        }],
        applied: Vec::new(),
    };
    let refused = ledger.record(&settlement, &[nine()]).await.unwrap();
    assert!(refused.is_outdated && refused.outcomes.is_empty());
    assert_eq!(ledger.count(id(2)).await.unwrap(), 0);
    let repeat = Entry {
        board: Arc::new(second),
        ..five()
    };
    assert_eq!(record_again(&ledger, &repeat).await, settled_answer());
}

pub(crate) async fn settled_ranks_are_never_replaced(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    record_new(&ledger, &five()).await;
    let settled = Settled {
        id: id(1),
        ranks: five_ranks(),
    };
    super::settle(&ledger, &[settled], &[]).await;
    let later = Settled {
        id: id(1),
        ranks: vec![Some(ranks(99, None)); 5],
    };
    super::settle(&ledger, &[later], &[]).await;
    assert_eq!(record_again(&ledger, &five()).await, settled_answer());
}

pub(crate) async fn settling_an_unrecorded_id_does_nothing(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let settled = [Settled {
        id: id(1),
        ranks: five_ranks(),
    }];
    super::settle(&ledger, &settled, &[]).await;
    assert_eq!(ledger.count(id(1)).await.unwrap(), 0);
    record_new(&ledger, &five()).await;
    assert_eq!(record_again(&ledger, &five()).await, first_answer());
}
