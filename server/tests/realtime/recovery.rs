//! Recovery by position: after a reconnect, the client gets all missed changes or the whole state.

use leaderport::Position;
use leaderport::protocol::Event;
use serde_json::json;

use crate::support::TestServer;
use crate::watcher::{Watched, Watcher, read_page, submit};

const PAGE: &str = "page:points:all:1";

/// Whether the server continues the client's state with deltas.
fn is_recovered(answer: &Event) -> bool {
    match answer {
        Event::Subscribed { recovered, .. } => *recovered,
        other => panic!("expected to be subscribed, got {other:?}"),
    }
}

#[tokio::test]
async fn reconnect_to_a_watched_page_gets_the_missed_deltas() {
    let server = TestServer::with_players(60).await;
    let mut stays = Watcher::connect(&server).await;
    let mut seen = stays.subscribe_page(1).await;
    let mut back = seen.clone();
    for (player, value) in [("p5", 5000), ("p6", 6000), ("p7", 7000)] {
        submit(&server, player, value).await;
        // Wait, so that each submission becomes a separate change.
        seen.apply(stays.event().await);
    }
    let mut comes = Watcher::connect(&server).await;
    let answer = comes.ask(PAGE, Some(back.position)).await;
    assert!(is_recovered(&answer));
    for _ in 0..3 {
        back.apply(comes.event().await);
    }
    assert_eq!(back, seen);
    submit(&server, "p8", 8000).await;
    back.apply(comes.event().await);
    seen.apply(stays.event().await);
    assert_eq!(back, seen);
}

#[tokio::test]
async fn reconnect_to_an_unchanged_page_gets_nothing() {
    let server = TestServer::with_players(120).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut top = watcher.subscribe_page(1).await;
    drop(watcher);
    // Both changes are far below page 1 and keep the total.
    submit(&server, "p119", 885).await;
    submit(&server, "p118", 887).await;
    let mut watcher = Watcher::connect(&server).await;
    // No client watched the page, so the server decides from the broker's stream.
    assert!(is_recovered(&watcher.ask(PAGE, Some(top.position)).await));
    watcher.expect_nothing_but_a_pong().await;
    submit(&server, "p9", 9000).await;
    top.apply(watcher.event().await);
    assert_eq!(top.page, read_page(&server, 1).await.0);
}

#[tokio::test]
async fn subscription_continues_from_a_rest_position() {
    let server = TestServer::with_players(60).await;
    let (page, position) = read_page(&server, 1).await;
    let mut watched = Watched {
        channel: PAGE.to_owned(),
        page,
        position,
    };
    let mut watcher = Watcher::connect(&server).await;
    assert!(is_recovered(&watcher.ask(PAGE, Some(position)).await));
    watcher.expect_nothing_but_a_pong().await;
    submit(&server, "p9", 9000).await;
    watched.apply(watcher.event().await);
    assert_eq!(
        (watched.page, watched.position),
        read_page(&server, 1).await
    );
}

#[tokio::test]
async fn unrecoverable_position_gets_the_whole_state() {
    let mut server = TestServer::with_players(60).await;
    let (_, before) = read_page(&server, 1).await;
    for n in 0..60 {
        submit(&server, &format!("p{n}"), 2000 + n).await;
    }
    let mut watcher = Watcher::connect(&server).await;
    let whole = async |watcher: &mut Watcher, since: Position| {
        assert!(!is_recovered(&watcher.ask(PAGE, Some(since)).await));
        match watcher.event().await {
            Event::State { position, .. } => position,
            other => panic!("expected the page, got {other:?}"),
        }
    };
    let now = read_page(&server, 1).await.1;
    // The page changed while no client watched it, so no deltas exist.
    assert_eq!(whole(&mut watcher, before).await, now);
    let another = Position {
        epoch: leaderport::Epoch(7),
        offset: 3,
    };
    assert_eq!(whole(&mut watcher, another).await, now);
    assert_eq!(whole(&mut watcher, Position::DEGRADED).await, now);
    server.restart();
    let mut watcher = Watcher::connect(&server).await;
    let restarted = whole(&mut watcher, now).await;
    assert_ne!(restarted.epoch, now.epoch);
}

#[tokio::test]
async fn rebuilt_season_is_sent_whole() {
    let server = TestServer::with_players(10).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    let before = watched.position;
    let body = json!({ "board": "points", "season": "all" });
    server
        .post("/api/v1/engine/rebuild", &body)
        .await
        .expect(200);
    let event = watcher.event().await;
    assert!(matches!(event, Event::State { .. }), "{event:?}");
    watched.apply(event);
    assert_ne!(watched.position.epoch, before.epoch);
    submit(&server, "p9", 9000).await;
    watched.apply(watcher.event().await);
    assert_eq!(watched.page, read_page(&server, 1).await.0);
}
