//! Reads at the edges of a season, player names, and which seasons are held.

use leaderport::board::Ranking;
use leaderport::service::ports::broker::Missed;
use leaderport::{Order, Position, Rank, Score, TieRule};

use super::{
    Model, POINTS, apply, apply_any, arena, change, leaving, named, players, position, rows, slice,
};
use crate::contract::engines::BrokerHome;
use crate::contract::sample::{ORDERS, key, noon, player, slug};

/// Ten players; `p0` has the best score.
fn ten_players() -> Vec<super::Change> {
    (0..10)
        .map(|n| change(&format!("p{n}"), 1, 100 - n, noon(0)))
        .collect()
}

pub(crate) async fn slice_past_the_end_is_empty(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, ten_players()).await.unwrap();
    for start in [10, 11, 1 << 32, u64::MAX - 1, u64::MAX] {
        let read = slice(&broker, &key, start, 50).await;
        assert_eq!((read.total, read.rows.len()), (10, 0), "from {start}");
    }
}

pub(crate) async fn around_centers_the_player_within_the_season(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, ten_players()).await.unwrap();
    for (who, limit, expected) in [
        ("p5", 1, 5..6),
        ("p5", 3, 4..7),
        ("p5", 5, 3..8),
        ("p5", 11, 0..10),
        ("p0", 5, 0..5),
        ("p1", 5, 0..5),
        ("p2", 5, 0..5),
        ("p3", 5, 1..6),
        ("p8", 5, 5..10),
        ("p9", 5, 5..10),
        ("p9", 200, 0..10),
    ] {
        let read = broker
            .around(&key, &player(who), limit)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let whole = slice(&broker, &key, 0, 10).await;
        assert_eq!(
            read.rows,
            whole.rows[expected.clone()],
            "{limit} around {who}"
        );
        assert_eq!((read.start, read.total), (expected.start as u64, 10));
        assert_eq!(read.position, whole.position);
    }
}

pub(crate) async fn place_of_a_rank_is_its_first_row(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    let scores = [90, 90, 90, 70, 60, 60, 10];
    for (tie, expected) in [
        (TieRule::Earliest, [0, 1, 2, 3, 4, 5, 6, 6, 6]),
        // Rank 1 is three rows long, so the ranks 2 and 3 are skipped.
        (TieRule::Shared, [0, 1, 2, 3, 4, 5, 6, 6, 6]),
        (TieRule::Dense, [0, 3, 4, 6, 6, 6, 6, 6, 6]),
    ] {
        for order in ORDERS {
            let sign = if order == Order::Descending { 1 } else { -1 };
            let standings = scores.iter().zip(0_i64..);
            let standings = standings.map(|(score, n)| {
                let who = format!("p{n}");
                change(&who, 1, sign * score, noon(n))
            });
            let ranking = Ranking { order, tie };
            broker
                .load(&key, ranking, standings.collect())
                .await
                .unwrap();
            for (rank, expected) in [1, 2, 3, 4, 5, 6, 7, 8, u64::MAX].into_iter().zip(expected) {
                let rank = Rank::after(rank - 1);
                let place = broker.place_of_rank(&key, rank).await.unwrap();
                assert_eq!(place, Some(expected), "{ranking:?} {rank}");
            }
            // The places follow changes of the season.
            apply_any(&broker, &key, &[leaving("p3", 2)]).await;
            let place = broker.place_of_rank(&key, Rank::after(1)).await.unwrap();
            let expected = if tie == TieRule::Dense { 3 } else { 1 };
            assert_eq!(place, Some(expected), "{ranking:?} without p3");
        }
    }
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    let place = broker.place_of_rank(&key, Rank::after(4)).await.unwrap();
    assert_eq!(place, Some(0), "an empty season");
}

pub(crate) async fn unranked_player_has_no_place_in_a_held_season(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    assert!(broker.holds(&key).await.unwrap());
    assert_eq!(
        broker.place(&key, &player("ann")).await.unwrap(),
        Some(None)
    );
    assert_eq!(
        broker.around(&key, &player("ann"), 11).await.unwrap(),
        Some(None)
    );
    let read = broker
        .place_of_score(&key, Score::MIN)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.rank, read.ordinal, read.total, read.below),
        (Rank::after(0), 0, 0, 0)
    );
    // A standing in one season gives no place in another.
    let other = super::sample::key(&slug("other"), "all");
    broker
        .load(&other, POINTS, vec![change("ann", 1, 5, noon(0))])
        .await
        .unwrap();
    assert_eq!(
        broker.place(&key, &player("ann")).await.unwrap(),
        Some(None)
    );
    assert_eq!(
        broker.around(&key, &player("ann"), 11).await.unwrap(),
        Some(None)
    );
}

pub(crate) async fn season_not_held_returns_none(home: &dyn BrokerHome) {
    let (broker, key, ann) = (home.broker().await, arena(), player("ann"));
    assert!(!broker.holds(&key).await.unwrap());
    assert_eq!(
        broker
            .apply(&key, &[change("ann", 1, 5, noon(0))])
            .await
            .unwrap(),
        None
    );
    assert!(
        !broker.holds(&key).await.unwrap(),
        "apply does not load the season"
    );
    assert_eq!(broker.slice(&key, 0, 50).await.unwrap(), None);
    assert_eq!(broker.place(&key, &ann).await.unwrap(), None);
    assert_eq!(broker.around(&key, &ann, 11).await.unwrap(), None);
    assert_eq!(broker.place_of_score(&key, Score::MAX).await.unwrap(), None);
    let place = broker.place_of_rank(&key, Rank::after(0)).await.unwrap();
    assert_eq!(place, None);
    let somewhere = Position {
        epoch: leaderport::Epoch(1),
        offset: 0,
    };
    let missed: Option<Missed> = broker.missed(&key, somewhere).await.unwrap();
    assert_eq!(missed, None);
}

pub(crate) async fn forget_drops_every_season_of_the_board(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let (arena, other) = (slug("arena"), slug("arena-2"));
    let mut held = [key(&arena, "all"), key(&arena, "2026-W47")];
    held.sort_unstable();
    let stays = key(&other, "all");
    for key in held.iter().chain([&stays]) {
        broker.load(key, POINTS, ten_players()).await.unwrap();
    }
    let mut forgotten = broker.forget(&arena, None).await.unwrap();
    forgotten.sort_unstable();
    assert_eq!(forgotten, held);
    for key in &held {
        assert!(!broker.holds(key).await.unwrap(), "{key}");
        assert_eq!(broker.slice(key, 0, 1).await.unwrap(), None);
    }
    assert_eq!(rows(&broker, &stays).await.len(), 10);
    assert!(broker.forget(&arena, None).await.unwrap().is_empty());
}

pub(crate) async fn forget_keeps_seasons_with_the_given_ranking(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let arena = slug("arena");
    let (as_before, as_now) = (key(&arena, "all"), key(&arena, "2026-W47"));
    let now = Ranking {
        tie: TieRule::Dense,
        ..POINTS
    };
    broker
        .load(&as_before, POINTS, ten_players())
        .await
        .unwrap();
    broker.load(&as_now, now, ten_players()).await.unwrap();
    let forgotten = broker.forget(&arena, Some(now)).await.unwrap();
    assert_eq!(forgotten, std::slice::from_ref(&as_before));
    assert!(!broker.holds(&as_before).await.unwrap());
    assert_eq!(rows(&broker, &as_now).await.len(), 10);
    assert!(broker.forget(&arena, Some(now)).await.unwrap().is_empty());
}

pub(crate) async fn seasons_are_ranked_independently(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let (one, two) = (
        key(&slug("arena"), "2026-11-19"),
        key(&slug("arena"), "2026-11-20"),
    );
    for key in [&one, &two] {
        broker.load(key, POINTS, ten_players()).await.unwrap();
    }
    let before = slice(&broker, &two, 0, 10).await;
    apply(
        &broker,
        &one,
        &[
            change("p9", 2, 999, noon(1)),
            change("new", 1, 998, noon(1)),
        ],
    )
    .await;
    assert_eq!(slice(&broker, &two, 0, 10).await, before);
    assert_eq!(
        players(&rows(&broker, &one).await)[..3],
        ["p9", "new", "p0"]
    );
    assert_ne!(position(&broker, &one).await.epoch, before.position.epoch);
}

pub(crate) async fn load_replaces_the_season_and_starts_an_epoch(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    let mut epochs = Vec::new();
    for standings in [
        ten_players(),
        Vec::new(),
        ten_players()[..3].to_vec(),
        ten_players()[..3].to_vec(),
    ] {
        broker.load(&key, POINTS, standings.clone()).await.unwrap();
        let read = slice(&broker, &key, 0, 50).await;
        assert_eq!(read.rows, Model::of(&standings).rows(POINTS));
        assert!(!epochs.contains(&read.position.epoch), "the epoch is new");
        epochs.push(read.position.epoch);
    }
    // Loaded standings keep their versions.
    apply(&broker, &key, &[change("p2", 1, 999, noon(1))]).await;
    assert_eq!(players(&rows(&broker, &key).await), ["p0", "p1", "p2"]);
    apply(&broker, &key, &[change("p2", 2, 999, noon(1))]).await;
    assert_eq!(players(&rows(&broker, &key).await), ["p2", "p0", "p1"]);
}

pub(crate) async fn apply_never_replaces_a_newer_name(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    let known = named("Ann", change("ann", 3, 50, noon(0)));
    broker
        .load(&key, POINTS, vec![known.clone()])
        .await
        .unwrap();
    let changes = [named("Old Ann", change("ann", 2, 90, noon(1)))];
    broker.apply(&key, &changes).await.unwrap();
    assert_eq!(rows(&broker, &key).await, Model::of(&[known]).rows(POINTS));
}

pub(crate) async fn rows_show_the_newest_name(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker
        .load(
            &key,
            POINTS,
            vec![named("Bob", change("bob", 1, 70, noon(0)))],
        )
        .await
        .unwrap();
    let mut shown = Vec::new();
    for change in [
        change("ann", 1, 50, noon(0)),
        named("Ann", change("ann", 2, 60, noon(1))),
        change("ann", 3, 65, noon(2)),
        named("Änn \"🏆\"", change("ann", 4, 66, noon(3))),
    ] {
        apply(&broker, &key, &[change]).await;
        shown.push(
            rows(&broker, &key)
                .await
                .iter()
                .map(|r| r.name.to_string())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(
        shown,
        [
            ["Bob", "ann"],
            ["Bob", "Ann"],
            ["Bob", "Ann"],
            ["Bob", "Änn \"🏆\""]
        ]
    );
}
