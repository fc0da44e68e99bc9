//! Refused callers and exceeded quotas change nothing. The domain's own tests cover the table of
//! permissions.

use std::ops::Range;
use std::sync::Arc;

use leaderport::service::quota::Limit;
use leaderport::service::{Caller, Error};
use leaderport::{
    ApiKey, BoardDraft, KeyDraft, Order, PlayerId, Scope, ScorePolicy, SeasonKey, TieRule,
};
use server::rate_limit::local::Quotas;

use super::{Engines, Running};
use crate::contract::sample::{draft, id, noon, season, submission};

fn points() -> BoardDraft {
    draft(ScorePolicy::Best, Order::Descending, TieRule::Earliest)
}

pub(crate) async fn forbidden_submission_leaves_the_rest_of_the_batch(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let ann = Caller::guest(PlayerId::new("ann").unwrap());
    let own = |n, player| {
        let mut own = submission(n, &board, player, 5, noon(0));
        own.at = None;
        own
    };
    let batch = vec![
        own(1, "bob"),
        own(2, "ann"),
        submission(3, &board, "ann", 9, noon(-9)),
        own(4, "cat"),
    ];
    let outcomes = running.service.submit(&ann, batch).await.unwrap();
    let codes: Vec<_> = outcomes
        .iter()
        .map(|o| o.as_ref().map_or_else(Error::code, |_| "accepted"))
        .collect();
    assert_eq!(codes, ["forbidden", "accepted", "forbidden", "forbidden"]);
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 5)]
    );
    let nobody = running.service.submit(&Caller::Nobody, vec![own(5, "ann")]);
    let refused = nobody.await.unwrap().remove(0).unwrap_err();
    assert_eq!(refused.code(), "unauthorized");
    // A refused submission is not recorded, so its id is still free.
    running.submit(own(1, "bob")).await;
}

pub(crate) async fn unauthorized_board_operations_change_nothing(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    let key = SeasonKey {
        board: board.clone(),
        season: season("all"),
    };
    let service = &running.service;
    let guest = Caller::guest(PlayerId::new("ann").unwrap());
    for (caller, code) in [(Caller::Nobody, "unauthorized"), (guest, "forbidden")] {
        let other = points();
        let defined = service
            .define_board(&caller, board.clone(), other, None)
            .await;
        assert_eq!(defined.unwrap_err().code(), code);
        let state = service.engine_state(&caller).await;
        assert_eq!(state.unwrap_err().code(), code);
        let synced = service.sync(&caller, &key, true).await;
        assert_eq!(synced.unwrap_err().code(), code);
        let rebuilt = service.rebuild(&caller, &key, false).await;
        assert_eq!(rebuilt.unwrap_err().code(), code);
        let cleared = service.clear_cache(&caller, &board, false).await;
        assert_eq!(cleared.unwrap_err().code(), code);
    }
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 5)]
    );
}

pub(crate) async fn exceeded_quota_refuses_the_whole_batch(engines: &Engines) {
    let quotas = Quotas {
        player: "3/h".parse().ok(),
        key: "5/h".parse().ok(),
        board: "7/h".parse().ok(),
        ..Quotas::default()
    };
    let broker = engines.broker().await;
    let running = Running::start_limited(engines, broker, quotas).await;
    let board = running.define("points", points()).await;
    let ann = Caller::guest(PlayerId::new("ann").unwrap());
    let key = KeyDraft {
        title: "Match server".to_owned(),
        scopes: [Scope::Submit].into(),
        boards: None,
    };
    let key = ApiKey::new("0123456789abcdef".to_owned(), key, noon(0)).unwrap();
    let server = Caller::GameServer(Arc::new(key));
    let batch = |ids: Range<u128>| {
        let one = |n| {
            let mut one = submission(n, &board, "ann", i64::try_from(n).unwrap(), noon(0));
            one.at = None;
            one
        };
        ids.map(one).collect::<Vec<_>>()
    };
    let submit = async |caller: &Caller, ids: Range<u128>| {
        let outcomes = running.service.submit(caller, batch(ids)).await;
        outcomes.map_err(|error| match error {
            Error::TooMany(limited) => (limited.limit, limited.left),
            other => panic!("{other:?}"),
        })
    };
    submit(&ann, 0..2).await.unwrap();
    assert_eq!(submit(&ann, 2..4).await.unwrap_err(), (Limit::Player, 1));
    assert_eq!(
        running.ledger.count(id(2)).await.unwrap(),
        0,
        "no submission of the batch is recorded"
    );
    submit(&server, 4..8).await.unwrap();
    assert_eq!(submit(&server, 8..10).await.unwrap_err(), (Limit::Key, 1));
    // Ann has one submission left, and so has the board.
    submit(&ann, 10..11).await.unwrap();
    assert_eq!(
        submit(&server, 11..12).await.unwrap_err(),
        (Limit::Board, 0)
    );
    // The operator has no quota.
    submit(&Caller::Operator, 12..40).await.unwrap();
}
