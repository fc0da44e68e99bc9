//! Reads: standings, places, season lookup, sketches and profiles.

use std::sync::Arc;

use leaderport::service::{Caller, Error, PlayerStanding, Totals};
use leaderport::{Board, BoardDraft, Order, Period, PlayerId, ScorePolicy, Slug, TieRule};

use super::{Running, field, players};
use crate::contract::engines::Engines;
use crate::contract::sample::{
    draft, key, noon, player, points, score, season, slug, submission, ts,
};

/// Submits one score each for `p0`, `p1`, …, one second apart.
async fn submit_all(running: &Running, board: &Slug, values: &[i64]) {
    let batch = (0_i64..).zip(values).map(|(n, value)| {
        let id = u128::try_from(n + 1).unwrap();
        submission(id, board, &format!("p{n}"), *value, noon(n - 1000))
    });
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch.collect())
        .await
        .unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
}

pub(crate) async fn percentile_is_the_share_of_others_ranked_below(engines: &Engines) {
    let running = Running::start(engines).await;
    for (tie, expected) in [
        (TieRule::Earliest, [100.0, 75.0, 50.0, 25.0, 0.0]),
        (TieRule::Shared, [100.0, 50.0, 50.0, 25.0, 0.0]),
        (TieRule::Dense, [100.0, 50.0, 50.0, 25.0, 0.0]),
    ] {
        let board = running
            .define("points", draft(ScorePolicy::Best, Order::Descending, tie))
            .await;
        submit_all(&running, &board, &[90, 80, 80, 70, 60]).await;
        let mut read = Vec::new();
        for n in 0..5 {
            let season = running.service.find(&board, None, None).unwrap();
            let standing = running
                .service
                .standing(season, &player(&format!("p{n}")))
                .await
                .unwrap();
            assert_eq!(
                (standing.ordinal, standing.row.player.as_str()),
                (n, format!("p{n}").as_str())
            );
            read.push(standing.totals);
        }
        let expected = expected.map(|percentile| Totals {
            total: 5,
            percentile,
        });
        assert_eq!(read, expected, "{tie:?}");
    }
    let board = running.define("lonely", points()).await;
    running
        .submit(submission(99, &board, "ann", 1, noon(0)))
        .await;
    let season = running.service.find(&board, None, None).unwrap();
    let standing = running
        .service
        .standing(season, &player("ann"))
        .await
        .unwrap();
    assert_eq!(
        standing.totals,
        Totals {
            total: 1,
            percentile: 100.0
        }
    );
}

pub(crate) async fn around_centers_the_player(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    submit_all(
        &running,
        &board,
        &(0..300).map(|n| 1000 - n).collect::<Vec<_>>(),
    )
    .await;
    let all = running.rows(&board, "all").await;
    for (who, limit, expected) in [
        ("p0", 11, 0..11),
        ("p7", 11, 2..13),
        ("p299", 11, 289..300),
        ("p150", 1000, 50..250),
    ] {
        let season = running.service.find(&board, None, None).unwrap();
        let read = running
            .service
            .around(season, &player(who), limit)
            .await
            .unwrap();
        assert_eq!(read.slice.rows, all[expected], "{limit} around {who}");
        let ids: Vec<&PlayerId> = players(&read.slice.rows);
        assert!(ids.contains(&&player(who)));
    }
}

pub(crate) async fn rank_of_score_is_that_of_a_newcomer(engines: &Engines) {
    let running = Running::start(engines).await;
    for (tie, expected) in [
        (TieRule::Earliest, [1, 4, 5]),
        (TieRule::Shared, [1, 2, 5]),
        (TieRule::Dense, [1, 2, 4]),
    ] {
        let board = running
            .define("points", draft(ScorePolicy::Best, Order::Descending, tie))
            .await;
        submit_all(&running, &board, &[90, 80, 80, 70]).await;
        let key = key(&board, "all");
        let mut ranks = Vec::new();
        for value in [91, 80, 10] {
            ranks.push(
                running
                    .service
                    .rank_of_score(&key, score(value))
                    .await
                    .unwrap()
                    .get(),
            );
        }
        assert_eq!(ranks, expected, "{tie:?}");
    }
}

fn weekly_board() -> BoardDraft {
    let zone = Some("Europe/Berlin".to_owned());
    BoardDraft {
        periods: vec![Period::Weekly, Period::AllTime],
        time_zone: zone,
        ..points()
    }
}

pub(crate) async fn season_is_found_by_label_period_or_default(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("weeks", weekly_board()).await;
    // A Monday in Berlin, still Sunday in UTC.
    running.clock.set(ts("2026-11-22T23:30:00Z"));
    for (period, label, expected) in [
        (None, None, "all"),
        (Some(Period::AllTime), None, "all"),
        (Some(Period::Weekly), None, "2026-W48"),
        (None, Some("2026-W01"), "2026-W01"),
        (Some(Period::Weekly), Some("2030-W10"), "2030-W10"),
    ] {
        let found = running
            .service
            .find(&board, period, label.map(season))
            .unwrap();
        assert_eq!(found.key, key(&board, expected), "{period:?} {label:?}");
    }
    let week = running
        .service
        .find(&board, Some(Period::Weekly), None)
        .unwrap();
    assert_eq!(week.starts_at, ts("2026-11-22T23:00:00Z"));
    assert_eq!(week.next_reset, Some(ts("2026-11-29T23:00:00Z")));
    let all = running.service.find(&board, None, None).unwrap();
    assert_eq!(all.next_reset, None);
}

pub(crate) async fn season_without_a_matching_period_is_refused(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("weeks", weekly_board()).await;
    for (period, label, expected) in [
        (Some(Period::Daily), None, "period"),
        (None, Some("2026-11-20"), "period"),
        (None, Some("2026"), "period"),
        (Some(Period::Weekly), Some("all"), "season"),
        (Some(Period::AllTime), Some("2026-W47"), "season"),
    ] {
        let error = running
            .service
            .find(&board, period, label.map(season))
            .unwrap_err();
        assert_eq!(
            (error.code(), field(&error)),
            ("invalid_value", expected),
            "{period:?} {label:?}"
        );
    }
    let error = running
        .service
        .find(&slug("nowhere"), None, None)
        .unwrap_err();
    assert_eq!(error.code(), "unknown_board");
}

pub(crate) async fn player_without_a_standing_is_unknown(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("weeks", weekly_board()).await;
    running
        .submit(submission(1, &board, "ann", 5, ts("2026-11-01T12:00:00Z")))
        .await;
    let this_week = || {
        running
            .service
            .find(&board, Some(Period::Weekly), None)
            .unwrap()
    };
    let ever = || running.service.find(&board, None, None).unwrap();
    for (season, who) in [(this_week(), "ann"), (this_week(), "bob"), (ever(), "bob")] {
        let who = player(who);
        let error = running
            .service
            .standing(season.clone(), &who)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code(), error.retry_helps()),
            ("unknown_player", false)
        );
        let error = running.service.around(season, &who, 11).await.unwrap_err();
        assert_eq!(error.code(), "unknown_player");
    }
    running
        .service
        .standing(ever(), &player("ann"))
        .await
        .unwrap();
}

pub(crate) async fn empty_season_has_an_empty_page(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("weeks", weekly_board()).await;
    for label in ["all", "2026-W47", "1970-W01", "2110-W01"] {
        let (page, position) = running.page(&board, label).await;
        assert_eq!((page.total, page.rows.len()), (0, 0), "{label}");
        assert_eq!(
            running.page(&board, label).await.1,
            position,
            "a read keeps the position"
        );
        let rank = running
            .service
            .rank_of_score(&key(&board, label), score(0))
            .await
            .unwrap();
        assert_eq!(rank.get(), 1);
    }
}

pub(crate) async fn sketch_estimates_the_place_of_a_score(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let of = key(&board, "all");
    // The season is still empty. An empty sketch is not cached.
    assert_eq!(running.service.sketch(&of).await.total(), 0);
    let values: Vec<i64> = (0..400).map(|n| (n * 7919) % 5_000).collect();
    submit_all(&running, &board, &values).await;
    let sketch = running.service.sketch(&of).await;
    assert_eq!(sketch.total(), 400);
    for value in (0..5_000).step_by(37) {
        let truth = values.iter().filter(|other| **other > value).count() as u64;
        let guess = sketch.guess(Order::Descending, TieRule::Shared, score(value));
        let guess = guess.unwrap();
        assert!(guess.within <= 4, "{guess:?}");
        assert!(
            guess.place.abs_diff(truth) <= guess.within,
            "{value}: {guess:?}, and truly {truth}"
        );
    }
    // Later calls share the cached sketch.
    assert!(Arc::ptr_eq(&sketch, &running.service.sketch(&of).await));
    // The sketch of an unknown board is empty.
    let nowhere = key(&slug("nowhere"), "all");
    assert_eq!(running.service.sketch(&nowhere).await.total(), 0);
}

pub(crate) async fn profile_lists_every_active_board_of_the_player(engines: &Engines) {
    let running = Running::start(engines).await;
    let (first, second) = (slug("alpha"), slug("beta"));
    for name in ["alpha", "beta", "gamma", "old"] {
        running.define(name, points()).await;
    }
    submit_all(&running, &first, &[90, 80]).await;
    running
        .submit(submission(99, &second, "p1", 70, noon(0)))
        .await;
    running
        .submit(submission(100, &slug("old"), "p1", 70, noon(0)))
        .await;
    let mut archived = points();
    archived.archived = true;
    running.define("old", archived).await;
    let seen = async |player: &str| {
        let found = running.service.profile(&self::player(player)).await?;
        let one = |(board, standing): &(Arc<Board>, PlayerStanding)| {
            (board.slug.to_string(), standing.row.rank.get())
        };
        Ok::<_, Error>(found.standings.iter().map(one).collect::<Vec<_>>())
    };
    assert_eq!(seen("p0").await.unwrap(), [("alpha".to_owned(), 1)]);
    assert_eq!(
        seen("p1").await.unwrap(),
        [("alpha".to_owned(), 2), ("beta".to_owned(), 1)]
    );
    let nobody = seen("nobody").await;
    assert!(
        matches!(nobody, Err(Error::UnknownPlayer(..))),
        "{nobody:?}"
    );
}

pub(crate) async fn recorded_id_is_found_as_spelled_and_a_new_one_in_nfc(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("points", points()).await;
    let recorded = ["e\u{301}", "\u{fc}", ".", "\u{3164}"];
    for (n, id) in (1..).zip(recorded) {
        running.submit(submission(n, &board, id, 5, noon(-9))).await;
    }
    let spelled = async |id: &'static str| {
        let read = running.service.spelled_or_normal(id).await;
        let spelled = running.service.spelled(id).await;
        assert_eq!(read.ok(), spelled.as_ref().ok().cloned());
        spelled
    };
    for id in recorded {
        let player = spelled(id).await.unwrap();
        assert_eq!(player.as_str(), id);
        let season = running.service.find(&board, None, None).unwrap();
        let standing = running.service.standing(season, &player).await.unwrap();
        assert_eq!(standing.row.player, player);
    }
    for (asked, found) in [
        ("u\u{308}", "\u{fc}"),
        ("\u{e9}", "\u{e9}"),
        ("o\u{308}", "\u{f6}"),
    ] {
        assert_eq!(spelled(asked).await.unwrap().as_str(), found);
    }
    assert_eq!(field(&spelled(" a").await.unwrap_err()), "player");
}
