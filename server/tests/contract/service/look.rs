//! Rank history and past seasons.

use leaderport::{Period, Rank, Ruling, RulingDraft, SeasonKey, SubmissionState};

use super::*;
use crate::contract::sample::{id, noon, player, points, season, submission};

pub(crate) async fn history_lists_each_change_of_the_score(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who, value) in [
        (1, "ann", 50),
        (2, "bob", 70),
        (3, "ann", 40),
        (4, "ann", 65),
        (5, "cat", 60),
        (6, "ann", 90),
        // This commit stores the ranks that the previous answer returned.
        (7, "bob", 1),
    ] {
        let at = noon(i64::try_from(n).unwrap());
        running.submit(submission(n, &board, who, value, at)).await;
    }
    let history = async |who: &str| {
        let info = running.service.find(&board, None, None).unwrap();
        running.service.history(info, &player(who)).await
    };
    let shown = |all: Vec<leaderport::Milestone>| -> Vec<(i64, Option<u64>)> {
        let one = |m: leaderport::Milestone| (m.score.get(), m.rank.map(Rank::get));
        all.into_iter().map(one).collect()
    };
    let ann = shown(history("ann").await.unwrap());
    assert_eq!(ann, [(50, Some(1)), (65, Some(2)), (90, Some(1))]);
    assert_eq!(shown(history("cat").await.unwrap()), [(60, Some(3))]);
    assert_eq!(history("dan").await.unwrap_err().code(), "unknown_player");
    // The history omits submissions that do not count.
    let draft = RulingDraft {
        ruling: Ruling::Submissions {
            ids: vec![id(4)],
            state: SubmissionState::Revoked,
        },
        reason: String::new(),
    };
    running
        .service
        .rule(&Caller::Operator, draft)
        .await
        .unwrap();
    let ann = shown(history("ann").await.unwrap());
    assert_eq!(ann, [(50, Some(1)), (90, Some(1))]);
    // The history also omits submissions from before the season started over.
    let all = crate::contract::sample::key(&board, "all");
    let change = leaderport::SeasonChange::StartOver;
    let changed = running
        .service
        .change_season(&Caller::Operator, &all, change, false);
    changed.await.unwrap();
    for (n, who, value) in [(8, "ann", 10), (9, "bob", 20)] {
        running
            .submit(submission(n, &board, who, value, noon(9)))
            .await;
    }
    assert_eq!(shown(history("ann").await.unwrap()), [(10, Some(1))]);
}

pub(crate) async fn past_seasons_are_the_current_one_and_those_with_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let mut draft = points();
    draft.periods = vec![Period::AllTime, Period::Monthly];
    let board = running.define("arena", draft).await;
    let now = running.service.now();
    for (n, months) in [(1, 14), (2, 3), (3, 3)] {
        let at = now.plus_millis(-months * 30 * 86_400_000);
        running.submit(submission(n, &board, "ann", 5, at)).await;
    }
    let choices = async |label: &str| {
        let key = SeasonKey {
            board: board.clone(),
            season: season(label),
        };
        let choices = running.service.season_choices(&key).await.unwrap();
        assert_eq!((choices.newer, choices.older), (None, None), "{label}");
        let labels = choices.seasons.iter().map(ToString::to_string);
        labels.collect::<Vec<_>>()
    };
    let all = ["2026-11", "2026-08", "2025-09"];
    assert_eq!(choices("2026-11").await, all);
    assert_eq!(choices("2025-09").await, all);
    // A season without standings is listed on its own page.
    let with_empty = ["2026-11", "2026-10", "2026-08", "2025-09"];
    assert_eq!(choices("2026-10").await, with_empty);
    assert_eq!(choices("all").await, ["all"]);
}
