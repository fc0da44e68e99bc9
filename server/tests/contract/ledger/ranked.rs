//! Ranks computed by SQL alone, for reads while the broker is down.

use leaderport::board::Ranking;
use leaderport::{Board, Order, Rank, ScorePolicy, TieRule};
use tokio::sync::mpsc;

use super::*;
use crate::contract::engines::LedgerHome;
use crate::contract::plain;
use crate::contract::sample::{ORDERS, board, draft, key, noon, player, points, slug};

/// A board with ties of scores, some of them also with equal instants.
async fn board_with_ties(ledger: &Arc<dyn Ledger>, order: Order) -> Arc<Board> {
    let called = match order {
        Order::Descending => "points",
        Order::Ascending => "times",
    };
    let filled = board(called, draft(ScorePolicy::Latest, order, TieRule::Shared));
    let entries: Vec<Entry> = [
        ("ann", 5, 3),
        ("Bob", 5, 1),
        ("bob", 5, 1),
        ("日本", 7, 2),
        ("zoë", -7, 2),
        ("cat", 7, 0),
        ("dan", 0, 0),
        ("eve", 9_007_199_254_740_991, 4),
        ("fay", -9_007_199_254_740_991, 4),
        ("gus", 0, 9),
    ]
    .into_iter()
    .zip(0..)
    .map(|((who, value, at), n)| {
        let n = n + 100 * u128::from(order == Order::Ascending);
        entry(&filled, n, who, value, noon(at))
    })
    .collect();
    record(ledger, &entries).await;
    // A standing in another board's season must not be counted.
    let other = board("other", draft(ScorePolicy::Best, order, TieRule::Dense));
    let n = 900 + u128::from(order == Order::Ascending);
    record(ledger, &[entry(&other, n, "ann", 6, noon(0))]).await;
    filled
}

pub(crate) async fn ledger_rows_match_a_plain_sort(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    for order in ORDERS {
        let board = board_with_ties(&ledger, order).await;
        let (season, ranking) = (key(&board.slug, "all"), Ranking::from(&*board));
        let rows = standings(&ledger, &season).await;
        let sorted = plain::ranked(ranking, rows.iter().filter_map(plain::row).collect());
        let scores: Vec<_> = sorted.iter().map(|row| row.score).collect();
        for (start, limit) in [(0, 10), (0, 3), (3, 4), (8, 10), (10, 5), (1 << 40, 5)] {
            let slice = ledger.slice(&season, ranking, start, limit).await.unwrap();
            let from = usize::try_from(start).unwrap().min(sorted.len());
            let expected: Vec<_> = sorted[from..].iter().take(limit).collect();
            let listed: Vec<_> = slice.rows.iter().map(|s| &s.player).collect();
            assert_eq!(
                listed,
                expected.iter().map(|r| &r.player).collect::<Vec<_>>()
            );
            assert_eq!(slice.total, 10);
            if let Some(first) = expected.first() {
                let mut better = plain::scores_better_than(first.score, order, &scores);
                assert_eq!(slice.better, better.len() as u64, "{order:?} from {start}");
                better.sort_unstable();
                better.dedup();
                assert_eq!(
                    slice.distinct,
                    better.len() as u64,
                    "{order:?} from {start}"
                );
            }
        }
        let nobody = key(&slug("nobody"), "all");
        let empty = ledger.slice(&nobody, ranking, 0, 5).await.unwrap();
        assert_eq!((empty.total, empty.rows), (0, Vec::new()));
    }
}

pub(crate) async fn ledger_export_is_one_snapshot_in_the_total_order(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("long", points());
    let (season, ranking) = (key(&board.slug, "all"), Ranking::from(&*board));
    // More rows than one chunk, with ties.
    let entries: Vec<_> = (0..1700_i64)
        .map(|n| {
            let id = u128::try_from(n + 1).unwrap();
            entry(&board, id, &format!("p{n}"), n % 7, noon(-n))
        })
        .collect();
    for batch in entries.chunks(500) {
        record(&ledger, batch).await;
    }
    let rows = standings(&ledger, &season).await;
    let sorted = plain::ranked(ranking, rows.iter().filter_map(plain::row).collect());
    let (sink, mut chunks) = mpsc::channel(1);
    let (exporting, of) = (ledger.clone(), season.clone());
    let export = tokio::spawn(async move { exporting.export(&of, ranking, sink).await });
    let mut exported = chunks.recv().await.unwrap();
    assert!(exported.len() < 1700, "the rows are sent in parts");
    // A later record is not in the snapshot.
    record(&ledger, &[entry(&board, 9999, "last", -1, noon(0))]).await;
    while let Some(chunk) = chunks.recv().await {
        exported.extend(chunk);
    }
    export.await.unwrap().unwrap();
    let exported: Vec<_> = exported.iter().map(|ranked| &ranked.player).collect();
    let sorted: Vec<_> = sorted.iter().map(|row| &row.player).collect();
    assert_eq!(exported, sorted);
    // A reader who leaves ends the export, and nothing stays locked.
    let (sink, chunks) = mpsc::channel(1);
    drop(chunks);
    ledger.export(&season, ranking, sink).await.unwrap();
    record(&ledger, &[entry(&board, 10_000, "later", -2, noon(0))]).await;
    let (sink, mut chunks) = mpsc::channel(1);
    let nobody = key(&slug("nobody"), "all");
    ledger.export(&nobody, ranking, sink).await.unwrap();
    assert!(chunks.recv().await.is_none());
}

pub(crate) async fn ledger_place_of_a_rank_matches_a_plain_sort(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    for order in ORDERS {
        let board = board_with_ties(&ledger, order).await;
        let season = key(&board.slug, "all");
        let rows = standings(&ledger, &season).await;
        for tie in [TieRule::Earliest, TieRule::Shared, TieRule::Dense] {
            let ranking = Ranking { order, tie };
            let sorted = plain::ranked(ranking, rows.iter().filter_map(plain::row).collect());
            for rank in (1..=12).chain([u64::MAX]).map(|n| Rank::after(n - 1)) {
                let place = ledger.place_of_rank(&season, ranking, rank).await.unwrap();
                let first = sorted.iter().position(|row| row.rank == rank);
                // A skipped rank has the place at which it would be.
                let skipped = usize::try_from(rank.get() - 1).unwrap();
                let last = sorted.len() - 1;
                let expected = match (first, tie) {
                    (Some(first), _) => first,
                    (None, TieRule::Shared) => skipped.min(last),
                    (None, TieRule::Earliest | TieRule::Dense) => last,
                };
                assert_eq!(place, expected as u64, "{ranking:?} {rank}");
            }
        }
        let nobody = key(&slug("nobody"), "all");
        let ranking = Ranking::from(&*board);
        let empty = ledger.place_of_rank(&nobody, ranking, Rank::after(3)).await;
        assert_eq!(empty.unwrap(), 0);
    }
}

pub(crate) async fn ledger_place_matches_a_plain_sort(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    for order in ORDERS {
        let board = board_with_ties(&ledger, order).await;
        let (season, ranking) = (key(&board.slug, "all"), Ranking::from(&*board));
        let rows = standings(&ledger, &season).await;
        let sorted = plain::ranked(ranking, rows.iter().filter_map(plain::row).collect());
        let scores: Vec<_> = sorted.iter().map(|row| row.score).collect();
        for (ordinal, row) in (0..).zip(&sorted) {
            let place = ledger
                .place(&season, ranking, &row.player)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(place.ranked.player, row.player);
            assert_eq!((place.total, place.ordinal), (10, ordinal), "{row:?}");
            let better = plain::scores_better_than(row.score, order, &scores).len() as u64;
            let equal = scores.iter().filter(|s| **s == row.score).count() as u64;
            assert_eq!((place.better, place.worse), (better, 10 - better - equal));
            assert_eq!(Rank::after(place.better), row.rank);
        }
        let stranger = ledger.place(&season, ranking, &player("stranger")).await;
        assert!(stranger.unwrap().is_none());
    }
}
