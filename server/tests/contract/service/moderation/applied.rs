//! The application of rulings to ranks: during writes, from the outbox, and in cached pages.

use tokio::task::JoinSet;

use super::*;
use crate::contract::gate::Gate;

pub(crate) async fn player_banned_during_writes_has_no_standing(engines: &Engines) {
    let [a, b] = engines.brokers().await;
    let a = Running::start_with(engines, a).await;
    let board = a.define("arena", points()).await;
    let b = Running::start_with(engines, b).await;
    for round in 0..4_u128 {
        let mut writers = JoinSet::new();
        for n in 0..40_u128 {
            let who = format!("p{}", n % 5);
            let value = i64::try_from(n).unwrap();
            let one = submission(round * 100 + n + 1, &board, &who, value, noon(value));
            let service = b.service.clone();
            writers.spawn(async move { service.submit_one(&Caller::Operator, one).await });
        }
        let banned = ["p0", "p1", "p2", "p3", "p4"];
        let ruled = a.rule(ban(&banned, true)).await;
        while let Some(done) = writers.join_next().await {
            if let Err(error) = done.unwrap() {
                assert_eq!(error.code(), "banned");
            }
        }
        assert_eq!(a.rows(&board, "all").await, [], "round {round}");
        let standings = a.ledger.standings(&key(&board, "all")).await.unwrap();
        assert!(standings.iter().all(|s| s.standing.is_none()));
        a.take_back(ruled).await;
    }
}

pub(crate) async fn unapplied_ruling_is_applied_from_the_outbox(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let records = engines.records().await;
    let ledger = running.ledger.clone();
    // Simulates a node that is killed between the ruling's commit and its apply.
    let note = AuditNote {
        action: "revoke_submissions",
        ..note()
    };
    let ruling = judge(&[1, 2], SubmissionState::Revoked);
    let ruled = records.rule(&ruling, &note).await.unwrap().unwrap();
    assert_eq!(ruled.changed.len(), 1);
    let left = ledger.unapplied(Duration::ZERO, 100).await.unwrap();
    assert!(left.iter().any(|batch| Some(batch.id) == ruled.id));
    assert_eq!(running.scores(&board).await.len(), 2, "not applied yet");
    running.service.drain(Duration::ZERO).await.unwrap();
    assert_eq!(running.scores(&board).await, owned(&[("bob", 60)]));
    assert_eq!(ledger.outbox().await.unwrap(), 0);
}

pub(crate) async fn unapplied_rename_is_applied_from_the_outbox(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let records = engines.records().await;
    let ruling = Ruling::Rename {
        player: player("bob"),
        name: name("Player 7"),
        fixed: true,
    };
    records.rule(&ruling, &note()).await.unwrap().unwrap();
    let shown = async || running.rows(&board, "all").await[1].name.to_string();
    assert_eq!(shown().await, "bob", "not applied yet");
    running.service.drain(Duration::ZERO).await.unwrap();
    assert_eq!(shown().await, "Player 7");
    records.erase(&player("bob"), &note()).await.unwrap();
    running.service.drain(Duration::ZERO).await.unwrap();
    running
        .submit(submission(7, &board, "bob", 1, noon(7)))
        .await;
    assert_eq!(shown().await, "bob");
}

pub(crate) async fn cached_pages_follow_a_ruling(engines: &Engines) {
    let gate = Gate::before(engines.broker().await);
    let running = Running::start_with(engines, gate).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(1)))
        .await;
    for _ in 0..20 {
        assert_eq!(running.rows(&board, "all").await.len(), 1);
        let ruled = running.rule(ban(&["ann"], true)).await;
        assert_eq!(running.rows(&board, "all").await, []);
        running.take_back(ruled).await;
    }
}
