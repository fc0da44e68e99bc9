//! Limits of connections, and how connections end.

use std::time::Duration;

use futures::future::join_all;
use leaderport::protocol::{CloseCode, Event};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{TestServer, points};
use crate::watcher::{
    Watched, Watcher, connect_with_small_buffer, make_restless, metric, read_page_since, shuffle,
    submit,
};

#[tokio::test]
async fn command_flood_is_refused_and_then_closed() {
    let server = TestServer::start_over(&["--command-rate", "5"]);
    let mut watcher = Watcher::connect(&server).await;
    for id in 0..200 {
        // The connection may end before the last ping.
        let _ = watcher.try_send(&json!({ "ping": { "id": id } })).await;
    }
    let (mut answered, mut refused) = (0, 0);
    let ended = loop {
        match watcher.next_event_or_end().await {
            Ok(Event::Pong { .. }) => answered += 1,
            Ok(Event::Error { id, code, .. }) => {
                assert_eq!(
                    (code.as_str(), id),
                    ("too_many_requests", Some(answered + refused))
                );
                refused += 1;
            }
            Ok(other) => panic!("unexpected {other:?}"),
            Err(code) => break code,
        }
    };
    assert_eq!(ended, Some(CloseCode::TooManyCommands.code()));
    assert_eq!(refused, 100);
    assert!(answered >= 10, "{answered} were answered");
    // Frames that are not commands count too.
    let mut noisy = Watcher::connect(&server).await;
    for _ in 0..200 {
        let _ = noisy.try_send_frame(Message::binary(vec![0; 10])).await;
    }
    assert_eq!(
        noisy.close_code().await,
        Some(CloseCode::TooManyCommands.code())
    );
}

#[tokio::test]
async fn subscriptions_that_read_share_the_quota_of_their_address() {
    let server = TestServer::start_over(&["--limit-reads", "3/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let mut one = Watcher::connect(&server).await;
    let mut other = Watcher::connect(&server).await;
    one.subscribe_page(1).await;
    one.subscribe_page(2).await;
    other.subscribe_page(1).await;
    for watcher in [&mut one, &mut other] {
        for channel in [
            "page:points:all:3",
            "page:points:all_time:1",
            "feed:points:all",
            "page:points:all:1",
            "presence:points",
        ] {
            let Event::Error { id, code, message } = watcher.ask(channel, None).await else {
                panic!("expected a refusal of {channel}");
            };
            assert_eq!((id, code.as_str()), (Some(7), "too_many_requests"));
            assert!(message.contains("try again in "), "{message}");
        }
        let token = json!({ "authenticate": { "id": 8, "token": "a.b.c" } });
        watcher.send(&token).await;
        let Event::Error { id, code, .. } = watcher.event().await else {
            panic!("expected a refusal of the token");
        };
        assert_eq!((id, code.as_str()), (Some(8), "too_many_requests"));
        // The earlier subscriptions stay, and channels that ask no engine are free.
        let board = watcher.ask("board:points", None).await;
        assert!(matches!(board, Event::Subscribed { .. }), "{board:?}");
    }
    submit(&server, "ann", 5).await;
    let change = async |watcher: &mut Watcher| loop {
        if let Event::Change { channel, .. } = watcher.event().await {
            return channel.to_string();
        }
    };
    assert_eq!(change(&mut other).await, "page:points:all:1");
}

#[tokio::test]
async fn streams_count_as_reads_of_their_channels() {
    let server = TestServer::start_over(&["--limit-reads", "9/h", "--limit-address", "2/h"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let read = async |query: &str| {
        let path = format!("/api/v1/boards/points/events{query}");
        server.get(&path).await
    };
    // Four pages, one answer: four reads.
    let pages = "?once=true&channels=page:all:1,page:all:2,page:all:3,page:all:4,board";
    assert_eq!(read(pages).await.status, 200);
    assert_eq!(read(pages).await.status, 200);
    let refused = read(pages).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    let policy = refused.header("ratelimit-policy");
    assert!(policy.starts_with("\"read\""), "{policy}");
    let start = "00000000000000ff.0";
    let missed = format!("/missed?channel=page:all:1&since={start}");
    assert_eq!(read(&missed).await.status, 200);
    assert_eq!(read(&missed).await.status, 429);
    let stream = read("?channels=page:all:1").await;
    assert_eq!(stream.status, 429, "{stream:?}");
    // Channels that read no rows are free.
    assert_eq!(read("?once=true&channels=board").await.status, 200);
    // The quota of writes is untouched.
    for _ in 0..2 {
        let form = [("slug", "points"), ("name", "Ann"), ("score", "5")];
        server.form("submit", None, &form).await.expect_form();
    }
}

#[tokio::test]
async fn sockets_with_cookies_are_counted_before_their_session_is_looked_up() {
    let server = TestServer::start_over(&["--limit-reads", "2/h"]);
    let forged = format!("leaderport_session={}", "0".repeat(64));
    let connect = async || {
        let headers = [("cookie", forged.as_str())];
        Watcher::connect_with(&server, &headers).await.err()
    };
    assert_eq!(connect().await, None);
    assert_eq!(connect().await, None);
    assert_eq!(connect().await, Some(429));
    // Without cookies there is nothing to look up.
    Watcher::connect(&server).await;
}

#[tokio::test]
async fn silent_client_is_pinged_and_closed() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    // This client reads nothing, so it answers no ping.
    let silent = Watcher::connect(&server).await;
    let mut answers = Watcher::connect(&server).await;
    let ended = async || metric(&server, "leaderport_closes_total{why=\"silent\"}").await == 1;
    let answering = tokio::spawn(async move { answers.close_code().await });
    while !ended().await {
        tokio::task::yield_now().await;
    }
    drop(silent);
    assert!(
        !answering.is_finished(),
        "a client that answers pings stays connected"
    );
}

#[tokio::test]
async fn connections_per_address_are_limited() {
    let server = TestServer::start_over(&["--max-per-address", "3"]);
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(Watcher::connect(&server).await);
    }
    assert_eq!(Watcher::connect_with(&server, &[]).await.err(), Some(503));
    let stream = server
        .get("/api/v1/boards/points/events?channels=board")
        .await;
    assert_eq!(stream.status, 503);
    open.pop();
    // The slot is free once the server notices the closed connection.
    let again = async {
        while Watcher::connect_with(&server, &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let again = timeout(Duration::from_secs(10), again).await;
    again.expect("the slot is free again");
}

#[tokio::test]
async fn stopping_server_closes_connections_with_the_restart_code() {
    let mut server = TestServer::with_players(3).await;
    let mut watchers = join_all((0..20).map(|_| Watcher::connect(&server))).await;
    for watcher in &mut watchers {
        watcher.subscribe_page(1).await;
    }
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    let codes = join_all(watchers.iter_mut().map(Watcher::close_code)).await;
    assert_eq!(codes, [Some(CloseCode::Restart.code()); 20]);
    assert!(stopping.await.unwrap().success());
}

/// Shuffles the page until the server closes a connection that reads nothing.
async fn shuffle_until_a_stalled_connection_closes(
    server: &TestServer,
    watcher: &mut Watcher,
    seen: &mut Watched,
) {
    let mut round = 0;
    while metric(server, "leaderport_closes_total{why=\"slow\"}").await == 0 {
        round += 1;
        let shuffled = shuffle(server, round).await;
        let page = read_page_since(server, 1, shuffled).await;
        seen.follow(watcher, |seen| seen.page == page).await;
        assert!(round < 20_000, "the stalled connection is never closed");
    }
}

#[tokio::test]
async fn stalled_socket_is_closed_without_delaying_others() {
    let server = TestServer::start_over(&["--slow-seconds", "1"]);
    make_restless(&server).await;
    let mut stalled = Watcher::connect_with_small_buffers(&server).await;
    stalled.subscribe_page(1).await;
    let mut lively = Watcher::connect(&server).await;
    let mut watched = lively.subscribe_page(1).await;
    shuffle_until_a_stalled_connection_closes(&server, &mut lively, &mut watched).await;
    // The client reads what was sent before the server closed the connection.
    while stalled.next_frame().await.is_some() {}
}

#[tokio::test]
async fn unread_poll_loses_its_connection() {
    let server = TestServer::start_over(&["--slow-seconds", "1", "--max-connections", "1"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let one = |n: i64| json!({ "player": format!("p{n}"), "name": format!("Player number {n} of many"), "value": n });
    for batch in [0..1000, 1000..2000, 2000..2400] {
        let batch: Vec<_> = batch.map(one).collect();
        let path = "/api/v1/boards/points/submissions/batch";
        server.post(path, &json!(batch)).await.expect(200);
    }
    // The answer is larger than all buffers between server and client.
    let pages: Vec<String> = (1..=48).map(|n| format!("page:all:{n}")).collect();
    let path = format!(
        "/api/v1/boards/points/events?once=true&channels={}",
        pages.join(",")
    );
    let mut stalled = connect_with_small_buffer(&server).await;
    let request = format!("GET {path} HTTP/1.1\r\nhost: leaderport\r\n\r\n");
    stalled.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 15];
    stalled.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    assert_eq!(Watcher::connect_with(&server, &[]).await.err(), Some(503));
    let freed = async {
        while Watcher::connect_with(&server, &[]).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let freed = timeout(Duration::from_secs(10), freed).await;
    freed.expect("the connection of the poll is closed");
}

#[tokio::test]
async fn stalled_stream_is_closed_without_delaying_others() {
    let server = TestServer::start_over(&["--slow-seconds", "1"]);
    make_restless(&server).await;
    let mut stalled = connect_with_small_buffer(&server).await;
    let request = "GET /api/v1/boards/points/events?channels=page:all:1 HTTP/1.1\r\n\
                   host: leaderport\r\nconnection: close\r\n\r\n";
    stalled.write_all(request.as_bytes()).await.unwrap();
    let mut lively = Watcher::connect(&server).await;
    let mut watched = lively.subscribe_page(1).await;
    shuffle_until_a_stalled_connection_closes(&server, &mut lively, &mut watched).await;
    assert_eq!(metric(&server, "leaderport_streams").await, 0);
    assert_eq!(metric(&server, "leaderport_blocked").await, 0);
    // The bytes already sent are the start of the stream, and then the stream ends.
    let mut read = Vec::new();
    let ended = timeout(Duration::from_secs(10), stalled.read_to_end(&mut read));
    ended
        .await
        .expect("the stream ends in time")
        .expect("the stream ends without an error");
    assert!(read.starts_with(b"HTTP/1.1 200 OK"));
}
