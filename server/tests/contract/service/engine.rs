//! The operator's view of the engines: state, sync, rebuild and health.

use leaderport::service::Caller;
use leaderport::service::ports::broker::{Change, Notice};
use leaderport::service::ports::ledger::{Entry, Origin, Settlement};
use leaderport::{Drift, SeasonState};

use super::*;
use crate::contract::gate::Gate;
use crate::contract::sample::{key, name, noon, player, points, score, season, submission};

/// Records a submission without applying it, like a node killed between commit and apply.
pub(super) async fn record_alone(running: &Running, submission: Submission) {
    record_batch(running, vec![submission]).await;
}

/// Like [`record_alone`], for several submissions in one batch.
pub(super) async fn record_batch(running: &Running, submissions: Vec<Submission>) {
    let entry = |submission: Submission| {
        let board = running.service.board(&submission.board).unwrap();
        let at = submission.at.unwrap();
        Entry {
            arrived: at,
            at,
            refusal: None,
            origin: Origin::Server,
            may_rename: true,
            seasons: board.seasons_at(at),
            submission,
            board,
        }
    };
    let entries: Vec<Entry> = submissions.into_iter().map(entry).collect();
    let settlement = Settlement::default();
    let recorded = running.ledger.record(&settlement, &entries);
    recorded.await.unwrap();
}

pub(crate) async fn engine_state_lists_every_season_with_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    running.define("empty", points()).await;
    let state = running
        .service
        .engine_state(&Caller::Operator)
        .await
        .unwrap();
    assert_eq!((state.outbox, state.seasons.len()), (0, 0));
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    record_alone(&running, submission(2, &board, "bob", 7, noon(0))).await;
    let state = running
        .service
        .engine_state(&Caller::Operator)
        .await
        .unwrap();
    let expected = SeasonState {
        board: board.clone(),
        season: season("all"),
        recorded: 2,
        ranked: Some(1),
    };
    assert_eq!(state.seasons, [expected]);
    assert!(state.outbox >= 1, "bob's batch is in the outbox");
    running
        .service
        .clear_cache(&Caller::Operator, &board, false)
        .await
        .unwrap();
    let state = running
        .service
        .engine_state(&Caller::Operator)
        .await
        .unwrap();
    assert_eq!(state.seasons[0].ranked, None);
    assert_eq!(
        running.rows(&board, "all").await.len(),
        2,
        "a read loads the season"
    );
}

pub(crate) async fn engine_state_without_the_broker_is_that_of_the_ledger(engines: &Engines) {
    let gate = Gate::before(engines.broker().await);
    let running = Running::start_with(engines, gate.clone()).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    gate.set_away(true);
    running
        .submit(submission(2, &board, "bob", 7, noon(0)))
        .await;
    let operator = Caller::Operator;
    let state = running.service.engine_state(&operator).await.unwrap();
    assert!(state.broker_down);
    assert!(state.outbox >= 1, "bob's batch is in the outbox");
    let season = &state.seasons[0];
    assert_eq!((season.recorded, season.ranked), (2, None));
    gate.set_away(false);
    let state = running.service.engine_state(&operator).await.unwrap();
    assert!(!state.broker_down);
    assert!(state.seasons[0].ranked.is_some());
}

pub(crate) async fn sync_repairs_only_differing_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    let all = key(&board, "all");
    for (n, who) in ["ann", "bob", "cat"].into_iter().enumerate() {
        let n = u128::try_from(n).unwrap();
        running.submit(submission(n, &board, who, 5, noon(0))).await;
    }
    let none = running
        .service
        .sync(&Caller::Operator, &all, false)
        .await
        .unwrap();
    assert_eq!(
        (none.checked, none.is_none(), none.repaired),
        (3, true, false)
    );
    record_alone(
        &running,
        named("Dan", submission(10, &board, "dan", 9, noon(1))),
    )
    .await;
    record_alone(&running, submission(11, &board, "ann", 8, noon(1))).await;
    let (_, before) = running.page(&board, "all").await;
    let drift = Drift {
        checked: 4,
        missing: 1,
        stale: 1,
        ahead: 0,
        repaired: false,
    };
    assert_eq!(
        running
            .service
            .sync(&Caller::Operator, &all, true)
            .await
            .unwrap(),
        drift
    );
    assert_eq!(
        running.page(&board, "all").await.1,
        before,
        "a dry run changes nothing"
    );
    let repaired = Drift {
        repaired: true,
        ..drift
    };
    assert_eq!(
        running
            .service
            .sync(&Caller::Operator, &all, false)
            .await
            .unwrap(),
        repaired
    );
    let expected = [("dan", 1, 9), ("ann", 2, 8), ("bob", 3, 5), ("cat", 4, 5)];
    let expected = expected.map(|(who, rank, score)| (who.to_owned(), rank, score));
    assert_eq!(running.ranks(&board, "all").await, expected);
    let (page, after) = running.page(&board, "all").await;
    assert_eq!(page.rows[0].name.as_str(), "Dan");
    assert_eq!(
        (after.epoch, after.offset),
        (before.epoch, before.offset + 2)
    );
    assert!(
        running
            .service
            .sync(&Caller::Operator, &all, true)
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn sync_rebuilds_a_season_ahead_of_the_ledger(engines: &Engines) {
    let broker = engines.broker().await;
    let running = Running::start_with(engines, broker.clone()).await;
    let board = running.define("arena", points()).await;
    let all = key(&board, "all");
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    let ghost = Change {
        player: player("ghost"),
        name: None,
        standing: Some(leaderport::Standing {
            score: score(99),
            achieved_at: noon(0),
            latest_at: noon(0),
        }),
        version: 1,
    };
    broker.apply(&all, &[ghost]).await.unwrap();
    let mut notices = running.service.notices();
    let drift = running
        .service
        .sync(&Caller::Operator, &all, false)
        .await
        .unwrap();
    assert_eq!((drift.ahead, drift.repaired), (1, true));
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 5)]
    );
    let loaded = async {
        while !matches!(notices.recv().await.unwrap(), Notice::Loaded(of) if of == all) {}
    };
    let received = tokio::time::timeout(Duration::from_secs(10), loaded).await;
    received.expect("watchers receive a notice of the rebuild");
}

pub(crate) async fn rebuild_never_shows_an_empty_season(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for batch in 0..3_u32 {
        let one = |n: u32| {
            submission(
                u128::from(batch * 1000 + n),
                &board,
                &format!("p{n:04}-{batch}"),
                n.into(),
                noon(0),
            )
        };
        let outcomes = running
            .service
            .submit(&Caller::Operator, (0..1000).map(one).collect())
            .await;
        assert!(outcomes.unwrap().iter().all(Result::is_ok));
    }
    let all = key(&board, "all");
    let (before, position) = running.page(&board, "all").await;
    let rebuilding = async {
        for _ in 0..5 {
            assert_eq!(
                running
                    .service
                    .rebuild(&Caller::Operator, &all, false)
                    .await
                    .unwrap(),
                3000
            );
        }
    };
    tokio::pin!(rebuilding);
    loop {
        tokio::select! {
            () = &mut rebuilding => break,
            (page, _) = running.page(&board, "all") => assert_eq!(page, before),
        }
    }
    let (after, rebuilt) = running.page(&board, "all").await;
    assert_eq!(after, before);
    assert_ne!(
        rebuilt.epoch, position.epoch,
        "the new epoch makes readers reload"
    );
}

pub(crate) async fn scores_of_a_lost_ledger_are_gone_after_the_start(engines: &Engines) {
    let [broker, same] = engines.brokers().await;
    // A broker in memory ends with its process.
    let same = if same.is_local() {
        engines.broker().await
    } else {
        same
    };
    let lost = Running::start_with(engines, broker).await;
    let board = lost.define("arena", points()).await;
    let ann = submission(1, &board, "ann", 5, noon(0));
    lost.submit(ann.clone()).await;
    lost.submit(submission(2, &board, "bob", 7, noon(0))).await;
    lost.submit(submission(3, &board, "ann", 9, noon(1))).await;
    let own = Caller::guest(player("ann"));
    let rename = async |running: &Running, to: &str| {
        let renamed = running.service.rename(&own, &player("ann"), name(to)).await;
        renamed.unwrap();
    };
    for to in ["Ann", "Anna", "Anne"] {
        rename(&lost, to).await;
    }
    assert_eq!(lost.ranks(&board, "all").await.len(), 2);
    lost.stop().await;
    // A ledger with an earlier state, as from a backup.
    let restored = engines.another();
    let backup = Running::start(&restored).await;
    backup.define("arena", points()).await;
    backup.submit(ann).await;
    rename(&backup, "Ann").await;
    backup.stop().await;
    let running = Running::start_with(&restored, same.clone()).await;
    let expected = [("ann".to_owned(), 1, 5)];
    assert_eq!(running.ranks(&board, "all").await, expected);
    // The ledger's names count again, and so does a rename in the restored ledger.
    assert_eq!(running.rows(&board, "all").await[0].name, name("Ann"));
    rename(&running, "Annie").await;
    assert_eq!(running.rows(&board, "all").await[0].name, name("Annie"));
    let season = running.service.find(&board, None, None).unwrap();
    let bob = running.service.standing(season, &player("bob")).await;
    assert_eq!(bob.unwrap_err().code(), "unknown_player");
    // The broker is rebuilt once, and not at each start.
    running
        .submit(submission(4, &board, "cat", 6, noon(2)))
        .await;
    let (_, before) = running.page(&board, "all").await;
    running.stop().await;
    if !same.is_local() {
        let again = Running::start_with(&restored, same).await;
        assert_eq!(again.page(&board, "all").await.1, before);
    }
}

pub(crate) async fn scores_of_a_missing_board_leave_the_other_boards(engines: &Engines) {
    let [broker, same] = engines.brokers().await;
    if same.is_local() {
        // A broker in memory ends with its process.
        return;
    }
    let earlier = Running::start_with(engines, broker).await;
    let gone = earlier.define("gone", points()).await;
    earlier
        .submit(submission(1, &gone, "ann", 5, noon(0)))
        .await;
    earlier.stop().await;
    // A ledger without that board.
    let ledger = engines.another();
    let running = Running::start_with(&ledger, same.clone()).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(2, &board, "bob", 7, noon(0)))
        .await;
    let (_, before) = running.page(&board, "all").await;
    running.stop().await;
    let running = Running::start_with(&ledger, same).await;
    assert_eq!(running.page(&board, "all").await.1, before);
    running.define("gone", points()).await;
    assert_eq!(running.ranks(&gone, "all").await, []);
}

pub(crate) async fn health_lists_every_running_node(engines: &Engines) {
    let [a, b] = engines.brokers().await;
    let a = Running::start_with(engines, a).await;
    let b = Running::start_with(engines, b).await;
    a.service.health(&Caller::Operator).await.unwrap();
    let health = b.service.health(&Caller::Operator).await.unwrap();
    assert!(
        health.ledger.is_some() && health.broker.is_some(),
        "{health:?}"
    );
    let this: Vec<_> = health.nodes.iter().map(|n| n.is_this).collect();
    assert_eq!(this.iter().filter(|is_this| **is_this).count(), 1);
    assert_eq!(this.len(), 2);
    b.clock.set(noon(3601));
    let later = b.service.health(&Caller::Operator).await.unwrap();
    assert_eq!(
        later.nodes.len(),
        1,
        "a node silent for an hour is not listed"
    );
    let guest = Caller::guest(player("ann"));
    let refused = b.service.health(&guest).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
}

pub(crate) async fn panicked_task_of_an_engine_is_a_problem_of_the_node(engines: &Engines) {
    let gate = Gate::before(engines.broker().await);
    let running = Running::start_with(engines, gate.clone()).await;
    let is_named = || {
        let problems = running.service.problems();
        problems.iter().any(|problem| problem.contains("task gate"))
    };
    assert!(!is_named());
    let task = gate.tasks().spawn("gate", || async {
        panic!("a panic of the test");
    });
    let named = async {
        while !is_named() {
            tokio::task::yield_now().await;
        }
    };
    let named = tokio::time::timeout(Duration::from_secs(20), named).await;
    named.expect("the task panics");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(!is_named());
}
