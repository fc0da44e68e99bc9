//! Submissions and their answers.

use leaderport::service::{Caller, Outcome};
use leaderport::{Order, ScorePolicy, TieRule};

use super::{Running, answer, named};
use crate::contract::engines::Engines;
use crate::contract::sample::{draft, id, noon, of_every_period, player, points, submission};

pub(crate) async fn answer_has_the_rank_and_the_previous_rank(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let mut answers = Vec::new();
    for (n, who, value) in [
        (1, "ann", 50),
        (2, "bob", 70),
        (3, "ann", 80),
        (4, "ann", 60),
        (5, "cat", 10),
    ] {
        let outcome = running
            .submit(submission(n, &board, who, value, noon(-9)))
            .await;
        assert_eq!((outcome.id, &outcome.player), (id(n), &player(who)));
        assert_eq!(outcome.seasons[0].season, leaderport::Season::AllTime);
        assert_eq!(outcome.seasons[0].achieved_at, noon(-9));
        // A read after the answer sees the change.
        let position = outcome.seasons[0].ranks.unwrap().position;
        assert_eq!(running.page(&board, "all").await.1, position);
        answers.push(answer(&outcome));
    }
    let expected = [
        (50, 1, None),
        (70, 1, None),
        (80, 1, Some(2)),
        (80, 1, Some(1)),
        (10, 3, None),
    ];
    assert_eq!(answers, expected);
}

pub(crate) async fn batch_submissions_are_ranked_in_sequence(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let batch = [
        (1, "ann", 50),
        (2, "bob", 70),
        (3, "ann", 80),
        (4, "cat", 75),
        (5, "bob", 60),
    ];
    let batch = batch.map(|(n, who, value)| submission(n, &board, who, value, noon(-9)));
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch.to_vec())
        .await
        .unwrap();
    let answers: Vec<_> = outcomes
        .iter()
        .map(|o| answer(o.as_ref().unwrap()))
        .collect();
    let expected = [
        (50, 1, None),
        (70, 1, None),
        (80, 1, Some(2)),
        (75, 2, None),
        (70, 3, Some(3)),
    ];
    assert_eq!(answers, expected);
}

pub(crate) async fn repeated_submission_returns_first_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("runs", of_every_period(points())).await;
    let one = named("Ann", submission(1, &board, "ann", 50, noon(-9)));
    let first = running.submit(one.clone()).await;
    assert_eq!(running.submit(one.clone()).await, first);
    for (n, who, value) in [(2, "bob", 70), (3, "cat", 80), (4, "ann", 90)] {
        running
            .submit(submission(n, &board, who, value, noon(-8)))
            .await;
    }
    let before = running.page(&board, "all").await;
    assert_eq!(running.submit(one).await, first);
    assert_eq!(
        running.page(&board, "all").await,
        before,
        "a repeat changes nothing"
    );
}

pub(crate) async fn repeat_in_the_same_batch_returns_first_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running
        .define(
            "sums",
            draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared),
        )
        .await;
    let batch = [
        (1, "ann", 5),
        (2, "bob", 9),
        (1, "ann", 5),
        (3, "ann", 7),
        (1, "ann", 5),
    ];
    let batch = batch.map(|(n, who, value)| submission(n, &board, who, value, noon(-9)));
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch.to_vec())
        .await
        .unwrap();
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!((&outcomes[2], &outcomes[4]), (&outcomes[0], &outcomes[0]));
    assert_eq!(answer(&outcomes[0]), (5, 1, None));
    let expected = [("ann".to_owned(), 1, 12), ("bob".to_owned(), 2, 9)];
    assert_eq!(running.ranks(&board, "all").await, expected);
}

pub(crate) async fn concurrent_repeats_return_the_same_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running
        .define(
            "sums",
            draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared),
        )
        .await;
    for n in 1..=20 {
        let one = submission(n, &board, "ann", 1, noon(-9));
        let (a, b, c) = tokio::join!(
            running.submit(one.clone()),
            running.submit(one.clone()),
            running.submit(one)
        );
        assert_eq!((&b, &c), (&a, &a));
    }
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 20)]
    );
}

pub(crate) async fn different_content_under_one_id_is_refused(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let first = running
        .submit(submission(1, &board, "ann", 50, noon(-9)))
        .await;
    for other in [
        submission(1, &board, "ann", 51, noon(-9)),
        submission(1, &board, "bob", 50, noon(-9)),
        submission(1, &board, "ann", 50, noon(-8)),
    ] {
        let error = running.refused(other).await;
        assert_eq!((error.code(), error.retry_helps()), ("id_conflict", false));
    }
    assert_eq!(
        running
            .submit(submission(1, &board, "ann", 50, noon(-9)))
            .await,
        first
    );
    assert_eq!(
        running.ranks(&board, "all").await,
        [("ann".to_owned(), 1, 50)]
    );
}
