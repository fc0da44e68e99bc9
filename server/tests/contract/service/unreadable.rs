//! Rows that another program or a newer version wrote. Each is left out, and hides no others.

use leaderport::ScorePolicy;
use leaderport::board::Ranking;
use sqlx::AssertSqlSafe;

use super::moderation::three_submissions;
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
        // The next score of the player counts.
        running
            .submit(submission(4, &board, "bob", 65, noon(4)))
            .await;
        let both = [ann, rank("bob", 2, 65)];
        assert_eq!(running.ranks(&board, "all").await, both, "{change}");
    }
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

pub(crate) async fn unreadable_submission_stops_no_commit_and_no_recount(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    execute(
        engines,
        "UPDATE submissions SET standings = 'no list' WHERE player = 'bob'",
    )
    .await;
    execute(
        engines,
        "INSERT INTO player_rulings (player, merged_into) VALUES ('cat', ' ')",
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
    let listed = async |who: &str| {
        let of = player(who);
        let listed = running.service.submissions(&OPERATOR, &of, None, None);
        listed.await.unwrap().len()
    };
    assert_eq!((listed("ann").await, listed("bob").await), (2, 0));
    let sum = BoardDraft {
        policy: ScorePolicy::Sum,
        ..points()
    };
    running.define("arena", sum).await;
    let expected = [rank("ann", 1, 120), rank("cat", 2, 5)];
    assert_eq!(running.ranks(&board, "all").await, expected);
}
