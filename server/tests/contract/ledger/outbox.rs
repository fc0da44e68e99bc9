//! The outbox contains a batch until the batch is confirmed as applied.

use std::time::Duration;

use leaderport::service::ports::ledger::{Settlement, Unapplied};
use leaderport::service::ports::stored::BatchId;
use leaderport::{Order, ScorePolicy, TieRule};

use super::*;
use crate::contract::engines::LedgerHome;
use crate::contract::sample::{board, draft, id, key, noon, of_every_period, points};

async fn unapplied(ledger: &Arc<dyn Ledger>) -> Vec<Unapplied> {
    ledger.unapplied(Duration::ZERO, 100).await.unwrap()
}

/// Records a batch and returns its outbox id.
async fn batch(ledger: &Arc<dyn Ledger>, entries: &[Entry]) -> Option<BatchId> {
    let recorded = ledger.record(&Settlement::default(), entries).await;
    recorded.unwrap().id
}

pub(crate) async fn batch_stays_in_the_outbox_until_applied(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", of_every_period(points()));
    let first = [
        named("Ann", entry(&board, 1, "ann", 5, noon(0))),
        entry(&board, 2, "bob", 7, noon(0)),
    ];
    let first = batch(&ledger, &first).await.unwrap();
    let second = [entry(&board, 3, "ann", 9, noon(1))];
    let second = batch(&ledger, &second).await.unwrap();
    drop(ledger);
    let ledger = home.ledger().await;
    let waiting = unapplied(&ledger).await;
    assert_eq!(
        waiting.iter().map(|w| w.id).collect::<Vec<_>>(),
        [first, second]
    );
    for (key, standing) in waiting.iter().flat_map(|w| &w.standings) {
        // The outbox holds the current standings, not those at the time of the batch.
        let stored = standings(&ledger, key).await;
        assert!(stored.contains(standing), "{standing:?} in {key}");
    }
    let seasons = board.seasons_at(noon(0)).len();
    assert_eq!(
        waiting[0].standings.len(),
        2 * seasons,
        "one standing per season and player"
    );

    let settlement = Settlement {
        answers: Vec::new(),
        applied: vec![first],
    };
    ledger.record(&settlement, &[]).await.unwrap();
    let waiting = unapplied(&ledger).await;
    assert_eq!(waiting.iter().map(|w| w.id).collect::<Vec<_>>(), [second]);
}

pub(crate) async fn outbox_returns_the_oldest_batches_up_to_the_limit(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", of_every_period(points()));
    let mut batches = Vec::new();
    for n in 0..5 {
        batches.extend(batch(&ledger, &[entry(&board, n, "ann", 5, noon(0))]).await);
    }
    let oldest = ledger.unapplied(Duration::ZERO, 3).await.unwrap();
    assert_eq!(
        oldest.iter().map(|w| w.id).collect::<Vec<_>>(),
        batches[..3]
    );
    let aged = ledger.unapplied(Duration::from_hours(1), 3).await.unwrap();
    assert!(aged.is_empty(), "none of them is an hour old");
}

pub(crate) async fn batch_without_new_records_is_not_in_the_outbox(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", of_every_period(points()));
    let entries = [entry(&board, 1, "ann", 5, noon(0))];
    assert!(batch(&ledger, &entries).await.is_some());
    assert!(batch(&ledger, &entries).await.is_none(), "a repeat");
    assert!(batch(&ledger, &[]).await.is_none(), "an empty batch");
    assert_eq!(unapplied(&ledger).await.len(), 1);
}

/// Two processes share one ledger; each has several batches in flight.
pub(crate) async fn concurrent_batches_count_each_submission_once(home: &dyn LedgerHome) {
    const WRITERS: u128 = 4;
    const BATCHES: u128 = 12;
    let sum = draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared);
    let board = board("sums", sum);
    let ledgers = [home.ledger().await, home.ledger().await];
    let mut writers = tokio::task::JoinSet::new();
    for (n, ledger) in (0..).zip(&ledgers) {
        for writer in 0..WRITERS {
            let (ledger, board) = (ledger.clone(), board.clone());
            writers.spawn(async move {
                for batch in 0..BATCHES {
                    // Both processes record the batch's first entry; the other entries are their
                    // own.
                    let shared = 1000 * writer + batch;
                    let own = 100_000 * (n + 1) + shared;
                    let entries = [
                        entry(&board, shared, "ann", 1, noon(0)),
                        entry(&board, own, "bob", 1, noon(0)),
                        entry(&board, own + 50_000, &format!("p{shared}"), 1, noon(0)),
                    ];
                    let recorded = record(&ledger, &entries).await;
                    assert!(!matches!(recorded[0], Recorded::Conflict), "{recorded:?}");
                    new(&recorded[1]);
                }
            });
        }
    }
    writers.join_all().await;
    let found = scores(&ledgers[0], &key(&board.slug, "all")).await;
    let count = u64::try_from(WRITERS * BATCHES).unwrap();
    let all = i64::try_from(count).unwrap();
    assert_eq!(found[0], ("ann".to_owned(), all, count));
    assert_eq!(found[1], ("bob".to_owned(), 2 * all, 2 * count));
    assert!(
        found[2..]
            .iter()
            .all(|(_, score, version)| (*score, *version) == (2, 2))
    );
    assert_eq!(found.len() as u64, 2 + count);
    assert_eq!(ledgers[1].count(id(0)).await.unwrap(), 1);
}
