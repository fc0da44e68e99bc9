//! The look of boards, and their uploaded emblems.

use leaderport::{Accent, AuditFilter, Board, BoardDraft, Emblem};

use super::*;
use crate::contract::sample::{noon, note, player, points, slug, submission};

const OPERATOR: Caller = Caller::Operator;

pub(crate) async fn emblem_is_shown_until_it_is_removed(engines: &Engines) {
    let running = Running::start(engines).await;
    let records = engines.records().await;
    let arena = running.define("arena", points()).await;
    let service = &running.service;
    let unknown = service.emblem(&slug("other")).await;
    assert_eq!(unknown.unwrap_err().code(), "unknown_board");
    assert_eq!(
        service.emblem(&arena).await.unwrap_err().code(),
        "no_emblem"
    );
    // Only a stored picture can be chosen.
    let custom = BoardDraft {
        emblem: Some(Emblem::Custom),
        ..points()
    };
    let refused = service.define_board(&OPERATOR, arena.clone(), custom, None);
    assert_eq!(refused.await.unwrap_err().code(), "invalid_value");
    let guest = Caller::guest(player("ann"));
    let refused = service.set_emblem(&guest, &arena, b"of a guest").await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    let first = service.set_emblem(&OPERATOR, &arena, b"first").await;
    let first = first.unwrap();
    assert_eq!((first.emblem, first.version), (Emblem::Custom, 2));
    // The definition is the same with the next picture.
    let second = service.set_emblem(&OPERATOR, &arena, b"second").await;
    assert_eq!(second.unwrap().version, 2);
    assert_eq!(service.emblem(&arena).await.unwrap(), b"second");
    let uploads = AuditFilter {
        action: "set_emblem".to_owned(),
        ..AuditFilter::default()
    };
    assert_eq!(records.audit(&uploads, 10).await.unwrap().len(), 2);
    let removed = service.remove_emblem(&OPERATOR, &arena).await.unwrap();
    assert_eq!((removed.emblem, removed.version), (Emblem::Trophy, 3));
    let again = service.remove_emblem(&OPERATOR, &arena).await;
    assert_eq!(again.unwrap_err().code(), "no_emblem");
    // A removal that changes nothing on the page makes a version too.
    service
        .set_emblem(&OPERATOR, &arena, b"third")
        .await
        .unwrap();
    let flag = BoardDraft {
        emblem: Some(Emblem::Flag),
        ..points()
    };
    running.define("arena", flag).await;
    let removed = service.remove_emblem(&OPERATOR, &arena).await.unwrap();
    assert_eq!((removed.emblem, removed.version), (Emblem::Flag, 6));
}

pub(crate) async fn shown_emblem_has_a_picture_despite_concurrent_removals(engines: &Engines) {
    let [first, second] = engines.brokers().await;
    let first = Running::start_with(engines, first).await;
    let arena = first.define("arena", points()).await;
    let second = Running::start_with(engines, second).await;
    let records = engines.records().await;
    let (one, other) = (&first.service, &second.service);
    let custom = BoardDraft {
        emblem: Some(Emblem::Custom),
        ..points()
    };
    for _ in 0..8 {
        // Each of them may be refused, by the order in which they are committed.
        let _outcomes = tokio::join!(
            one.set_emblem(&OPERATOR, &arena, b"png"),
            other.remove_emblem(&OPERATOR, &arena),
            other.define_board(&OPERATOR, arena.clone(), custom.clone(), None),
            one.remove_emblem(&OPERATOR, &arena),
        );
        let board = first.ledger.board(&arena).await.unwrap().unwrap();
        let is_stored = records.emblem(&arena).await.unwrap().is_some();
        assert!(is_stored || board.emblem != Emblem::Custom, "{board:?}");
    }
}

pub(crate) async fn picture_is_removed_with_the_version_that_shows_it(engines: &Engines) {
    let running = Running::start(engines).await;
    let arena = running.define("arena", points()).await;
    let records = engines.records().await;
    let service = &running.service;
    let shown = service.set_emblem(&OPERATOR, &arena, b"png").await;
    let shown = shown.unwrap();
    // Another version is stored, so the picture stays with it.
    let is_removed = records.remove_emblem(&shown, &note()).await.unwrap();
    assert!(!is_removed);
    assert!(records.emblem(&arena).await.unwrap().is_some());
    let next = Board {
        version: shown.version + 1,
        emblem: Emblem::default(),
        ..(*shown).clone()
    };
    assert!(records.remove_emblem(&next, &note()).await.unwrap());
    assert_eq!(records.emblem(&arena).await.unwrap(), None);
    let stored = running.ledger.board(&arena).await.unwrap().unwrap();
    assert_eq!((stored.emblem, stored.version), (next.emblem, next.version));
}

pub(crate) async fn emblem_is_deleted_with_its_board(engines: &Engines) {
    let running = Running::start(engines).await;
    let records = engines.records().await;
    let arena = running.define("arena", points()).await;
    let put = async |board: &Slug| records.put_emblem(board, b"png", &note()).await.unwrap();
    assert!(!put(&slug("other")).await, "only a board has an emblem");
    assert!(put(&arena).await);
    let archived = BoardDraft {
        archived: true,
        ..points()
    };
    running.define("arena", archived).await;
    let stored = records.emblem(&arena).await.unwrap();
    assert_eq!(stored.as_deref(), Some(&b"png"[..]));
    let deleted = running.service.delete_board(&OPERATOR, &arena, None).await;
    deleted.unwrap();
    assert_eq!(records.emblem(&arena).await.unwrap(), None);
    assert!(!put(&arena).await, "the board is deleted");
}

pub(crate) async fn changed_look_keeps_standings_and_ranks(engines: &Engines) {
    let running = Running::start(engines).await;
    let arena = running.define("arena", points()).await;
    running
        .submit(submission(1, &arena, "ann", 5, noon(0)))
        .await;
    let epoch = running.page(&arena, "all").await.1.epoch;
    let look = BoardDraft {
        accent: Some(Accent::Teal),
        emblem: Some(Emblem::Bolt),
        ..points()
    };
    running.define("arena", look).await;
    let board = running.service.board(&arena).unwrap();
    assert_eq!(
        (board.accent, board.emblem, board.version, board.recounting),
        (Accent::Teal, Emblem::Bolt, 2, false)
    );
    assert_eq!(running.page(&arena, "all").await.1.epoch, epoch);
    assert_eq!(
        running.ranks(&arena, "all").await,
        [("ann".to_owned(), 1, 5)]
    );
}
