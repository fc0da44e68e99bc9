//! Boards, standings, versions and refusals.

use std::sync::Arc;

use leaderport::service::Ledger;
use leaderport::service::ports::ledger::Recorded;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{
    Board, BoardDraft, Order, Period, ScoreFormat, ScorePolicy, SeasonKey, Standing, TieRule,
};

use super::{entry, named, new, record, record_new, scores, standings};
use crate::contract::engines::LedgerHome;
use crate::contract::sample::{
    board, draft, key, noon, note, of_every_period, player, points, score, stored, ts,
};

const MAX: i64 = (1 << 53) - 1;

fn sums() -> BoardDraft {
    draft(ScorePolicy::Sum, Order::Descending, TieRule::Earliest)
}

/// Every board, ordered by slug.
async fn boards(ledger: &Arc<dyn Ledger>) -> Vec<Board> {
    let mut boards = ledger.boards().await.unwrap().boards;
    boards.sort_by_key(|board| board.slug.clone());
    boards
}

pub(crate) async fn stored_boards_read_back_unchanged(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    assert!(boards(&ledger).await.is_empty());
    let plain = board("plain", points());
    let rich = board(
        "rich_0-9",
        BoardDraft {
            title: "Läufe \"2026\" \\ <b>'".to_owned(),
            description: Some("Zeile 1\nZeile 2 🏃".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            min_score: Some(-MAX),
            max_score: Some(MAX),
            format: Some(ScoreFormat::Decimals(2)),
            unit: Some("km".to_owned()),
            opens_at: Some(noon(0)),
            closes_at: Some(noon(60)),
            ..of_every_period(draft(ScorePolicy::Latest, Order::Ascending, TieRule::Dense))
        },
    );
    assert!(ledger.put_board(&rich, &note()).await.unwrap());
    assert!(ledger.put_board(&plain, &note()).await.unwrap());
    let expected = [plain.as_ref().clone(), rich.as_ref().clone()];
    assert_eq!(boards(&ledger).await, expected);
    drop(ledger);
    assert_eq!(
        boards(&home.ledger().await).await,
        expected,
        "after reopening"
    );
}

pub(crate) async fn board_update_replaces_only_the_previous_version(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let first = board("one", points());
    let again = board(
        "one",
        BoardDraft {
            title: "Another title".to_owned(),
            ..of_every_period(sums())
        },
    );
    let again = Board {
        version: 2,
        ..again.as_ref().clone()
    };
    assert!(
        !ledger.put_board(&again, &note()).await.unwrap(),
        "version 1 is missing"
    );
    assert!(ledger.put_board(&first, &note()).await.unwrap());
    assert!(
        !ledger.put_board(&first, &note()).await.unwrap(),
        "the board exists"
    );
    record_new(&ledger, &entry(&first, 1, "ann", 5, noon(0))).await;
    assert!(ledger.put_board(&again, &note()).await.unwrap());
    for version in [1, 2, 4] {
        let stale = Board {
            version,
            ..first.as_ref().clone()
        };
        assert!(
            !ledger.put_board(&stale, &note()).await.unwrap(),
            "{version}"
        );
    }
    assert_eq!(boards(&ledger).await, [again]);
    assert_eq!(
        scores(&ledger, &key(&first.slug, "all")).await,
        [("ann".to_owned(), 5, 1)]
    );
}

pub(crate) async fn submission_updates_every_season_it_feeds(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", of_every_period(points()));
    let at = ts("2026-11-20T23:59:59.999Z");
    let recorded = record_new(&ledger, &entry(&board, 1, "ann", 5, at)).await;
    let labels: Vec<String> = recorded.iter().map(|r| r.season.to_string()).collect();
    assert_eq!(labels, ["all", "2026", "2026-11", "2026-W47", "2026-11-20"]);
    let standing = Standing {
        score: score(5),
        achieved_at: at,
        latest_at: at,
    };
    for recorded in &recorded {
        assert_eq!(
            (recorded.standing, recorded.version, recorded.changed),
            (standing, 1, true)
        );
        let key = SeasonKey {
            board: board.slug.clone(),
            season: recorded.season,
        };
        let stored = StoredStanding {
            player: player("ann"),
            name: None,
            standing: Some(standing),
            version: 1,
        };
        assert_eq!(standings(&ledger, &key).await, [stored], "{key}");
    }
}

pub(crate) async fn seasons_and_boards_are_independent(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let daily = BoardDraft {
        periods: vec![Period::Daily],
        ..points()
    };
    let (one, two) = (board("one", daily.clone()), board("two", daily));
    let batch = [
        entry(&one, 1, "ann", 5, ts("2026-11-19T12:00:00Z")),
        entry(&one, 2, "ann", 3, ts("2026-11-20T12:00:00Z")),
        entry(&two, 3, "ann", 9, ts("2026-11-20T12:00:00Z")),
    ];
    assert!(
        record(&ledger, &batch)
            .await
            .iter()
            .all(|r| new(r).len() == 1)
    );
    let ann = |score: i64| vec![("ann".to_owned(), score, 1)];
    assert_eq!(scores(&ledger, &key(&one.slug, "2026-11-19")).await, ann(5));
    assert_eq!(scores(&ledger, &key(&one.slug, "2026-11-20")).await, ann(3));
    assert_eq!(scores(&ledger, &key(&two.slug, "2026-11-20")).await, ann(9));
    assert!(
        scores(&ledger, &key(&two.slug, "2026-11-19"))
            .await
            .is_empty()
    );
    assert!(scores(&ledger, &key(&one.slug, "all")).await.is_empty());
}

pub(crate) async fn standings_survive_reopening_the_ledger(home: &dyn LedgerHome) {
    let board = board("runs", of_every_period(sums()));
    let ledger = home.ledger().await;
    let batch = [
        named("Ann", entry(&board, 1, "ann", 5, noon(0))),
        entry(&board, 2, "bob", 7, noon(1)),
        entry(&board, 3, "ann", 1, noon(2)),
    ];
    record(&ledger, &batch).await;
    let key = key(&board.slug, "2026-11-20");
    let before = standings(&ledger, &key).await;
    drop(ledger);
    let ledger = home.ledger().await;
    assert_eq!(standings(&ledger, &key).await, before);
    // The reopened ledger continues from the stored versions.
    let after = record_new(&ledger, &entry(&board, 4, "ann", 1, noon(3))).await;
    assert!(
        after
            .iter()
            .all(|s| s.standing.score == score(7) && s.version == 3),
        "{after:?}"
    );
}

pub(crate) async fn batch_entries_see_earlier_entries(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("sums", sums());
    let batch = [
        entry(&board, 1, "ann", 1, noon(0)),
        entry(&board, 2, "bob", 10, noon(1)),
        entry(&board, 3, "ann", 2, noon(2)),
        entry(&board, 4, "ann", 3, noon(3)),
    ];
    let recorded = record(&ledger, &batch).await;
    let seen: Vec<(i64, u64)> = recorded
        .iter()
        .map(|r| (new(r)[0].standing.score.get(), new(r)[0].version))
        .collect();
    assert_eq!(seen, [(1, 1), (10, 1), (3, 2), (6, 3)]);
    let expected = [("ann".to_owned(), 6, 3), ("bob".to_owned(), 10, 1)];
    assert_eq!(scores(&ledger, &key(&board.slug, "all")).await, expected);
}

pub(crate) async fn version_counts_only_changes(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("best", points());
    let mut seen = Vec::new();
    for (n, value, second) in [(1, 5, 0), (2, 3, 1), (3, 5, 2), (4, 7, 3), (5, 6, 4)] {
        let recorded = record_new(&ledger, &entry(&board, n, "ann", value, noon(second))).await;
        seen.push((
            recorded[0].standing.score.get(),
            recorded[0].version,
            recorded[0].changed,
        ));
    }
    assert_eq!(
        seen,
        [
            (5, 1, true),
            (5, 1, false),
            (5, 1, false),
            (7, 2, true),
            (7, 2, false)
        ]
    );
    assert_eq!(
        scores(&ledger, &key(&board.slug, "all")).await,
        [("ann".to_owned(), 7, 2)]
    );
}

pub(crate) async fn unchanged_score_keeps_its_achieved_at(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    for (n, policy, again) in [
        (1, ScorePolicy::Best, 5),
        (10, ScorePolicy::Latest, 5),
        (20, ScorePolicy::Sum, 0),
    ] {
        let board = board(
            &format!("board{n}"),
            draft(policy, Order::Descending, TieRule::Earliest),
        );
        record_new(&ledger, &entry(&board, n, "ann", 5, noon(0))).await;
        let recorded = record_new(&ledger, &entry(&board, n + 1, "ann", again, noon(9))).await;
        let expected = Standing {
            score: score(5),
            achieved_at: noon(0),
            latest_at: noon(9),
        };
        assert_eq!(
            (recorded[0].standing, recorded[0].changed),
            (expected, false),
            "{policy:?}"
        );
        let stored = standings(&ledger, &key(&board.slug, "all")).await;
        assert_eq!(stored[0].standing, Some(expected), "{policy:?}");
    }
}

pub(crate) async fn rename_changes_no_standing(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", of_every_period(points()));
    let anonymous = entry(&board, 1, "ann", 5, noon(0));
    let calls = [
        anonymous.clone(),
        named("Ann", entry(&board, 2, "ann", 3, noon(1))),
        named("Ann", entry(&board, 3, "ann", 3, noon(2))),
        entry(&board, 4, "ann", 3, noon(3)),
        named("Anna", entry(&board, 5, "ann", 3, noon(4))),
    ];
    let expected = [(1, true), (1, false), (1, false), (1, false), (1, false)];
    for (call, expected) in calls.iter().zip(expected) {
        for recorded in record_new(&ledger, call).await {
            assert_eq!(
                (recorded.version, recorded.changed),
                expected,
                "{:?}",
                call.submission
            );
            assert_eq!(recorded.standing.achieved_at, noon(0));
        }
    }
    for season in &anonymous.seasons {
        let key = SeasonKey {
            board: board.slug.clone(),
            season: *season,
        };
        assert_eq!(
            standings(&ledger, &key).await[0].name,
            Some(stored("Anna", 2)),
            "{key}"
        );
    }
}

pub(crate) async fn out_of_range_sum_leaves_the_rest_of_the_batch(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("sums", sums());
    let batch = [
        entry(&board, 1, "ann", MAX, noon(0)),
        entry(&board, 2, "ann", 1, noon(1)),
        entry(&board, 3, "bob", -MAX, noon(2)),
        entry(&board, 4, "bob", -1, noon(3)),
        entry(&board, 5, "ann", -1, noon(4)),
        entry(&board, 6, "ann", 1, noon(5)),
    ];
    let recorded = record(&ledger, &batch).await;
    let refused: Vec<bool> = recorded
        .iter()
        .map(|r| matches!(r, Recorded::OutOfRange(_)))
        .collect();
    assert_eq!(refused, [false, true, false, true, false, false]);
    let Recorded::OutOfRange(error) = &recorded[1] else {
        panic!("checked above")
    };
    assert_eq!((error.score, error.value), (score(MAX), score(1)));
    let expected = [("ann".to_owned(), MAX, 3), ("bob".to_owned(), -MAX, 1)];
    assert_eq!(scores(&ledger, &key(&board.slug, "all")).await, expected);
}

pub(crate) async fn sum_out_of_range_in_one_season_changes_no_season(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("sums", of_every_period(sums()));
    record_new(
        &ledger,
        &entry(&board, 1, "ann", MAX, ts("2026-11-19T12:00:00Z")),
    )
    .await;
    let next_day = entry(&board, 2, "ann", 1, ts("2026-11-20T12:00:00Z"));
    let recorded = record(&ledger, &[next_day]).await;
    assert!(
        matches!(recorded[0], Recorded::OutOfRange(_)),
        "{recorded:?}"
    );
    assert!(
        scores(&ledger, &key(&board.slug, "2026-11-20"))
            .await
            .is_empty()
    );
    assert_eq!(
        scores(&ledger, &key(&board.slug, "2026")).await,
        [("ann".to_owned(), MAX, 1)]
    );
}

pub(crate) async fn refused_sum_stores_neither_name_nor_id(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("sums", sums());
    let all = key(&board.slug, "all");
    record_new(
        &ledger,
        &named("Ann", entry(&board, 1, "ann", MAX, noon(0))),
    )
    .await;
    let refused = named("Anna", entry(&board, 2, "ann", 1, noon(1)));
    assert!(matches!(
        record(&ledger, &[refused]).await[0],
        Recorded::OutOfRange(_)
    ));
    let named = standings(&ledger, &all).await[0].name.clone();
    assert_eq!(named, Some(stored("Ann", 1)));
    // The refused id was not recorded, so it accepts other content.
    record_new(&ledger, &entry(&board, 2, "ann", -1, noon(2))).await;
    assert_eq!(
        scores(&ledger, &all).await,
        [("ann".to_owned(), MAX - 1, 2)]
    );
}

pub(crate) async fn empty_batch_records_nothing(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    assert!(record(&ledger, &[]).await.is_empty());
    ledger.ping().await.unwrap();
}
