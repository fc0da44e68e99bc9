//! Good and bad commands. A refusal has a stable code, and the connection stays open.

use leaderport::protocol::{Event, MAX_COMMAND_BYTES, MAX_SUBSCRIPTIONS};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::TestServer;
use crate::watcher::{Watcher, submit};

/// The largest frame that gets an answer, in bytes.
const MAX_FRAME_BYTES: usize = 64 << 10;

/// Asserts that the next event is a refusal with this code. Returns the id that it answers.
async fn expect_refusal(watcher: &mut Watcher, code: &str) -> Option<u32> {
    match watcher.event().await {
        Event::Error {
            id,
            code: actual,
            message,
        } => {
            assert_eq!(actual, code, "{message}");
            assert!(!message.is_empty());
            id
        }
        other => panic!("expected {code}, got {other:?}"),
    }
}

/// Asserts that the connection still works.
async fn expect_usable(watcher: &mut Watcher) {
    watcher.expect_nothing_but_a_pong().await;
    let watched = watcher.subscribe_page(1).await;
    assert_eq!(watched.page.rows.len(), 3);
}

#[tokio::test]
async fn ping_is_answered_by_a_pong() {
    let server = TestServer::with_players(0).await;
    let mut watcher = Watcher::connect(&server).await;
    for id in [0, 1, u32::MAX] {
        watcher.send(&json!({ "ping": { "id": id } })).await;
        assert_eq!(watcher.event().await, Event::Pong { id });
    }
}

#[tokio::test]
async fn text_that_is_not_a_command_is_refused() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    for (text, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("ping", "malformed_json"),
        ("{\"ping\":{\"id\":1}} {}", "malformed_json"),
        ("null", "unknown_command"),
        ("[]", "unknown_command"),
        ("5", "unknown_command"),
        ("{}", "unknown_command"),
        ("{\"id\":1}", "unknown_command"),
        ("{\"shout\":{\"id\":1}}", "unknown_command"),
        (
            "{\"ping\":{\"id\":1},\"pong\":{\"id\":1}}",
            "unknown_command",
        ),
    ] {
        // Each text is sent twice, because the code must be stable.
        for _ in 0..2 {
            watcher.send_frame(Message::text(text)).await;
            expect_refusal(&mut watcher, code).await;
        }
    }
    expect_usable(&mut watcher).await;
}

#[tokio::test]
async fn invalid_command_is_refused_with_its_id() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    let subscribe = |channel: Value| json!({ "subscribe": { "id": 5, "channel": channel } });
    for (command, code) in [
        (subscribe(json!("page:points:all:0")), "invalid_value"),
        (subscribe(json!("page:points:all:-1")), "invalid_value"),
        (subscribe(json!("page:points:all:1.5")), "invalid_value"),
        (subscribe(json!("page:points:all")), "invalid_value"),
        (subscribe(json!("page:A B:all:1")), "invalid_value"),
        (subscribe(json!("page:points:now:1")), "invalid_value"),
        (subscribe(json!("page:points:daily:1")), "invalid_value"),
        (subscribe(json!("page:points:2026-W47:1")), "invalid_value"),
        (subscribe(json!("shout:points")), "invalid_value"),
        (subscribe(json!("")), "invalid_value"),
        (subscribe(json!("p".repeat(3000))), "invalid_value"),
        (subscribe(json!(5)), "invalid_value"),
        (subscribe(json!("page:nowhere:all:1")), "unknown_board"),
        (subscribe(json!("board:nowhere")), "unknown_board"),
        (subscribe(json!("presence:nowhere")), "unknown_board"),
        (subscribe(json!("me:points:all")), "unauthorized"),
        (subscribe(json!("ops")), "unauthorized"),
        (
            json!({ "subscribe": { "id": 5, "channel": "board:points", "since": "now" } }),
            "invalid_value",
        ),
        (
            json!({ "subscribe": { "id": 5, "channel": "presence:points", "show": "Ann" } }),
            "invalid_value",
        ),
        (
            json!({ "unsubscribe": { "id": 5, "channel": "page:points:all:1" } }),
            "not_subscribed",
        ),
        (json!({ "unsubscribe": { "id": 5 } }), "invalid_value"),
        (
            json!({ "authenticate": { "id": 5, "token": "a.b.c" } }),
            "bad_token",
        ),
    ] {
        watcher.send(&command).await;
        assert_eq!(
            expect_refusal(&mut watcher, code).await,
            Some(5),
            "{command}"
        );
    }
    watcher.send(&json!({ "ping": { "id": -1 } })).await;
    assert_eq!(expect_refusal(&mut watcher, "invalid_value").await, None);
    expect_usable(&mut watcher).await;
}

#[tokio::test]
async fn binary_frame_is_refused_on_a_text_connection() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    for frame in [
        Vec::new(),
        vec![0xff; 100],
        b"{\"ping\":{\"id\":1}}".to_vec(),
    ] {
        watcher.send_frame(Message::binary(frame)).await;
        expect_refusal(&mut watcher, "unsupported_frame").await;
    }
    expect_usable(&mut watcher).await;
}

/// A ping, padded to a size in bytes.
fn ping_of(bytes: usize) -> Message {
    let ping = "{\"ping\":{\"id\":1}}";
    Message::text(format!("{ping}{}", " ".repeat(bytes - ping.len())))
}

#[tokio::test]
async fn oversized_command_is_refused() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    watcher.send_frame(ping_of(MAX_COMMAND_BYTES)).await;
    assert_eq!(watcher.event().await, Event::Pong { id: 1 });
    for size in [MAX_COMMAND_BYTES + 1, MAX_FRAME_BYTES] {
        watcher.send_frame(ping_of(size)).await;
        expect_refusal(&mut watcher, "command_too_large").await;
    }
    expect_usable(&mut watcher).await;
}

#[tokio::test]
async fn oversized_frame_affects_only_its_own_connection() {
    let server = TestServer::with_players(3).await;
    let mut greedy = Watcher::connect(&server).await;
    let mut modest = Watcher::connect(&server).await;
    let mut watched = modest.subscribe_page(1).await;
    greedy.send_frame(ping_of(MAX_FRAME_BYTES + 1)).await;
    if let Some(frame) = greedy.next_frame().await {
        let answer: Value = serde_json::from_str(&frame).unwrap();
        assert_eq!(answer["error"]["code"], "command_too_large");
    }
    submit(&server, "p2", 5000).await;
    watched.apply(modest.event().await);
    expect_usable(&mut Watcher::connect(&server).await).await;
}

#[tokio::test]
async fn subscriptions_per_connection_are_limited() {
    let server = TestServer::with_players(3).await;
    let mut watcher = Watcher::connect(&server).await;
    let most = u64::try_from(MAX_SUBSCRIPTIONS).unwrap();
    let mut first = watcher.subscribe_page(1).await;
    for page in 2..=most {
        watcher.subscribe_page(page).await;
    }
    let one_more = format!("page:points:all:{}", most + 1);
    let one_more = json!({ "subscribe": { "id": 5, "channel": one_more } });
    watcher.send(&one_more).await;
    assert_eq!(
        expect_refusal(&mut watcher, "too_many_subscriptions").await,
        Some(5)
    );
    // Existing subscriptions continue, and may be requested again.
    assert_eq!(watcher.subscribe_page(1).await, first);
    submit(&server, "p2", 5000).await;
    first.apply(watcher.event().await);
    // An unsubscribe makes room for another page.
    watcher
        .send(&json!({ "unsubscribe": { "id": 6, "channel": "page:points:all:2" } }))
        .await;
    let left = Event::Unsubscribed {
        id: Some(6),
        channel: "page:points:all:2".to_owned().try_into().unwrap(),
        code: None,
    };
    assert_eq!(watcher.event().await, left);
    watcher.subscribe_page(most + 1).await;
}

#[tokio::test]
async fn foreign_origin_may_not_connect() {
    let server = TestServer::with_players(3).await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
        let refused = Watcher::connect_from(&server, Some(origin)).await.err();
        assert_eq!(refused, Some(403), "{origin}");
    }
    let own = server.url.clone();
    let mut watcher = Watcher::connect_from(&server, Some(&own)).await.unwrap();
    expect_usable(&mut watcher).await;
}
