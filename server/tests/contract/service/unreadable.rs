//! Rows that another program or a newer version wrote. Each is left out, and hides no others.

use std::time::Duration;

use leaderport::ScorePolicy;
use leaderport::board::Ranking;
use sqlx::AssertSqlSafe;
use tokio::time::timeout;

use super::moderation::{ban, three_submissions};
use super::*;
use crate::contract::sample::{key, noon, player, points, submission};

const OPERATOR: Caller = Caller::Operator;

async fn execute(engines: &Engines, sql: &'static str) {
    let database = engines.database().await;
    database.execute(sqlx::query(sql)).await.unwrap();
}

fn rank(who: &str, rank: u64, score: i64) -> (String, u64, i64) {
    (who.to_owned(), rank, score)
}

pub(crate) async fn unreadable_standing_leaves_its_season_readable(engines: &Engines) {
    for change in [
        "UPDATE standings SET player = ' bob' WHERE player = 'bob'",
        "UPDATE standings SET player = 'b' || $$ || 'ob' WHERE player = 'bob'",
        "UPDATE standings SET score = 9007199254740993 WHERE player = 'bob'",
        "UPDATE standings SET achieved_at = 9000000000000000 WHERE player = 'bob'",
    ] {
        let engines = engines.another();
        let (running, board) = three_submissions(&engines).await;
        // SQLite packs the rows of a season into texts with this separator.
        let update = sqlx::query(AssertSqlSafe(change.replace("$$", "'\u{1e}'")));
        engines.database().await.execute(update).await.unwrap();
        let all = key(&board, "all");
        running
            .service
            .rebuild(&OPERATOR, &all, false)
            .await
            .unwrap();
        let ann = rank("ann", 1, 70);
        assert_eq!(
            running.ranks(&board, "all").await,
            std::slice::from_ref(&ann),
            "{change}"
        );
        let ranking = Ranking::from(&*running.service.board(&board).unwrap());
        let slice = running.ledger.slice(&all, ranking, 0, 10).await.unwrap();
        assert_eq!(slice.rows.len(), 1, "{change}");
        // The scores of the others count.
        running
            .submit(submission(4, &board, "ann", 75, noon(4)))
            .await;
        let ann = rank("ann", 1, 75);
        assert_eq!(running.ranks(&board, "all").await, [ann], "{change}");
    }
}

pub(crate) async fn unreadable_total_is_not_replaced_by_the_next_score(engines: &Engines) {
    for change in [
        "UPDATE standings SET score = 9007199254740993 WHERE player = 'bob'",
        "UPDATE standings SET achieved_at = 9000000000000000 WHERE player = 'bob'",
        "UPDATE standings SET latest_at = -9000000000000000 WHERE player = 'bob'",
    ] {
        let engines = engines.another();
        let running = Running::start(&engines).await;
        let sum = BoardDraft {
            policy: ScorePolicy::Sum,
            ..points()
        };
        let board = running.define("arena", sum).await;
        running
            .submit(submission(1, &board, "bob", 1_000_000, noon(1)))
            .await;
        execute(&engines, change).await;
        let batch = vec![
            submission(2, &board, "bob", 5, noon(2)),
            submission(3, &board, "ann", 7, noon(3)),
        ];
        let outcomes = running.service.submit(&OPERATOR, batch.clone()).await;
        let [bob, ann] = &outcomes.unwrap()[..] else {
            panic!("one outcome for each submission");
        };
        let refused = bob.as_ref().unwrap_err();
        assert_eq!((refused.code(), refused.status()), ("unavailable", 503));
        assert!(refused.retry_helps());
        assert!(ann.is_ok(), "{change}: {ann:?}");
        // A ban and its end count the standing again.
        for banned in [true, false] {
            let ruled = running.rule(ban(&["bob"], banned)).await;
            assert_eq!((ruled.changed, ruled.standings), (1, 1), "{change}");
        }
        let again = running.service.submit(&OPERATOR, batch).await.unwrap();
        assert!(again.iter().all(Result::is_ok), "{change}: {again:?}");
        let expected = [rank("bob", 1, 1_000_005), rank("ann", 2, 7)];
        assert_eq!(running.ranks(&board, "all").await, expected, "{change}");
    }
}

pub(crate) async fn recount_replaces_an_unreadable_standing(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    running.rule(ban(&["bob"], true)).await;
    // Bob's standing was removed, and this change hides it.
    let change = "UPDATE standings SET score = 9007199254740993, is_gone = 0";
    execute(engines, change).await;
    let sum = BoardDraft {
        policy: ScorePolicy::Sum,
        ..points()
    };
    running.define("arena", sum).await;
    let expected = [rank("ann", 1, 120)];
    assert_eq!(running.ranks(&board, "all").await, expected);
    running
        .submit(submission(4, &board, "ann", 1, noon(4)))
        .await;
    running.rule(ban(&["bob"], false)).await;
    let expected = [rank("ann", 1, 121), rank("bob", 2, 60)];
    assert_eq!(running.ranks(&board, "all").await, expected);
}

pub(crate) async fn unreadable_board_leaves_the_others_running(engines: &Engines) {
    let running = Running::start(engines).await;
    let arena = running.define("arena", points()).await;
    let runs = running.define("runs", points()).await;
    running
        .submit(submission(1, &runs, "ann", 5, noon(0)))
        .await;
    running.stop().await;
    let policy = "UPDATE boards SET definition = replace(definition, '\"best\"', '\"newest\"')
         WHERE slug = 'arena'";
    execute(engines, policy).await;
    let running = Running::start(engines).await;
    let boards = running.service.boards();
    let slugs: Vec<&Slug> = boards.iter().map(|board| &board.slug).collect();
    assert_eq!(slugs, [&runs]);
    running
        .submit(submission(2, &runs, "ann", 6, noon(1)))
        .await;
    assert_eq!(running.ranks(&runs, "all").await, [rank("ann", 1, 6)]);
    let refused = running.refused(submission(3, &arena, "ann", 5, noon(0)));
    assert_eq!(refused.await.code(), "unknown_board");
}

pub(crate) async fn board_of_a_newer_version_keeps_its_seasons_in_the_broker(engines: &Engines) {
    let [broker, same] = engines.brokers().await;
    if same.is_local() {
        // A broker in memory ends with its process.
        return;
    }
    let newer = Running::start_with(engines, broker.clone()).await;
    let arena = newer.define("arena", points()).await;
    newer.submit(submission(1, &arena, "ann", 5, noon(0))).await;
    let (_, before) = newer.page(&arena, "all").await;
    newer.stop().await;
    execute(
        engines,
        "UPDATE boards SET definition = replace(definition, '\"best\"', '\"newest\"')",
    )
    .await;
    let older = Running::start_with(engines, same).await;
    assert!(older.service.boards().is_empty());
    older.stop().await;
    execute(
        engines,
        "UPDATE boards SET definition = replace(definition, '\"newest\"', '\"best\"')",
    )
    .await;
    let newer = Running::start_with(engines, broker).await;
    assert_eq!(newer.page(&arena, "all").await.1, before);
}

pub(crate) async fn board_redefined_by_a_newer_version_refuses_only_its_own_scores(
    engines: &Engines,
) {
    if !engines.are_shared() {
        // No other node redefines its boards.
        return;
    }
    let running = Running::start(engines).await;
    let arena = running.define("arena", points()).await;
    let runs = running.define("runs", points()).await;
    execute(
        engines,
        "UPDATE boards SET definition = replace(definition, '\"best\"', '\"newest\"'),
           version = version + 1 WHERE slug = 'arena'",
    )
    .await;
    let batch = vec![
        submission(1, &arena, "ann", 5, noon(0)),
        submission(2, &runs, "ann", 6, noon(0)),
    ];
    let outcomes = running.service.submit(&OPERATOR, batch).await.unwrap();
    let refused = outcomes[0].as_ref().unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("unavailable", 503));
    assert!(outcomes[1].is_ok(), "{outcomes:?}");
    running.service.board(&arena).unwrap();
}

pub(crate) async fn unreadable_submission_stops_no_commit(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    execute(
        engines,
        "UPDATE submissions SET standings = 'no list' WHERE player = 'bob'",
    )
    .await;
    // A repeat of it and a new submission share a commit.
    let batch = vec![
        submission(3, &board, "bob", 60, noon(3)),
        submission(4, &board, "cat", 5, noon(4)),
    ];
    let outcomes = running.service.submit(&OPERATOR, batch).await.unwrap();
    let seasons = outcomes.into_iter().map(|one| one.unwrap().seasons.len());
    assert_eq!(seasons.collect::<Vec<_>>(), [0, 1]);
    let expected = [rank("ann", 1, 70), rank("bob", 2, 60), rank("cat", 3, 5)];
    assert_eq!(running.ranks(&board, "all").await, expected);
    let listed = async |who: &str| {
        let of = player(who);
        let listed = running.service.submissions(&OPERATOR, &of, None, None);
        listed.await.unwrap().len()
    };
    assert_eq!((listed("ann").await, listed("bob").await), (2, 0));
}

pub(crate) async fn recount_stops_at_an_unreadable_submission_until_it_is_corrected(
    engines: &Engines,
) {
    let (running, board) = three_submissions(engines).await;
    let other = running.define("other", points()).await;
    running
        .submit(submission(4, &other, "ann", 5, noon(4)))
        .await;
    execute(
        engines,
        "UPDATE submissions SET standings = 'x' || standings WHERE player = 'bob'",
    )
    .await;
    let before = [rank("ann", 1, 70), rank("bob", 2, 60)];
    let ruled = running.try_rule(ban(&["bob"], true)).await;
    assert_eq!(ruled.unwrap_err().code(), "unavailable");
    assert_eq!(running.ranks(&board, "all").await, before);
    let sum = || BoardDraft {
        policy: ScorePolicy::Sum,
        ..points()
    };
    let slug = board.clone();
    let defined = running.service.define_board(&OPERATOR, slug, sum(), None);
    let stopped = defined.await.unwrap_err();
    assert_eq!((stopped.code(), stopped.status()), ("unavailable", 503));
    assert_eq!(running.ranks(&board, "all").await, before);
    let refused = running.refused(submission(5, &board, "ann", 1, noon(5)));
    let refused = refused.await;
    assert_eq!(refused.code(), "board_recounting");
    assert!(refused.retry_helps());
    // Other boards are recounted.
    running.define("other", sum()).await;
    execute(
        engines,
        "UPDATE submissions SET standings = substr(standings, 2) WHERE player = 'bob'",
    )
    .await;
    // No node has worked on it for longer than the lease.
    running.clock.set(noon(60));
    let records = engines.records().await;
    let finished = async {
        while !records.recounts().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let finished = timeout(Duration::from_secs(20), finished).await;
    finished.expect("the recount goes on by itself");
    running.define("arena", sum()).await;
    let expected = [rank("ann", 1, 120), rank("bob", 2, 60)];
    assert_eq!(running.ranks(&board, "all").await, expected);
    running
        .submit(submission(5, &board, "ann", 1, noon(5)))
        .await;
}

pub(crate) async fn scores_of_an_unreadable_player_are_refused(engines: &Engines) {
    for change in [
        "INSERT INTO player_rulings (player, merged_into) VALUES ('bob', ' ')",
        "INSERT INTO erased_players (player, erased_at) VALUES ('bob', 9000000000000000)",
    ] {
        let engines = engines.another();
        let (running, board) = three_submissions(&engines).await;
        execute(&engines, change).await;
        let batch = vec![
            submission(4, &board, "bob", 90, noon(4)),
            submission(5, &board, "ann", 80, noon(5)),
            // A repeat has its first answer.
            submission(3, &board, "bob", 60, noon(3)),
        ];
        let outcomes = running.service.submit(&OPERATOR, batch).await.unwrap();
        let [new, ann, repeat] = &outcomes[..] else {
            panic!("one outcome for each submission");
        };
        let refused = new.as_ref().unwrap_err();
        assert_eq!((refused.code(), refused.status()), ("unavailable", 503));
        assert!(
            ann.is_ok() && repeat.is_ok(),
            "{change}: {ann:?} {repeat:?}"
        );
        let expected = [rank("ann", 1, 80), rank("bob", 2, 60)];
        assert_eq!(running.ranks(&board, "all").await, expected, "{change}");
    }
}

pub(crate) async fn unreadable_merge_stops_rulings_and_recounts(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    execute(
        engines,
        "INSERT INTO player_rulings (player, merged_into) VALUES ('bob', ' ')",
    )
    .await;
    let before = [rank("ann", 1, 70), rank("bob", 2, 60)];
    let ruled = running.try_rule(ban(&["bob"], true)).await;
    assert_eq!(ruled.unwrap_err().code(), "unavailable");
    let sum = BoardDraft {
        policy: ScorePolicy::Sum,
        ..points()
    };
    let slug = board.clone();
    let defined = running.service.define_board(&OPERATOR, slug, sum, None);
    assert_eq!(defined.await.unwrap_err().code(), "unavailable");
    assert_eq!(running.ranks(&board, "all").await, before);
    // Reads go on.
    let of = player("bob");
    let listed = running.service.submissions(&OPERATOR, &of, None, None);
    assert_eq!(listed.await.unwrap().len(), 1);
}
