//! Ranks, places and row order, compared with a plain sort.

use std::sync::Arc;

use leaderport::board::Ranking;
use leaderport::service::Broker;
use leaderport::service::ports::broker::{Change, PlaceRead, Slice};
use leaderport::{Order, Rank, Row, Score, SeasonKey, SortKey, TieRule, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Model, POINTS, apply, apply_any, arena, change, leaving, players, rows, slice};
use crate::contract::engines::BrokerHome;
use crate::contract::plain::scores_better_than;
use crate::contract::sample::{noon, player, rankings, score};

/// A random change for one of 90 players. Few scores and instants make ties frequent; one change in
/// six removes the player.
fn random_change(rng: &mut StdRng, model: &Model) -> Change {
    let who = format!("p{:02}", rng.random_range(0..90));
    let version = model
        .0
        .get(&player(&who))
        .map_or(1, |known| known.version + 1);
    if rng.random_ratio(1, 6) {
        return leaving(&who, version);
    }
    change(
        &who,
        version,
        rng.random_range(0..12),
        noon(rng.random_range(0..4)),
    )
}

pub(crate) async fn every_read_matches_a_plain_sort(home: &dyn BrokerHome) {
    let key = arena();
    for ranking in rankings() {
        let broker = home.broker().await;
        let mut rng = StdRng::seed_from_u64(7);
        let mut model = Model::default();
        for _ in 0..60 {
            let change = random_change(&mut rng, &model);
            model.apply(&change);
        }
        let loaded: Vec<Change> = model.0.values().cloned().collect();
        broker.load(&key, ranking, loaded).await.unwrap();
        check(&broker, &key, ranking, &model).await;
        for _ in 0..4 {
            let mut changes = Vec::new();
            for _ in 0..rng.random_range(1..60) {
                let change = random_change(&mut rng, &model);
                model.apply(&change);
                changes.push(change);
            }
            apply_any(&broker, &key, &changes).await;
            check(&broker, &key, ranking, &model).await;
        }
    }
}

/// Compares every read of a season with the model.
async fn check(broker: &Arc<dyn Broker>, key: &SeasonKey, ranking: Ranking, model: &Model) {
    let expected = model.rows(ranking);
    let total = expected.len() as u64;
    let position = slice(broker, key, 0, 1).await.position;
    for start in [0, 1, 7, 49, 50, total - 1, total, total + 1, total + 1000] {
        for limit in [0, 1, 2, 50, 200] {
            let from = usize::try_from(start).unwrap();
            let rows: Vec<Row> = expected.iter().skip(from).take(limit).cloned().collect();
            let read = slice(broker, key, start, limit).await;
            assert_eq!(
                read,
                Slice {
                    total,
                    start,
                    rows,
                    position
                },
                "{ranking:?} {start} {limit}"
            );
        }
    }
    for (ordinal, row) in (0..).zip(&expected) {
        let read = broker
            .place(key, &row.player)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let rank = row.rank;
        let below = expected.iter().filter(|other| other.rank > rank).count() as u64;
        let row = Some(row.clone());
        assert_eq!(
            read,
            PlaceRead {
                row,
                rank,
                ordinal,
                total,
                below,
                position
            },
            "{ranking:?}"
        );
    }
    let scores: Vec<Score> = expected.iter().map(|row| row.score).collect();
    for value in -1..=12 {
        let read = broker
            .place_of_score(key, score(value))
            .await
            .unwrap()
            .unwrap();
        let (rank, ordinal, below) = newcomer(score(value), ranking, &scores);
        assert_eq!(
            read,
            PlaceRead {
                row: None,
                rank,
                ordinal,
                total,
                below,
                position
            },
            "{ranking:?} {value}"
        );
    }
}

/// The rank, the place and the number of rows below, for a new player with this score, who is
/// behind all equal scores.
fn newcomer(score: Score, ranking: Ranking, scores: &[Score]) -> (Rank, u64, u64) {
    let mut better = scores_better_than(score, ranking.order, scores);
    let equal = scores.iter().filter(|other| **other == score).count() as u64;
    let ordinal = better.len() as u64 + equal;
    let below = scores.len() as u64 - ordinal;
    let before = match ranking.tie {
        TieRule::Earliest => ordinal,
        TieRule::Shared => better.len() as u64,
        TieRule::Dense => {
            better.sort_unstable();
            better.dedup();
            better.len() as u64
        }
    };
    (Rank::after(before), ordinal, below)
}

pub(crate) async fn full_ties_are_ordered_by_the_bytes_of_the_player_id(home: &dyn BrokerHome) {
    let key = arena();
    let ids = [
        "z",
        "a",
        "\u{e9}",
        "B",
        "aa",
        "Z",
        "\u{1f3c6}",
        "a b",
        "e\u{301}",
        "\u{ffee}",
        "1",
        "10",
        "2",
    ];
    let mut sorted = ids;
    sorted.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    for ranking in rankings() {
        let changes: Vec<Change> = ids.iter().map(|id| change(id, 1, 5, noon(0))).collect();
        let applied = home.broker().await;
        applied.load(&key, ranking, Vec::new()).await.unwrap();
        apply(&applied, &key, &changes).await;
        let loaded = home.broker().await;
        loaded.load(&key, ranking, changes).await.unwrap();
        for broker in [applied, loaded] {
            let rows = rows(&broker, &key).await;
            assert_eq!(players(&rows), sorted, "{ranking:?}");
        }
    }
}

pub(crate) async fn extreme_scores_and_instants_are_ordered_correctly(home: &dyn BrokerHome) {
    let key = arena();
    let extremes = [
        Score::MIN,
        score(Score::MIN.get() + 1),
        score(0),
        score(Score::MAX.get() - 1),
        Score::MAX,
    ];
    for ranking in rankings() {
        let broker = home.broker().await;
        broker.load(&key, ranking, Vec::new()).await.unwrap();
        let mut model = Model::default();
        for (n, score) in extremes.into_iter().enumerate() {
            for (when, at) in [("first", Timestamp::MIN), ("last", SortKey::LATEST)] {
                let change = change(&format!("{when}-{n}"), 1, score.get(), at);
                model.apply(&change);
                apply(&broker, &key, &[change]).await;
            }
        }
        assert_eq!(
            rows(&broker, &key).await,
            model.rows(ranking),
            "{ranking:?}"
        );
        let best = if ranking.order == Order::Descending {
            Score::MAX
        } else {
            Score::MIN
        };
        let read = broker.place_of_score(&key, best).await.unwrap().unwrap();
        assert_eq!((read.ordinal, read.below), (2, 8), "{ranking:?}");
    }
}

pub(crate) async fn batch_changes_are_ranked_in_sequence(home: &dyn BrokerHome) {
    let key = arena();
    for ranking in rankings() {
        let broker = home.broker().await;
        broker.load(&key, ranking, Vec::new()).await.unwrap();
        let mut rng = StdRng::seed_from_u64(11);
        let mut model = Model::default();
        let (mut changes, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..120 {
            let change = random_change(&mut rng, &model);
            let rank_of = |model: &Model| {
                let rows = model.rows(ranking);
                rows.iter()
                    .find(|row| row.player == change.player)
                    .map(|row| row.rank)
            };
            let previous = rank_of(&model);
            model.apply(&change);
            expected.push(rank_of(&model).map(|rank| (rank, previous)));
            changes.push(change);
        }
        let ranks = apply_any(&broker, &key, &changes).await;
        let ranks = ranks.iter().map(|r| r.map(|r| (r.rank, r.previous)));
        let ranks: Vec<_> = ranks.collect();
        assert_eq!(ranks, expected, "{ranking:?}");
    }
}

pub(crate) async fn stale_version_is_ignored(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker
        .load(
            &key,
            POINTS,
            vec![change("ann", 3, 50, noon(0)), change("bob", 1, 70, noon(0))],
        )
        .await
        .unwrap();
    apply(&broker, &key, &[change("ann", 5, 90, noon(1))]).await;
    let before = slice(&broker, &key, 0, 10).await;
    let stale = [
        change("ann", 4, 10, noon(2)),
        change("ann", 5, 20, noon(3)),
        change("bob", 1, 99, noon(4)),
    ];
    let ranks = apply(&broker, &key, &stale).await;
    let ranks: Vec<_> = ranks
        .iter()
        .map(|r| (r.rank.get(), r.previous.map(Rank::get), r.position))
        .collect();
    let at = before.position;
    assert_eq!(
        ranks,
        [(1, Some(1), at), (1, Some(1), at), (2, Some(2), at)]
    );
    assert_eq!(slice(&broker, &key, 0, 10).await, before);
    // Within one batch, a newer version after a stale one is applied.
    let mixed = [change("ann", 4, 10, noon(2)), change("ann", 6, 60, noon(5))];
    let ranks = apply(&broker, &key, &mixed).await;
    assert_eq!((ranks[0].rank.get(), ranks[1].rank.get()), (1, 2));
}
