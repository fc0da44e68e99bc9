//! Manual season changes, and rule changes that recompute standings from the same submissions.

use leaderport::{BoardDraft, Order, Period, ScorePolicy, SeasonChange, TieRule};

use super::*;
use crate::contract::sample::{draft, key, noon, of_every_period, player, points, submission};

const OPERATOR: Caller = Caller::Operator;

impl Running {
    async fn change(&self, board: &Slug, label: &str, change: SeasonChange) -> u64 {
        let key = key(board, label);
        let changed = self.service.change_season(&OPERATOR, &key, change, false);
        changed.await.unwrap()
    }

    async fn preview_change(&self, board: &Slug, label: &str, change: SeasonChange) -> u64 {
        let key = key(board, label);
        let changed = self.service.change_season(&OPERATOR, &key, change, true);
        changed.await.unwrap()
    }

    async fn labels(&self, board: &Slug) -> Vec<(String, u64, bool, bool)> {
        let seasons = self
            .service
            .seasons(&OPERATOR, board)
            .await
            .unwrap()
            .into_iter();
        let line = |s: leaderport::SeasonLine| {
            (
                s.season.to_string(),
                s.standings,
                s.is_running,
                s.rule.closed,
            )
        };
        seasons.map(line).collect()
    }
}

pub(crate) async fn closed_season_refuses_submissions_until_reopened(engines: &Engines) {
    let running = Running::start(engines).await;
    let rules = BoardDraft {
        periods: vec![Period::AllTime, Period::Weekly],
        ..points()
    };
    let board = running.define("arena", rules.clone()).await;
    let submit = async |n: u128, value| {
        let one = submission(n, &board, "ann", value, noon(0));
        let taken = running.service.submit_one(&OPERATOR, one).await;
        taken
            .map(|outcome| outcome.seasons.len())
            .map_err(|e| e.code())
    };
    assert_eq!(submit(1, 5).await, Ok(2));
    running
        .change(&board, "2026-W47", SeasonChange::Close)
        .await;
    assert_eq!(submit(2, 6).await, Ok(1), "the other season stays open");
    assert_eq!(running.ranks(&board, "2026-W47").await[0].2, 5);
    assert_eq!(running.ranks(&board, "all").await[0].2, 6);
    let expected = [
        ("2026-W47".to_owned(), 1, true, true),
        ("all".to_owned(), 1, true, false),
    ];
    assert_eq!(running.labels(&board).await, expected);
    running.change(&board, "all", SeasonChange::Close).await;
    assert_eq!(submit(3, 7).await, Err("board_closed"));
    assert_eq!(submit(2, 6).await, Ok(1), "a repeat");
    // Redefining the board leaves its seasons closed.
    running.define("arena", rules).await;
    assert_eq!(submit(3, 7).await, Err("board_closed"));
    running
        .change(&board, "2026-W47", SeasonChange::Reopen)
        .await;
    running.change(&board, "all", SeasonChange::Reopen).await;
    assert_eq!(submit(3, 7).await, Ok(2));
    assert_eq!(running.ranks(&board, "2026-W47").await[0].2, 7);
}

pub(crate) async fn season_starts_over_and_is_restored(engines: &Engines) {
    let running = Running::start(engines).await;
    let rules = draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared);
    let board = running.define("arena", of_every_period(rules)).await;
    for (n, who, value) in [(1, "ann", 5), (2, "bob", 9), (3, "ann", 1)] {
        running
            .submit(submission(n, &board, who, value, noon(1)))
            .await;
    }
    let (all, day) = ("all", "2026-11-20");
    let before = running.ranks(&board, day).await;
    assert_eq!(
        running
            .preview_change(&board, day, SeasonChange::StartOver)
            .await,
        2
    );
    assert_eq!(
        running.ranks(&board, day).await,
        before,
        "a dry run changes nothing"
    );
    assert_eq!(
        running.change(&board, day, SeasonChange::StartOver).await,
        2
    );
    assert_eq!(running.ranks(&board, day).await, []);
    assert_eq!(
        running.ranks(&board, all).await,
        before,
        "other seasons are unchanged"
    );
    running
        .submit(submission(4, &board, "bob", 2, noon(2)))
        .await;
    assert_eq!(running.ranks(&board, day).await, [("bob".to_owned(), 1, 2)]);
    // A ruling recounts only submissions made since the season started over.
    let ban = leaderport::Ruling::Ban {
        players: vec![player("bob")],
        banned: true,
    };
    let rule = |ruling| leaderport::RulingDraft {
        ruling,
        reason: String::new(),
    };
    let ruled = running.service.rule(&OPERATOR, rule(ban)).await.unwrap();
    assert_eq!(running.ranks(&board, day).await, []);
    for undo in ruled.undo {
        running.service.rule(&OPERATOR, rule(undo)).await.unwrap();
    }
    assert_eq!(running.ranks(&board, day).await, [("bob".to_owned(), 1, 2)]);
    assert_eq!(
        running
            .preview_change(&board, day, SeasonChange::BringBack)
            .await,
        2
    );
    running.change(&board, day, SeasonChange::BringBack).await;
    let both = [("bob".to_owned(), 1, 11), ("ann".to_owned(), 2, 6)];
    assert_eq!(running.ranks(&board, day).await, both);
    let after = Running::start_with(engines, engines.broker().await).await;
    assert_eq!(after.ranks(&board, day).await, both);
    assert_eq!(after.ranks(&board, all).await, both);
}

pub(crate) async fn policy_change_recomputes_all_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let rules = |policy, order| draft(policy, order, TieRule::Shared);
    let (best, down) = (ScorePolicy::Best, Order::Descending);
    let board = running.define("arena", rules(best, down)).await;
    for (n, who, value) in [(1, "ann", 5), (2, "ann", 9), (3, "ann", 7), (4, "bob", 8)] {
        let at = noon(i64::try_from(n).unwrap());
        running.submit(submission(n, &board, who, value, at)).await;
    }
    let own = |rows: &[(&str, u64, i64)]| {
        let row = |(who, rank, score): &(&str, u64, i64)| ((*who).to_owned(), *rank, *score);
        rows.iter().map(row).collect::<Vec<_>>()
    };
    for (policy, order, expected) in [
        (
            ScorePolicy::Sum,
            down,
            own(&[("ann", 1, 21), ("bob", 2, 8)]),
        ),
        (
            ScorePolicy::Latest,
            down,
            own(&[("bob", 1, 8), ("ann", 2, 7)]),
        ),
        (best, Order::Ascending, own(&[("ann", 1, 5), ("bob", 2, 8)])),
        (best, down, own(&[("ann", 1, 9), ("bob", 2, 8)])),
    ] {
        let preview = running
            .service
            .preview(&OPERATOR, board.clone(), rules(policy, order));
        let preview = preview.await.unwrap();
        let first = preview.seasons[0].first.iter();
        let first = first.map(|m| (m.player.to_string(), m.after.0.get(), m.after.1.get()));
        assert_eq!(
            first.collect::<Vec<_>>(),
            expected,
            "{policy:?} {order:?}, in the preview"
        );
        running.define("arena", rules(policy, order)).await;
        assert_eq!(
            running.ranks(&board, "all").await,
            expected,
            "{policy:?} {order:?}"
        );
        let stored = running.ledger.standings(&key(&board, "all")).await.unwrap();
        assert!(stored.iter().all(|s| s.version >= 1));
    }
    let after = Running::start_with(engines, engines.broker().await).await;
    assert_eq!(
        after.ranks(&board, "all").await,
        own(&[("ann", 1, 9), ("bob", 2, 8)])
    );
}

pub(crate) async fn latest_follows_the_order_of_recording(engines: &Engines) {
    let running = Running::start(engines).await;
    let rules = |policy| draft(policy, Order::Descending, TieRule::Shared);
    let board = running.define("arena", rules(ScorePolicy::Latest)).await;
    let now = |n, value| without_time(submission(n, &board, "ann", value, noon(0)));
    let given = |n, value, at| submission(n, &board, "ann", value, noon(at));
    // The clock goes backwards, like that of a slower node. One given time is ahead of it.
    for (clock, submission, expected) in [
        (10, now(1, 5), (5, 10)),
        (3, now(2, 6), (6, 3)),
        (3, given(3, 9, 50), (9, 50)),
        (4, now(4, 7), (7, 4)),
        (4, given(5, 8, 49), (7, 4)),
        (2, now(6, 3), (3, 2)),
    ] {
        running.clock.set(noon(clock));
        let answer = running.submit(submission).await;
        let season = &answer.seasons[0];
        assert_eq!(
            (season.score.get(), season.achieved_at),
            (expected.0, noon(expected.1))
        );
    }
    let live = running.rows(&board, "all").await;
    let versions = running.ledger.standings(&key(&board, "all")).await.unwrap();
    for policy in [ScorePolicy::Sum, ScorePolicy::Latest] {
        running.define("arena", rules(policy)).await;
    }
    assert_eq!(running.rows(&board, "all").await, live, "after a recount");
    let recounted = running.ledger.standings(&key(&board, "all")).await.unwrap();
    assert_eq!(recounted[0].standing, versions[0].standing);
    let (all, ann) = (key(&board, "all"), player("ann"));
    let sheet = running.service.explain(&OPERATOR, &all, &ann).await;
    let deciding = sheet.unwrap().deciding;
    assert_eq!(deciding.id, sample::id(6));
}

pub(crate) async fn preview_changes_nothing(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who, value) in [(1, "ann", 5), (2, "bob", 9)] {
        let named = named(who, submission(n, &board, who, value, noon(1)));
        running.submit(named).await;
    }
    let before = running.page(&board, "all").await;
    let turned = draft(ScorePolicy::Best, Order::Ascending, TieRule::Shared);
    let preview = running.service.preview(&OPERATOR, board.clone(), turned);
    let preview = preview.await.unwrap();
    let all = &preview.seasons[0];
    assert_eq!((all.players, all.reranked, all.rescored), (2, 2, 0));
    assert_eq!(all.first[0].name.as_str(), "ann");
    assert_eq!(preview.changes, ["order", "tie"]);
    assert_eq!(running.page(&board, "all").await, before);
    let guest = Caller::guest(player("ann"));
    let refused = running
        .service
        .preview(&guest, board.clone(), points())
        .await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    let all = key(&board, "all");
    let change = SeasonChange::Close;
    let refused = running
        .service
        .change_season(&guest, &all, change, true)
        .await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    let nowhere = key(&sample::slug("nowhere"), "all");
    let refused = running
        .service
        .change_season(&OPERATOR, &nowhere, change, false);
    assert_eq!(refused.await.unwrap_err().code(), "unknown_board");
}

pub(crate) async fn archived_board_is_readable_and_refuses_submissions(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(1)))
        .await;
    let archived = BoardDraft {
        archived: true,
        ..points()
    };
    running.define("arena", archived).await;
    let refused = running.refused(submission(2, &board, "ann", 6, noon(1)));
    assert_eq!(refused.await.code(), "board_closed");
    assert_eq!(running.ranks(&board, "all").await[0].2, 5);
    running.define("arena", points()).await;
    running
        .submit(submission(2, &board, "ann", 6, noon(1)))
        .await;
}

pub(crate) async fn submission_during_a_policy_change_counts_by_the_new_policy(engines: &Engines) {
    let [a, b] = engines.brokers().await;
    let a = Running::start_with(engines, a).await;
    let rules = |policy| draft(policy, Order::Descending, TieRule::Earliest);
    let board = a.define("arena", rules(ScorePolicy::Best)).await;
    let b = Running::start_with(engines, b).await;
    let writer = if engines.are_shared() { &b } else { &a };
    let writer = writer.service.clone();
    let mut sums = std::collections::BTreeMap::new();
    let mut n = 0_u32;
    for policy in [ScorePolicy::Sum, ScorePolicy::Best, ScorePolicy::Sum] {
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..60 {
            n += 1;
            let (who, value) = (format!("p{}", n % 7), i64::from(n));
            *sums.entry(who.clone()).or_insert(0) += value;
            let one = submission(n.into(), &board, &who, value, noon(0));
            let service = writer.clone();
            writers.spawn(async move { service.submit_one(&OPERATOR, one).await });
        }
        a.define("arena", rules(policy)).await;
        while let Some(done) = writers.join_next().await {
            done.unwrap().unwrap();
        }
    }
    let expected: std::collections::BTreeMap<_, _> = sums;
    let stored = a.ledger.standings(&key(&board, "all")).await.unwrap();
    let stored: std::collections::BTreeMap<_, _> = stored
        .into_iter()
        .map(|s| (s.player.to_string(), s.standing.unwrap().score.get()))
        .collect();
    assert_eq!(stored, expected, "in the ledger");
    for node in [&a, &b] {
        let ranked = node
            .service
            .standings(node.service.find(&board, None, None).unwrap(), 0, 50);
        let ranked = ranked.await.unwrap().slice.rows.into_iter();
        let ranked: std::collections::BTreeMap<_, _> = ranked
            .map(|row| (row.player.to_string(), row.score.get()))
            .collect();
        assert_eq!(ranked, expected, "in the broker");
    }
}

pub(crate) async fn submission_after_erasure_counts_in_a_restarted_season(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who) in [(1, "ann"), (2, "zed"), (3, "zed")] {
        running.submit(submission(n, &board, who, 5, noon(1))).await;
    }
    running.change(&board, "all", SeasonChange::StartOver).await;
    running
        .service
        .erase(&OPERATOR, &player("zed"))
        .await
        .unwrap();
    running
        .submit(submission(4, &board, "bob", 7, noon(2)))
        .await;
    let all = key(&board, "all");
    let explained = running
        .service
        .explain(&OPERATOR, &all, &player("bob"))
        .await;
    assert_eq!(explained.unwrap().counted, 1);
    running
        .define(
            "arena",
            draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared),
        )
        .await;
    assert_eq!(
        running.ranks(&board, "all").await,
        [("bob".to_owned(), 1, 7)]
    );
}

pub(crate) async fn concurrent_calls_share_full_commits(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    let mut calls = tokio::task::JoinSet::new();
    let mut n = 0;
    for count in [1000, 1000, 1000, 100, 1000, 1000, 900] {
        let submissions = (0..count).map(|_| {
            n += 1;
            submission(n, &board, &format!("p{}", n % 100), 1, noon(1))
        });
        let submissions: Vec<_> = submissions.collect();
        let service = running.service.clone();
        calls.spawn(async move { service.submit(&OPERATOR, submissions).await });
    }
    while let Some(call) = calls.join_next().await {
        assert!(call.unwrap().unwrap().iter().all(Result::is_ok));
    }
    let read = running
        .service
        .submissions(&OPERATOR, &player("p7"), None, None)
        .await;
    assert_eq!(read.unwrap().len(), 50);
}

pub(crate) async fn preview_covers_all_seasons(engines: &Engines) {
    let running = Running::start(engines).await;
    let with = |order, periods: &[Period]| BoardDraft {
        periods: periods.to_vec(),
        ..draft(ScorePolicy::Best, order, TieRule::Shared)
    };
    let rules = with(Order::Descending, &[Period::AllTime, Period::Daily]);
    let board = running.define("arena", rules).await;
    for (n, who, value, at) in [
        (1, "ann", 5, noon(-60)),
        (2, "bob", 9, noon(-60)),
        (3, "cat", 1, noon(-3 * 24 * 3600)),
    ] {
        running.submit(submission(n, &board, who, value, at)).await;
    }
    let after = with(Order::Ascending, &[Period::AllTime, Period::Weekly]);
    let preview = running.service.preview(&OPERATOR, board.clone(), after);
    let preview = preview.await.unwrap();
    let seasons = preview.seasons.iter();
    let seasons: Vec<_> = seasons
        .map(|s| (s.season.to_string(), s.is_removed, s.players, s.reranked))
        .collect();
    let expected = [
        // The order of three players turns; the one in the middle keeps the rank.
        ("all", false, 3, 2),
        // A new period begins with the next submission.
        ("2026-W47", false, 0, 0),
        ("2026-11-20", true, 2, 2),
    ];
    let expected = expected.map(|(s, is_removed, n, m)| (s.to_owned(), is_removed, n, m));
    assert_eq!(seasons, expected);
    assert_eq!(preview.changes, ["order", "periods"]);
}
