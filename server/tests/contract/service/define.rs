//! Redefined boards: the standings are preserved and ranked by the new rules at once.

use std::sync::Arc;
use std::time::Duration;

use leaderport::service::ports::broker::Notice;
use leaderport::service::{Caller, Error, Leaderboards};
use leaderport::{BoardDraft, Order, PageNumber, Period, ScorePolicy, SeasonKey, TieRule};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Running;
use crate::contract::engines::Engines;
use crate::contract::sample::{draft, key, noon, points, submission};

fn best(order: Order, tie: TieRule) -> BoardDraft {
    draft(ScorePolicy::Best, order, tie)
}

/// Submits 50 for Ann, 50 for Bob and 40 for Cat.
async fn submit_three(running: &Running) {
    let board = crate::contract::sample::slug("points");
    for (n, who, value) in [(1, "ann", 50), (2, "bob", 50), (3, "cat", 40)] {
        let seconds = i64::try_from(n).unwrap() - 10;
        running
            .submit(submission(n, &board, who, value, noon(seconds)))
            .await;
    }
}

pub(crate) async fn changed_tie_rule_reranks_at_once(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running
        .define("points", best(Order::Descending, TieRule::Earliest))
        .await;
    submit_three(&running).await;
    let mut epochs = vec![running.page(&board, "all").await.1.epoch];
    for (tie, expected) in [
        (TieRule::Shared, [1, 1, 3]),
        (TieRule::Dense, [1, 1, 2]),
        (TieRule::Earliest, [1, 2, 3]),
    ] {
        let mut notices = running.service.notices();
        running.define("points", best(Order::Descending, tie)).await;
        let ranks: Vec<u64> = running
            .rows(&board, "all")
            .await
            .iter()
            .map(|row| row.rank.get())
            .collect();
        assert_eq!(ranks, expected, "{tie:?}");
        let epoch = running.page(&board, "all").await.1.epoch;
        assert!(
            !epochs.contains(&epoch),
            "each new ranking starts a new epoch"
        );
        epochs.push(epoch);
        let received = timeout(Duration::from_secs(10), notices.recv())
            .await
            .unwrap()
            .unwrap();
        assert!(
            matches!(&received, Notice::Loaded(of) if *of == key(&board, "all")),
            "{received:?}"
        );
    }
}

pub(crate) async fn changed_order_reranks_at_once(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running
        .define("points", best(Order::Descending, TieRule::Shared))
        .await;
    submit_three(&running).await;
    running
        .define("points", best(Order::Ascending, TieRule::Shared))
        .await;
    let expected = [
        ("cat".to_owned(), 1, 40),
        ("ann".to_owned(), 2, 50),
        ("bob".to_owned(), 2, 50),
    ];
    assert_eq!(running.ranks(&board, "all").await, expected);
    // The lower score is better from now on.
    running
        .submit(submission(9, &board, "ann", 60, noon(0)))
        .await;
    assert_eq!(running.ranks(&board, "all").await, expected);
    running
        .submit(submission(10, &board, "ann", 30, noon(0)))
        .await;
    assert_eq!(running.rows(&board, "all").await[0].player.as_str(), "ann");
}

pub(crate) async fn invalid_draft_changes_nothing(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    submit_three(&running).await;
    let before = (running.service.boards(), running.page(&board, "all").await);
    let bad = BoardDraft {
        title: String::new(),
        ..best(Order::Ascending, TieRule::Dense)
    };
    let error = running
        .service
        .define_board(&Caller::Operator, board.clone(), bad, None)
        .await
        .unwrap_err();
    assert_eq!(super::field(&error), "title");
    assert_eq!(
        (running.service.boards(), running.page(&board, "all").await),
        before
    );
}

/// Reads the first page of each season in turn, and signals after an eighth of them.
async fn read_all(
    service: Arc<Leaderboards>,
    keys: Vec<SeasonKey>,
    under_way: oneshot::Sender<()>,
) {
    let mut under_way = Some(under_way);
    for (n, key) in keys.iter().enumerate() {
        service.page(key, PageNumber::FIRST).await.unwrap();
        if n == keys.len() / 8
            && let Some(under_way) = under_way.take()
        {
            under_way.send(()).unwrap();
        }
    }
}

/// A season that is being loaded while its board is redefined must not keep the old rules.
pub(crate) async fn board_redefined_during_reads_uses_its_new_rules(engines: &Engines) {
    let days = |tie| BoardDraft {
        periods: vec![Period::Daily],
        ..best(Order::Descending, tie)
    };
    let running = Running::start(engines).await;
    let board = running.define("days", days(TieRule::Earliest)).await;
    let rules = running.service.board(&board).unwrap();
    let mut keys = Vec::new();
    let mut batch = Vec::new();
    for day in 1..=200_i64 {
        let at = noon(-day * 24 * 3600);
        keys.push(SeasonKey {
            board: board.clone(),
            season: rules.seasons_at(at)[0],
        });
        let n = u128::try_from(day).unwrap();
        batch.push(submission(2 * n, &board, "ann", 5, at));
        batch.push(submission(2 * n + 1, &board, "bob", 5, at.plus_millis(1)));
    }
    assert!(
        running
            .service
            .submit(&Caller::Operator, batch)
            .await
            .unwrap()
            .iter()
            .all(Result::is_ok)
    );
    running.stop().await;
    for tie in [
        TieRule::Shared,
        TieRule::Earliest,
        TieRule::Dense,
        TieRule::Earliest,
    ] {
        // A restarted service holds no past days, so each read loads its season.
        let running = Running::start(engines).await;
        let (under_way, is_under_way) = oneshot::channel();
        let reader = tokio::spawn(read_all(running.service.clone(), keys.clone(), under_way));
        is_under_way.await.unwrap();
        running.define("days", days(tie)).await;
        reader.await.unwrap();
        let expected = if tie == TieRule::Earliest {
            [1, 2]
        } else {
            [1, 1]
        };
        for key in &keys {
            let rows = running
                .service
                .page(key, PageNumber::FIRST)
                .await
                .unwrap()
                .0
                .rows;
            let ranks: Vec<u64> = rows.iter().map(|row| row.rank.get()).collect();
            assert_eq!(ranks, expected, "{key} under {tie:?}");
        }
        running.stop().await;
    }
}

pub(crate) async fn concurrent_board_updates_do_not_overwrite_each_other(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let a = Running::start_with(engines, mine).await;
    let b = Running::start_with(engines, theirs).await;
    let board = a.define("points", points()).await;
    let titled = |title: String| BoardDraft { title, ..points() };
    let change = async |node: &Running, title: &str, expected: u64| {
        let draft = titled(title.to_owned());
        let (caller, board) = (Caller::Operator, board.clone());
        let changed = node
            .service
            .define_board(&caller, board, draft, Some(expected));
        changed.await.map(|board| board.version)
    };
    let (one, two) = tokio::join!(change(&a, "Of a", 1), change(&b, "Of b", 1));
    let (well, refused) = match (one, two) {
        (Ok(well), Err(refused)) | (Err(refused), Ok(well)) => (well, refused),
        both => panic!("exactly one of the updates must be refused: {both:?}"),
    };
    assert_eq!(well, 2);
    assert!(matches!(refused, Error::OutdatedBoard(_, 2)), "{refused:?}");
    // An update without an expected version replaces the current board, on either node.
    for (n, node) in [&a, &b, &a].into_iter().enumerate() {
        let draft = titled(format!("Whatever {n}"));
        let (caller, board) = (Caller::Operator, board.clone());
        let changed = node.service.define_board(&caller, board, draft, None);
        assert_eq!(changed.await.unwrap().version, 3 + n as u64);
    }
}
