//! Who may not, does nothing: the table of who may do what is tested beside it,
//! in the domain.

use leaderport::service::{Caller, Error};
use leaderport::{BoardDraft, Order, PlayerId, ScorePolicy, SeasonKey, TieRule};

use super::{Engines, Running};
use crate::contract::sample::{draft, noon, season, submission};

fn points() -> BoardDraft {
    draft(ScorePolicy::Best, Order::Descending, TieRule::Earliest)
}

pub(crate) async fn who_may_not_submit_is_refused_alone(engines: &Engines) {
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
    // What was refused is not recorded: the id is free.
    running.submit(own(1, "bob")).await;
}

pub(crate) async fn who_may_not_run_boards_changes_nothing(engines: &Engines) {
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
        let defined = service.define_board(&caller, board.clone(), other).await;
        assert_eq!(defined.unwrap_err().code(), code);
        let state = service.engine_state(&caller).await;
        assert_eq!(state.unwrap_err().code(), code);
        let synced = service.sync(&caller, &key, true).await;
        assert_eq!(synced.unwrap_err().code(), code);
        let rebuilt = service.rebuild(&caller, &key).await;
        assert_eq!(rebuilt.unwrap_err().code(), code);
        let cleared = service.clear_cache(&caller, &board).await;
        assert_eq!(cleared.unwrap_err().code(), code);
    }
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 5)]
    );
}
