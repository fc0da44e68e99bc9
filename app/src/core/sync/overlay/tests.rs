//! Tests of the overlay.

use leaderport::{Epoch, Order, Page, Timestamp};

use super::*;

fn board(policy: ScorePolicy, order: Order, tie: TieRule) -> BoardSummary {
    serde_json::from_value(serde_json::json!({
        "slug": "b", "title": "B", "description": "", "policy": policy, "order": order,
        "tie": tie, "periods": ["all_time"], "min_score": 0, "max_score": 1000,
        "format": "integer", "unit": "", "version": 1,
    }))
    .unwrap()
}

fn replica(rows: &[(&str, i64, u64)]) -> Replica {
    let rows = rows.iter().map(|(player, score, rank)| Row {
        rank: Rank::after(rank - 1),
        player: PlayerId::new(player).unwrap(),
        name: PlayerName::new(player).unwrap(),
        score: Score::new(*score).unwrap(),
        achieved_at: Timestamp::MIN,
    });
    let rows: Vec<Row> = rows.collect();
    let mut replica = Replica::default();
    let total = rows.len() as u64;
    let position = Position {
        epoch: Epoch(1),
        offset: 5,
    };
    replica.snapshot(
        Page {
            number: PageNumber::FIRST,
            total,
            rows,
        },
        position,
    );
    replica
}

fn pending(value: i64) -> Pending {
    Pending {
        id: "x".into(),
        player: Some(PlayerId::new("me").unwrap()),
        name: PlayerName::new("Me").unwrap(),
        value: Score::new(value).unwrap(),
        before: None,
        confirmed: None,
    }
}

/// The view as `player:rank`, the pending row starred.
fn view(board: &BoardSummary, replica: &Replica, pending: &Pending) -> String {
    let overlay = Overlay::of(std::slice::from_ref(pending), board, replica);
    let total = replica.total() + overlay.as_ref().map_or(0, Overlay::added);
    let rows = (0..total).map(|place| {
        let shown = row_at(place, overlay.as_ref(), replica).unwrap();
        let star = if shown.is_pending { "*" } else { "" };
        let player = shown.player.as_ref().map_or("new", PlayerId::as_str);
        format!("{player}{star}:{}", shown.rank)
    });
    rows.collect::<Vec<_>>().join(" ")
}

use Order::{Ascending, Descending};
use ScorePolicy::{Best, Latest, Sum};
use TieRule::{Dense, Earliest, Shared};

#[test]
fn a_newcomer_moves_beaten_rows_down() {
    let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("c", 70, 3)]);
    let board = board(Best, Descending, Earliest);
    assert_eq!(view(&board, &replica, &pending(85)), "a:1 me*:2 b:3 c:4");
    assert_eq!(view(&board, &replica, &pending(99)), "me*:1 a:2 b:3 c:4");
    assert_eq!(view(&board, &replica, &pending(1)), "a:1 b:2 c:3 me*:4");
    // An equal score ranks below the earlier one.
    assert_eq!(view(&board, &replica, &pending(80)), "a:1 b:2 me*:3 c:4");
}

#[test]
fn a_new_guest_is_no_player_of_the_board() {
    let board = board(Best, Descending, Earliest);
    let guest = Pending {
        player: None,
        ..pending(85)
    };
    for id in ["me", "new", "nobody"] {
        let replica = replica(&[("a", 90, 1), (id, 80, 2)]);
        assert_eq!(view(&board, &replica, &guest), format!("a:1 new*:2 {id}:3"));
    }
}

#[test]
fn a_rise_and_a_fall_shift_the_rows_in_between() {
    let replica = replica(&[
        ("a", 90, 1),
        ("b", 80, 2),
        ("me", 75, 3),
        ("c", 70, 4),
        ("d", 60, 5),
    ]);
    let up = board(Best, Descending, Earliest);
    assert_eq!(view(&up, &replica, &pending(95)), "me*:1 a:2 b:3 c:4 d:5");
    let down = board(Latest, Descending, Earliest);
    assert_eq!(view(&down, &replica, &pending(65)), "a:1 b:2 c:3 me*:4 d:5");
    let mut sum = pending(10);
    sum.before = Some((2, Score::new(75).unwrap()));
    assert_eq!(
        view(&board(Sum, Descending, Earliest), &replica, &sum),
        "a:1 me*:2 b:3 c:4 d:5"
    );
}

#[test]
fn a_worse_score_on_a_best_board_changes_nothing() {
    let replica = replica(&[("a", 90, 1), ("me", 75, 2)]);
    let mut worse = pending(50);
    worse.before = Some((1, Score::new(75).unwrap()));
    assert_eq!(
        view(&board(Best, Descending, Earliest), &replica, &worse),
        "a:1 me:2"
    );
}

#[test]
fn several_pending_submissions_show_one_row_with_the_final_score() {
    let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("me", 30, 3)]);
    let queue = |values: &[i64]| {
        let mut queue: Vec<_> = values.iter().copied().map(pending).collect();
        queue[0].before = Some((2, Score::new(30).unwrap()));
        queue
    };
    let predicted = |policy, values: &[i64]| {
        let board = board(policy, Descending, Earliest);
        let overlay = Overlay::of(&queue(values), &board, &replica)?;
        let row = overlay.row(overlay.place(), &replica).unwrap();
        Some((overlay.place(), row.score.get()))
    };
    assert_eq!(
        predicted(Best, &[85, 40]),
        Some((1, 85)),
        "the better score stays"
    );
    assert_eq!(predicted(Latest, &[85, 40]), Some((2, 40)));
    assert_eq!(predicted(Sum, &[20, 35]), Some((1, 85)));
    assert_eq!(predicted(Sum, &[5, -5]), None, "the sum is unchanged");
}

#[test]
fn an_ascending_board_ranks_the_lowest_score_first() {
    let replica = replica(&[("a", 10, 1), ("b", 20, 2)]);
    assert_eq!(
        view(&board(Best, Ascending, Earliest), &replica, &pending(15)),
        "a:1 me*:2 b:3"
    );
}

#[test]
fn tied_ranks_follow_the_tie_rule() {
    let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("c", 80, 2), ("d", 70, 4)]);
    assert_eq!(
        view(&board(Best, Descending, Shared), &replica, &pending(80)),
        "a:1 b:2 c:2 me*:2 d:5"
    );
    assert_eq!(
        view(&board(Best, Descending, Dense), &replica, &pending(80)),
        "a:1 b:2 c:2 me*:2 d:4"
    );
}

#[test]
fn dense_ranks_change_when_a_score_appears_or_disappears() {
    let board = board(Latest, Descending, Dense);
    let rows = [("a", 90, 1), ("b", 80, 2), ("c", 80, 2), ("d", 70, 3)];
    let others = replica(&rows);
    assert_eq!(view(&board, &others, &pending(75)), "a:1 b:2 c:2 me*:3 d:4");
    assert_eq!(view(&board, &others, &pending(70)), "a:1 b:2 c:2 d:3 me*:3");
    assert_eq!(view(&board, &others, &pending(5)), "a:1 b:2 c:2 d:3 me*:4");
    let alone = replica(&[("me", 90, 1), ("b", 80, 2), ("c", 70, 3)]);
    assert_eq!(view(&board, &alone, &pending(60)), "b:1 c:2 me*:3");
    assert_eq!(view(&board, &alone, &pending(75)), "b:1 me*:2 c:3");
    let tied = replica(&[("me", 80, 1), ("b", 80, 1), ("c", 70, 2)]);
    assert_eq!(view(&board, &tied, &pending(60)), "b:1 c:2 me*:3");
    let below = replica(&[("a", 90, 1), ("b", 80, 2), ("me", 70, 3), ("c", 60, 4)]);
    assert_eq!(view(&board, &below, &pending(85)), "a:1 me*:2 b:3 c:4");
    assert_eq!(view(&board, &below, &pending(90)), "a:1 me*:1 b:2 c:3");
}

#[test]
fn a_pending_submission_is_the_first_row_of_an_empty_board() {
    let board = board(Best, Descending, Shared);
    let mut empty = Replica::default();
    let page = Page {
        number: PageNumber::FIRST,
        total: 0,
        rows: vec![],
    };
    empty.snapshot(
        page,
        Position {
            epoch: Epoch(1),
            offset: 0,
        },
    );
    assert_eq!(view(&board, &empty, &pending(5)), "me*:1");
}

#[test]
fn a_confirmed_submission_is_dropped_when_the_replica_has_it() {
    let replica = replica(&[("a", 90, 1)]);
    let mut p = pending(5);
    assert!(!p.is_seen(Some(0), &replica));
    let at = |epoch, offset| {
        Some(Position {
            epoch: Epoch(epoch),
            offset,
        })
    };
    p.confirmed = at(1, 6);
    assert!(!p.is_seen(Some(0), &replica));
    p.confirmed = at(1, 5);
    assert!(p.is_seen(Some(0), &replica));
    p.confirmed = at(2, 99);
    assert!(p.is_seen(Some(0), &replica));
}

#[test]
fn a_confirmed_submission_stays_until_the_page_of_its_place_has_it() {
    let mut replica = Replica::default();
    let at = |offset| Position {
        epoch: Epoch(1),
        offset,
    };
    let page = |number| Page {
        number: PageNumber::new(number).unwrap(),
        total: 100,
        rows: vec![],
    };
    replica.snapshot(page(1), at(5));
    replica.snapshot(page(2), at(5));
    let mut p = pending(5);
    p.confirmed = Some(at(6));
    replica.snapshot(page(1), at(7));
    assert!(!p.is_seen(Some(60), &replica), "only another page is newer");
    assert!(p.is_seen(None, &replica), "it is not shown");
    assert!(p.is_seen(Some(260), &replica), "its page is not loaded");
    replica.snapshot(page(2), at(6));
    assert!(p.is_seen(Some(60), &replica));
}

/// The first page of a thousand rows, whose scores are 1,000 and less, and a sketch of all.
fn long_season() -> (Replica, leaderport::Sketch) {
    let score = |place: u64| Score::new(1_000 - i64::try_from(place).unwrap()).unwrap();
    let rows = (0..leaderport::PAGE_SIZE).map(|place| {
        let player = PlayerId::new(&format!("p{place}")).unwrap();
        Row {
            rank: Rank::after(place),
            name: PlayerName::from(&player),
            player,
            score: score(place),
            achieved_at: Timestamp::MIN,
        }
    });
    let page = Page {
        number: PageNumber::FIRST,
        total: 1_000,
        rows: rows.collect(),
    };
    let position = Position {
        epoch: Epoch(1),
        offset: 5,
    };
    let mut replica = Replica::default();
    replica.snapshot(page, position);
    let places = leaderport::Sketch::places(1_000).into_iter();
    let points = places.map(|place| (place, score(place))).collect();
    (replica, leaderport::Sketch::new(Descending, 1_000, points))
}

#[test]
fn a_place_beyond_the_loaded_pages_is_estimated() {
    let (replica, sketch) = long_season();
    let board = board(Best, Descending, Earliest);
    let far = [pending(500)];
    assert_eq!(Overlay::of(&far, &board, &replica), None);
    let overlay = Overlay::estimated(&far, &board, &replica, &sketch).unwrap();
    assert!(overlay.place().abs_diff(501) <= 11, "{}", overlay.place());
    assert_eq!(overlay.mine().rank, Rank::after(overlay.place()));
    assert_eq!((overlay.added(), overlay.exact_place()), (1, None));
    let shown = overlay.row(overlay.place(), &replica).unwrap();
    assert!(shown.is_pending);
    // The loaded rows stay as they are.
    assert_eq!(overlay.row(49, &replica).unwrap().rank, Rank::after(49));

    let near = Overlay::of(&[pending(990)], &board, &replica).unwrap();
    assert_eq!(near.exact_place(), Some(11));
}

#[test]
fn an_estimate_does_not_contradict_the_loaded_rows() {
    let (replica, _) = long_season();
    let board = board(Best, Descending, Earliest);
    // An old sketch, from before the scores of the loaded page.
    let points = vec![(0, Score::new(800).unwrap()), (999, Score::new(1).unwrap())];
    let sketch = leaderport::Sketch::new(Descending, 1_000, points);
    let overlay = Overlay::estimated(&[pending(900)], &board, &replica, &sketch).unwrap();
    assert_eq!(overlay.place(), leaderport::PAGE_SIZE);
}

#[test]
fn a_score_that_changes_nothing_has_no_estimate() {
    let (replica, sketch) = long_season();
    let board = board(Best, Descending, Earliest);
    let worse = [Pending {
        before: Some((400, Score::new(600).unwrap())),
        ..pending(500)
    }];
    assert_eq!(Overlay::estimated(&worse, &board, &replica, &sketch), None);
    assert_eq!(Overlay::estimated(&[], &board, &replica, &sketch), None);
}
