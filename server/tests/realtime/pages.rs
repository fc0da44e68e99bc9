//! Watched pages and their deltas.

use leaderport::protocol::Event;
use serde_json::json;

use crate::support::{TestServer, points};
use crate::watcher::{Watched, Watcher, read_page, submit};

/// The page and position of a watched page.
fn page_and_position(watched: &Watched) -> (leaderport::Page, leaderport::Position) {
    (watched.page.clone(), watched.position)
}

#[tokio::test]
async fn subscriber_gets_the_page_and_its_position() {
    let server = TestServer::with_players(60).await;
    let mut watcher = Watcher::connect(&server).await;
    for (page, rows) in [(1, 50), (2, 10), (3, 0)] {
        let watched = watcher.subscribe_page(page).await;
        assert_eq!(watched.channel, format!("page:points:all:{page}"));
        assert_eq!(watched.page.rows.len(), rows);
        assert_eq!(page_and_position(&watched), read_page(&server, page).await);
    }
}

#[tokio::test]
async fn channel_names_a_season_by_label_or_period() {
    let server = TestServer::with_players(0).await;
    let mut draft = points();
    draft["periods"] = json!(["all_time", "monthly"]);
    server.put("/api/v1/boards/runs", &draft).await.expect(201);
    let late = json!({ "player": "ann", "value": 5, "at": "2024-01-31T23:59:59.999Z" });
    server
        .post("/api/v1/boards/runs/submissions", &late)
        .await
        .expect(200);
    let mut watcher = Watcher::connect(&server).await;
    let watched = watcher.subscribe("page:runs:all_time:1").await;
    assert_eq!(
        (watched.channel.as_str(), watched.page.total),
        ("page:runs:all:1", 1)
    );
    let watched = watcher.subscribe("page:runs:2024-01:1").await;
    assert_eq!(
        (watched.channel.as_str(), watched.page.total),
        ("page:runs:2024-01:1", 1)
    );
    let watched = watcher.subscribe("page:runs:monthly:1").await;
    assert_eq!(
        watched.page.total, 0,
        "the current month has no standings yet"
    );
}

#[tokio::test]
async fn submission_arrives_as_a_delta_to_the_current_page() {
    let server = TestServer::with_players(60).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    for (player, value) in [("p30", 5000), ("new", 4000), ("p0", 6000), ("p59", 5500)] {
        submit(&server, player, value).await;
        watched.apply(watcher.event().await);
        assert_eq!(
            page_and_position(&watched),
            read_page(&server, 1).await,
            "after {player}"
        );
    }
}

#[tokio::test]
async fn page_gets_the_rows_pushed_down_to_it() {
    let server = TestServer::with_players(60).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(2).await;
    assert_eq!(watched.page.rows[0].player.as_str(), "p50");
    submit(&server, "new", 5000).await;
    watched.apply(watcher.event().await);
    assert_eq!(
        (
            watched.page.rows[0].player.as_str(),
            watched.page.rows.len()
        ),
        ("p49", 11)
    );
    assert_eq!(page_and_position(&watched), read_page(&server, 2).await);
}

#[tokio::test]
async fn newcomer_below_the_page_changes_its_total() {
    let server = TestServer::with_players(60).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    submit(&server, "new", 1).await;
    watched.apply(watcher.event().await);
    assert_eq!(watched.page.total, 61);
    assert_eq!(page_and_position(&watched), read_page(&server, 1).await);
}

#[tokio::test]
async fn changed_tie_rule_reaches_watchers() {
    let server = TestServer::with_players(0).await;
    for player in ["ann", "bob", "cat"] {
        submit(&server, player, 5).await;
    }
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    let ranks = |watched: &Watched| {
        watched
            .page
            .rows
            .iter()
            .map(|r| r.rank.get())
            .collect::<Vec<_>>()
    };
    assert_eq!(ranks(&watched), [1, 1, 1]);
    let mut draft = points();
    draft["tie"] = json!("earliest");
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(200);
    let expected = read_page(&server, 1).await;
    watched
        .follow(&mut watcher, |watched| {
            page_and_position(watched) == expected
        })
        .await;
    assert_eq!(ranks(&watched), [1, 2, 3]);
}

#[tokio::test]
async fn watchers_of_a_page_get_the_same_bytes() {
    let server = TestServer::with_players(60).await;
    let mut one = Watcher::connect(&server).await;
    let mut two = Watcher::connect(&server).await;
    let (mut watched, also_watched) = (one.subscribe_page(1).await, two.subscribe_page(1).await);
    assert_eq!(watched, also_watched);
    for n in 0..20 {
        submit(&server, &format!("p{n}"), 2000 + n).await;
    }
    let (expected, _) = read_page(&server, 1).await;
    while watched.page != expected {
        let frame = one.frame().await;
        assert_eq!(two.frame().await, frame);
        watched.apply(serde_json::from_str(&frame).unwrap());
    }
}

#[tokio::test]
async fn no_event_arrives_after_unsubscribing() {
    let server = TestServer::with_players(3).await;
    let mut one = Watcher::connect(&server).await;
    let mut two = Watcher::connect(&server).await;
    let (watched, mut also_watched) = (one.subscribe_page(1).await, two.subscribe_page(1).await);
    one.send(&json!({ "unsubscribe": { "id": 9, "channel": watched.channel } }))
        .await;
    let left = Event::Unsubscribed {
        id: Some(9),
        channel: watched.channel.try_into().unwrap(),
        code: None,
    };
    assert_eq!(one.event().await, left);
    submit(&server, "p2", 5000).await;
    // The other watcher has received the change, so a subscribed one would have received it too.
    also_watched.apply(two.event().await);
    one.expect_nothing_but_a_pong().await;
    // The client may subscribe again.
    assert_eq!(one.subscribe_page(1).await, also_watched);
}

#[tokio::test]
async fn repeated_subscription_is_idempotent() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    for _ in 0..40 {
        assert_eq!(watcher.subscribe_page(1).await, watched);
    }
    submit(&server, "p2", 5000).await;
    watched.apply(watcher.event().await);
    watcher.expect_nothing_but_a_pong().await;
}

#[tokio::test]
async fn page_survives_a_restart_with_a_new_epoch() {
    let mut server = TestServer::with_players(60).await;
    let mut watcher = Watcher::connect(&server).await;
    let before = watcher.subscribe_page(1).await;
    server.restart();
    assert_eq!(
        watcher.next_frame().await,
        None,
        "the connection ends with the process"
    );
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    assert_eq!(watched.page, before.page);
    assert_ne!(watched.position.epoch, before.position.epoch);
    submit(&server, "p59", 5000).await;
    watched.apply(watcher.event().await);
    assert_eq!(page_and_position(&watched), read_page(&server, 1).await);
}
