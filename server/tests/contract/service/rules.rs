//! Acceptance and refusal of submissions, and the seasons in which they count.

use leaderport::service::{Caller, Error, MAX_BATCH};
use leaderport::{BoardDraft, Period, Submission, Timestamp};

use super::{Running, field, named, without_time};
use crate::contract::engines::Engines;
use crate::contract::sample::{id, noon, of_every_period, points, slug, submission, ts};

/// A board that accepts scores from 0 to 100.
fn bounded() -> BoardDraft {
    BoardDraft {
        min_score: Some(0),
        max_score: Some(100),
        ..points()
    }
}

/// A board that opens 10 s after noon and closes at 20 s after noon.
fn open_for_a_while() -> BoardDraft {
    BoardDraft {
        opens_at: Some(noon(10)),
        closes_at: Some(noon(20)),
        ..points()
    }
}

pub(crate) async fn unknown_board_is_refused(engines: &Engines) {
    let running = Running::start(engines).await;
    let error = running
        .refused(submission(1, &slug("nowhere"), "ann", 5, noon(0)))
        .await;
    assert_eq!(
        (error.code(), error.retry_helps()),
        ("unknown_board", false)
    );
    assert_eq!(
        running.service.board(&slug("nowhere")).unwrap_err().code(),
        "unknown_board"
    );
    assert_eq!(running.ledger.count(id(1)).await.unwrap(), 0);
}

pub(crate) async fn value_outside_the_bounds_is_refused(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("bounded", bounded()).await;
    for (n, value) in [(1, 0), (2, 100)] {
        running
            .submit(submission(n, &board, "ann", value, noon(0)))
            .await;
    }
    for (n, value) in [(3, -1), (4, 101)] {
        let error = running
            .refused(submission(n, &board, "bob", value, noon(0)))
            .await;
        assert_eq!((error.code(), field(&error)), ("invalid_value", "value"));
        assert_eq!(running.ledger.count(id(n)).await.unwrap(), 0);
    }
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 100)]
    );
}

pub(crate) async fn opening_hours_apply_to_the_submissions_own_time(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("open", open_for_a_while()).await;
    running.clock.set(noon(3600));
    let code = async |n: u128, at: Timestamp| {
        let answer = running
            .service
            .submit_one(&Caller::Operator, submission(n, &board, "ann", 5, at))
            .await;
        answer.map_or_else(|error| error.code(), |_| "accepted")
    };
    assert_eq!(code(1, noon(10).plus_millis(-1)).await, "board_not_open");
    assert_eq!(code(2, noon(10)).await, "accepted");
    assert_eq!(code(3, noon(20).plus_millis(-1)).await, "accepted");
    assert_eq!(code(4, noon(20)).await, "board_closed");
}

pub(crate) async fn submission_without_a_time_gets_its_arrival_time(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("open", open_for_a_while()).await;
    let one = |n| without_time(submission(n, &board, "ann", 5, noon(0)));
    let error = running.refused(one(1)).await;
    assert_eq!(
        (error.code(), error.retry_helps()),
        ("board_not_open", true)
    );
    running.clock.set(noon(12));
    assert_eq!(
        running.submit(one(2)).await.seasons[0].achieved_at,
        noon(12)
    );
    running.clock.set(noon(20));
    let error = running.refused(one(3)).await;
    assert_eq!((error.code(), error.retry_helps()), ("board_closed", false));
}

pub(crate) async fn repeat_after_closing_returns_first_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("open", open_for_a_while()).await;
    running.clock.set(noon(19));
    let one = without_time(submission(1, &board, "ann", 5, noon(0)));
    let first = running.submit(one.clone()).await;
    // The first answer was lost, and the client retries after the board closed.
    running.clock.set(noon(21));
    assert_eq!(running.submit(one).await, first);
}

pub(crate) async fn repeat_after_a_change_of_bounds_returns_first_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("bounded", bounded()).await;
    let one = submission(1, &board, "ann", 90, noon(0));
    let first = running.submit(one.clone()).await;
    running
        .define(
            "bounded",
            BoardDraft {
                max_score: Some(50),
                ..bounded()
            },
        )
        .await;
    assert_eq!(running.submit(one).await, first);
    let error = running
        .refused(submission(2, &board, "ann", 90, noon(0)))
        .await;
    assert_eq!(field(&error), "value");
}

pub(crate) async fn submission_from_the_future_is_refused(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    // A game server's clock may run ahead by a little.
    running
        .submit(submission(1, &board, "ann", 5, noon(1)))
        .await;
    let error = running
        .refused(submission(2, &board, "ann", 6, noon(3600)))
        .await;
    assert_eq!((error.code(), field(&error)), ("invalid_value", "at"));
    running.clock.set(noon(3600));
    running
        .submit(submission(2, &board, "ann", 6, noon(3600)))
        .await;
}

pub(crate) async fn refusal_leaves_the_rest_of_the_batch(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("bounded", bounded()).await;
    running
        .submit(submission(1, &board, "ann", 1, noon(0)))
        .await;
    let batch = vec![
        submission(10, &slug("nowhere"), "ann", 5, noon(0)),
        submission(11, &board, "bob", 50, noon(0)),
        submission(12, &board, "ann", 101, noon(0)),
        submission(1, &board, "ann", 2, noon(0)),
        submission(13, &board, "ann", 60, noon(3600)),
        submission(14, &board, "cat", 40, noon(0)),
    ];
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch)
        .await
        .unwrap();
    let codes: Vec<&str> = outcomes
        .iter()
        .map(|o| o.as_ref().map_or_else(Error::code, |_| "accepted"))
        .collect();
    let expected = [
        "unknown_board",
        "accepted",
        "invalid_value",
        "id_conflict",
        "invalid_value",
        "accepted",
    ];
    assert_eq!(codes, expected);
    let ranks = [
        ("bob".to_owned(), 1, 50),
        ("cat".to_owned(), 2, 40),
        ("ann".to_owned(), 3, 1),
    ];
    assert_eq!(running.ranks(&board, "all").await, ranks);
}

pub(crate) async fn oversized_batch_is_refused_as_a_whole(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let most = u128::try_from(MAX_BATCH).unwrap();
    let batch = |count: u128| -> Vec<Submission> {
        (1..=count)
            .map(|n| submission(n, &board, &format!("p{n}"), 5, noon(0)))
            .collect()
    };
    let error = running
        .service
        .submit(&Caller::Operator, batch(most + 1))
        .await
        .unwrap_err();
    assert_eq!(field(&error), "submissions");
    assert_eq!(running.page(&board, "all").await.0.total, 0);
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch(most))
        .await
        .unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(running.rows(&board, "all").await.len(), MAX_BATCH);
    assert!(
        running
            .service
            .submit(&Caller::Operator, Vec::new())
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn submission_for_last_week_leaves_this_week_unchanged(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("runs", of_every_period(points())).await;
    running
        .submit(submission(1, &board, "ann", 50, noon(0)))
        .await;
    let before = running.page(&board, "2026-W47").await;
    let late = running
        .submit(submission(
            2,
            &board,
            "bob",
            99,
            ts("2026-11-15T23:59:59.999Z"),
        ))
        .await;
    let fed: Vec<String> = late.seasons.iter().map(|s| s.season.to_string()).collect();
    assert_eq!(fed, ["all", "2026", "2026-11", "2026-W46", "2026-11-15"]);
    assert_eq!(running.page(&board, "2026-W47").await, before);
    assert_eq!(
        running.ranks(&board, "2026-W46").await,
        [("bob".to_owned(), 1, 99)]
    );
    let both = [("bob".to_owned(), 1, 99), ("ann".to_owned(), 2, 50)];
    assert_eq!(running.ranks(&board, "all").await, both);
    assert_eq!(running.ranks(&board, "2026-11").await, both);
    // The next instant belongs to this week.
    running
        .submit(submission(3, &board, "cat", 70, ts("2026-11-16T00:00:00Z")))
        .await;
    let expected = [("cat".to_owned(), 1, 70), ("ann".to_owned(), 2, 50)];
    assert_eq!(running.ranks(&board, "2026-W47").await, expected);
}

pub(crate) async fn ended_season_stays_readable(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("runs", of_every_period(points())).await;
    running
        .submit(submission(1, &board, "ann", 50, noon(0)))
        .await;
    running.clock.set(ts("2026-11-23T00:00:00Z"));
    let current = running
        .service
        .find(&board, Some(Period::Weekly), None)
        .unwrap();
    assert_eq!(current.key.season.to_string(), "2026-W48");
    let standings = running.service.standings(current, 0, 50).await.unwrap();
    assert_eq!(standings.slice.total, 0, "a new season starts empty");
    assert_eq!(
        running.ranks(&board, "2026-W47").await,
        [("ann".to_owned(), 1, 50)]
    );
    running
        .submit(submission(2, &board, "ann", 20, ts("2026-11-23T00:00:00Z")))
        .await;
    assert_eq!(
        running.ranks(&board, "2026-W47").await,
        [("ann".to_owned(), 1, 50)]
    );
    assert_eq!(
        running.ranks(&board, "2026-W48").await,
        [("ann".to_owned(), 1, 20)]
    );
}

pub(crate) async fn player_without_a_name_is_shown_by_id(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("runs", of_every_period(points())).await;
    let mut shown = Vec::new();
    let one = |n, value| submission(n, &board, "ann", value, noon(0));
    for next in [
        one(1, 50),
        named("Ann", one(2, 10)),
        one(3, 60),
        named("Anna", one(4, 10)),
    ] {
        running.submit(next).await;
        let mut names = Vec::new();
        for label in ["all", "2026", "2026-11", "2026-W47", "2026-11-20"] {
            names.push(running.rows(&board, label).await[0].name.to_string());
        }
        names.dedup();
        shown.extend(names);
    }
    assert_eq!(shown, ["ann", "Ann", "Ann", "Anna"]);
}

pub(crate) async fn last_name_in_a_batch_is_shown(engines: &Engines) {
    let running = Running::start(engines).await;
    let boards = [
        running.define("one", points()).await,
        running.define("two", points()).await,
    ];
    let mut batch = Vec::new();
    for n in 0..20 {
        // Half of the players send their last name on the first board, half on the second.
        let order = if n % 2 == 0 { [0, 1] } else { [1, 0] };
        for (nth, board) in order.into_iter().enumerate() {
            let id = u128::try_from(2 * n + nth).unwrap();
            let one = submission(id, &boards[board], &format!("p{n}"), 5, noon(0));
            batch.push(named(if nth == 0 { "First" } else { "Last" }, one));
        }
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
    for board in &boards {
        let rows = running.rows(board, "all").await;
        let outdated: Vec<_> = rows
            .iter()
            .filter(|row| row.name.as_str() != "Last")
            .collect();
        assert!(outdated.is_empty(), "on {board}: {outdated:?}");
    }
}

pub(crate) async fn rename_moves_the_positions_of_all_boards_showing_it(engines: &Engines) {
    let running = Running::start(engines).await;
    let boards = [
        running.define("one", points()).await,
        running.define("two", points()).await,
    ];
    for (n, board) in (1..).zip(&boards) {
        running
            .submit(submission(n, board, "ann", 50, noon(0)))
            .await;
    }
    let (before, began) = running.page(&boards[1], "all").await;
    running
        .submit(named("Ann", submission(9, &boards[0], "ann", 60, noon(0))))
        .await;
    let (after, now) = running.page(&boards[1], "all").await;
    assert_eq!(after.rows[0].name.as_str(), "Ann");
    assert_ne!(after, before);
    assert_ne!(
        now, began,
        "two answers with the same position show the same state"
    );
}
