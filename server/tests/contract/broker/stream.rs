//! Publications: each change is published once, at the next offset. Readers can request the
//! publications that they missed.

use std::time::Duration;

use leaderport::service::ports::broker::{Missed, Notice, Publication};
use leaderport::{Epoch, Position, Rank, Row, Score, SeasonKey};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use super::{
    Model, POINTS, apply, apply_any, arena, change, leaving, position, ranks_of, rows, summary_of,
};
use crate::contract::engines::BrokerHome;
use crate::contract::sample::{key, noon, player, rankings, slug, stored};

/// The number of publications that a stream keeps.
const STREAM: u64 = 1024;

async fn notice(notices: &mut Receiver<Notice>) -> Notice {
    let received = timeout(Duration::from_secs(10), notices.recv()).await;
    received.expect("a notice arrives within 10 s").unwrap()
}

/// The next `count` publications, which must all be of one season.
async fn published(
    notices: &mut Receiver<Notice>,
    key: &SeasonKey,
    count: usize,
) -> Vec<Publication> {
    let mut received = Vec::new();
    while received.len() < count {
        match notice(notices).await {
            Notice::Published(of, publications) => {
                assert_eq!(of, *key);
                received.extend(publications.iter().cloned());
            }
            // Another process may deliver the notice of the earlier load late.
            Notice::Loaded(_) => assert!(received.is_empty(), "loaded between {received:?}"),
            other => panic!("unexpected notice: {other:?}"),
        }
    }
    assert_eq!(received.len(), count, "{received:?}");
    received
}

fn later(position: Position, by: u64) -> Position {
    Position {
        offset: position.offset + by,
        ..position
    }
}

pub(crate) async fn each_change_is_published_at_the_next_offset(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker
        .load(&key, POINTS, vec![change("bob", 1, 70, noon(0))])
        .await
        .unwrap();
    let began = position(&broker, &key).await;
    let mut notices = broker.subscribe();
    let mut ranks = Vec::new();
    for batch in [
        vec![change("ann", 1, 50, noon(1)), change("cat", 1, 60, noon(2))],
        vec![change("ann", 2, 80, noon(3))],
    ] {
        ranks.extend(apply(&broker, &key, &batch).await);
    }
    let received = published(&mut notices, &key, 3).await;
    let words: Vec<_> = received.iter().map(summary_of).collect();
    assert_eq!(words, [("ann", 50, 2), ("cat", 60, 3), ("ann", 80, 3)]);
    let before: Vec<_> = received
        .iter()
        .map(|p| p.previous_score.map(Score::get))
        .collect();
    assert_eq!(before, [None, None, Some(50)]);
    let received: Vec<_> = received.iter().map(ranks_of).collect();
    assert_eq!(
        received, ranks,
        "a publication carries the ranks that its caller got"
    );
    let places: Vec<_> = ranks
        .iter()
        .map(|r| (r.rank.get(), r.previous.map(Rank::get)))
        .collect();
    assert_eq!(places, [(2, None), (2, None), (1, Some(3))]);
    let positions: Vec<_> = ranks.iter().map(|r| r.position).collect();
    assert_eq!(
        positions,
        [later(began, 1), later(began, 2), later(began, 3)]
    );
    assert_eq!(position(&broker, &key).await, later(began, 3));
}

pub(crate) async fn repeated_change_is_not_published(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    let one = change("ann", 2, 50, noon(1));
    let began = position(&broker, &key).await;
    let mut notices = broker.subscribe();
    apply(&broker, &key, std::slice::from_ref(&one)).await;
    apply(
        &broker,
        &key,
        &[one.clone(), change("ann", 1, 40, noon(0)), one],
    )
    .await;
    apply(&broker, &key, &[change("bob", 1, 10, noon(2))]).await;
    let received = published(&mut notices, &key, 2).await;
    assert_eq!(
        received.iter().map(summary_of).collect::<Vec<_>>(),
        [("ann", 50, 1), ("bob", 10, 2)]
    );
    assert_eq!(received[1].position, later(began, 2));
}

pub(crate) async fn rename_without_score_change_is_published(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker
        .load(&key, POINTS, vec![change("ann", 1, 50, noon(0))])
        .await
        .unwrap();
    let mut notices = broker.subscribe();
    let began = position(&broker, &key).await;
    let ann = [(player("ann"), stored("Ann", 1))];
    broker.rename(&ann, false).await.unwrap();
    // Setting the same name again publishes nothing.
    broker.rename(&ann, false).await.unwrap();
    let received = published(&mut notices, &key, 1).await;
    assert_eq!(summary_of(&received[0]), ("ann", 50, 1));
    assert_eq!(
        (
            received[0].now.map(|(_, rank)| rank.get()),
            received[0].previous.map(Rank::get)
        ),
        (Some(1), Some(1))
    );
    assert_eq!(received[0].touched.0, 0);
    assert_eq!(position(&broker, &key).await, later(began, 1));
}

pub(crate) async fn rename_is_published_in_every_season_of_the_player(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let seasons = ["all", "2026-W47", "2026-11-20"].map(|label| key(&slug("arena"), label));
    let mut began = Vec::new();
    for key in &seasons {
        broker
            .load(key, POINTS, vec![change("ann", 1, 50, noon(0))])
            .await
            .unwrap();
        began.push(position(&broker, key).await);
    }
    let mut notices = broker.subscribe();
    let names = [
        (player("nobody"), stored("No", 1)),
        (player("ann"), stored("Ann", 1)),
    ];
    broker.rename(&names, false).await.unwrap();
    let mut received = Vec::new();
    while received.len() < seasons.len() {
        match notice(&mut notices).await {
            Notice::Published(of, publications) => {
                let words: Vec<_> = publications.iter().map(summary_of).collect();
                assert_eq!(words, [("ann", 50, 1)]);
                received.push(of);
            }
            // Another process may deliver the notices of the earlier loads late.
            Notice::Loaded(_) => assert!(received.is_empty(), "loaded between {received:?}"),
            other => panic!("unexpected notice: {other:?}"),
        }
    }
    received.sort_unstable();
    let mut expected = seasons.to_vec();
    expected.sort_unstable();
    assert_eq!(received, expected);
    for (key, began) in seasons.iter().zip(began) {
        assert_eq!(position(&broker, key).await, later(began, 1), "{key}");
    }
}

/// Places, counted from 0, whose row changed.
fn changed_places(before: &[Row], after: &[Row]) -> Vec<u64> {
    let places = 0..before.len().max(after.len());
    places
        .filter(|i| before.get(*i) != after.get(*i))
        .map(|i| i as u64)
        .collect()
}

pub(crate) async fn changed_rows_are_within_the_published_places(home: &dyn BrokerHome) {
    for ranking in rankings() {
        let (broker, key) = (home.broker().await, arena());
        broker.load(&key, ranking, Vec::new()).await.unwrap();
        let mut rng = StdRng::seed_from_u64(13);
        let mut model = Model::default();
        let mut before = Vec::new();
        let mut notices = broker.subscribe();
        for n in 0..150 {
            let who = format!("p{:02}", rng.random_range(0..40));
            let change = change(
                &who,
                n + 1,
                rng.random_range(0..6),
                noon(rng.random_range(0..3)),
            );
            model.apply(&change);
            apply(&broker, &key, &[change]).await;
            let after = rows(&broker, &key).await;
            assert_eq!(after, model.rows(ranking));
            let differing = changed_places(&before, &after);
            if !differing.is_empty() {
                let received = published(&mut notices, &key, 1).await;
                let (first, last) = received[0].touched;
                assert!(
                    differing.iter().all(|place| (first..=last).contains(place)),
                    "{ranking:?}: {differing:?} are not within {first} to {last}",
                );
            }
            before = after;
        }
    }
}

pub(crate) async fn missed_publications_are_those_after_the_position(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    let began = position(&broker, &key).await;
    let mut notices = broker.subscribe();
    for n in 1..=30 {
        let who = format!("p{}", n % 7);
        apply(
            &broker,
            &key,
            &[change(&who, n, 1, noon(i64::try_from(n).unwrap()))],
        )
        .await;
    }
    let received = published(&mut notices, &key, 30).await;
    for seen in 0..=30 {
        let missed = broker
            .missed(&key, later(began, seen))
            .await
            .unwrap()
            .unwrap();
        let newer = received[usize::try_from(seen).unwrap()..].to_vec();
        assert_eq!(missed, Missed::All(newer), "after {seen}");
    }
}

pub(crate) async fn position_of_another_epoch_is_gone(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    apply(&broker, &key, &[change("ann", 1, 5, noon(0))]).await;
    let before = position(&broker, &key).await;
    let other = Position {
        epoch: Epoch(!before.epoch.0),
        ..before
    };
    assert_eq!(
        broker.missed(&key, other).await.unwrap(),
        Some(Missed::Gone)
    );
    let mut notices = broker.subscribe();
    broker
        .load(&key, POINTS, vec![change("ann", 1, 5, noon(0))])
        .await
        .unwrap();
    assert_eq!(
        broker.missed(&key, before).await.unwrap(),
        Some(Missed::Gone)
    );
    let Notice::Loaded(loaded) = notice(&mut notices).await else {
        panic!("expected a notice of the load")
    };
    assert_eq!(loaded, key);
}

pub(crate) async fn future_position_is_gone(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    let now = position(&broker, &key).await;
    assert_eq!(
        broker.missed(&key, now).await.unwrap(),
        Some(Missed::All(Vec::new()))
    );
    assert_eq!(
        broker.missed(&key, later(now, 1)).await.unwrap(),
        Some(Missed::Gone)
    );
    let last = Position {
        offset: u64::MAX,
        ..now
    };
    assert_eq!(broker.missed(&key, last).await.unwrap(), Some(Missed::Gone));
}

pub(crate) async fn position_older_than_the_stream_is_gone(home: &dyn BrokerHome) {
    let (broker, key) = (home.broker().await, arena());
    broker.load(&key, POINTS, Vec::new()).await.unwrap();
    let began = position(&broker, &key).await;
    let changes: Vec<_> = (1..=STREAM + 10)
        .map(|n| change("ann", n, i64::try_from(n).unwrap(), noon(0)))
        .collect();
    apply(&broker, &key, &changes).await;
    for too_old in [0, 1, 9] {
        let missed = broker.missed(&key, later(began, too_old)).await.unwrap();
        assert_eq!(missed, Some(Missed::Gone), "after {too_old}");
    }
    let Some(Missed::All(kept)) = broker.missed(&key, later(began, 10)).await.unwrap() else {
        panic!("the stream keeps {STREAM}")
    };
    let offsets: Vec<u64> = kept
        .iter()
        .map(|p| p.position.offset - began.offset)
        .collect();
    assert_eq!(offsets, (11..=STREAM + 10).collect::<Vec<_>>());
}

/// A caller needs this after a failed rename, which may have published the name on some boards
/// only.
pub(crate) async fn known_name_is_published_again_on_request(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let key = arena();
    let standing = vec![change("ann", 1, 50, noon(0))];
    broker.load(&key, POINTS, standing).await.unwrap();
    let ann = [(player("ann"), stored("Ann the first", 1))];
    broker.rename(&ann, false).await.unwrap();
    assert!(broker.rename(&ann, false).await.unwrap().is_empty());
    // An engine that renames atomically has nothing left to publish, so an empty answer is valid.
    let shown = broker.rename(&ann, true).await.unwrap();
    assert!(shown.iter().all(|(shown, _)| *shown == key), "{shown:?}");
    let rows = rows(&broker, &key).await;
    assert_eq!(rows[0].name.as_str(), "Ann the first");
}

pub(crate) async fn removal_is_published_and_not_undone_by_older_versions(home: &dyn BrokerHome) {
    let key = arena();
    for ranking in rankings() {
        let broker = home.broker().await;
        let standings = vec![
            change("ann", 1, 80, noon(1)),
            change("bob", 4, 80, noon(2)),
            change("cat", 1, 80, noon(3)),
        ];
        broker.load(&key, ranking, standings).await.unwrap();
        let began = position(&broker, &key).await;
        let before = rows(&broker, &key).await;
        let mut notices = broker.subscribe();
        let left = apply_any(&broker, &key, &[leaving("bob", 5)]).await;
        assert_eq!(left, [None]);
        let received = published(&mut notices, &key, 1).await;
        let previous = before.iter().find(|row| row.player == player("bob"));
        assert_eq!(received[0].now, None);
        assert_eq!(received[0].previous, previous.map(|row| row.rank));
        assert_eq!((received[0].touched, received[0].total), ((1, 2), 2));
        assert_eq!(received[0].position, later(began, 1));
        // An older change and the same removal again change nothing.
        for old in [change("bob", 4, 99, noon(4)), leaving("bob", 5)] {
            assert_eq!(apply_any(&broker, &key, &[old]).await, [None]);
        }
        assert_eq!(position(&broker, &key).await, later(began, 1));
        assert_eq!(
            broker.place(&key, &player("bob")).await.unwrap(),
            Some(None)
        );
        assert_eq!(
            broker.around(&key, &player("bob"), 5).await.unwrap(),
            Some(None)
        );
        let versions = broker.versions(&key).await.unwrap().unwrap();
        assert_eq!(versions.get(&player("bob")), Some(&5));
        let missed = broker.missed(&key, began).await.unwrap();
        assert_eq!(missed, Some(Missed::All(received)));
        // Renaming a player without a standing publishes nothing.
        let named = [(player("bob"), stored("Bob", 1))];
        assert_eq!(broker.rename(&named, false).await.unwrap(), []);
        apply(&broker, &key, &[change("bob", 6, 80, noon(2))]).await;
        let mut again = rows(&broker, &key).await;
        again[1].name = before[1].name.clone();
        assert_eq!(again, before);
    }
}

pub(crate) async fn load_keeps_versions_of_removed_players(home: &dyn BrokerHome) {
    let broker = home.broker().await;
    let key = arena();
    let standings = vec![change("ann", 1, 80, noon(1)), leaving("bob", 5)];
    broker.load(&key, POINTS, standings).await.unwrap();
    assert_eq!(rows(&broker, &key).await.len(), 1);
    let old = change("bob", 4, 99, noon(4));
    assert_eq!(apply_any(&broker, &key, &[old]).await, [None]);
    let came = apply(&broker, &key, &[change("bob", 6, 99, noon(4))]).await;
    assert_eq!((came[0].rank.get(), came[0].previous), (1, None));
}
