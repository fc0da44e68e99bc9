//! Wire formats, chosen by the WebSocket subprotocol.

use leaderport::live::Client;
use leaderport::protocol::{Channel, Event, Format, State};
use tokio_tungstenite::tungstenite::Message;

use crate::support::TestServer;
use crate::watcher::{Watcher, read_page, submit};

#[tokio::test]
async fn binary_format_carries_the_same_page_in_fewer_bytes() {
    let server = TestServer::with_players(60).await;
    let binary = Format::Binary.subprotocol();
    let headers = [("sec-websocket-protocol", binary)];
    let mut watcher = Watcher::connect_with(&server, &headers).await.unwrap();
    let mut client = Client::default();
    let channel = Channel::try_from("page:points:all:1".to_owned()).unwrap();
    client.watch(&channel, None);
    for command in client.opened() {
        let frame = Format::Binary.write_command(&command);
        watcher.send_frame(Message::binary(frame)).await;
    }
    submit(&server, "p9", 9000).await;
    let (expected, _) = read_page(&server, 1).await;
    let (mut bytes, mut as_json) = (0, 0);
    loop {
        let frame = watcher.bytes().await;
        let event = Format::Binary.read_event(&frame).unwrap();
        bytes += frame.len();
        as_json += Format::Json.write_event(&event).len();
        client.receive(event);
        if let Some((State::Page(page), _)) = client.state(&channel)
            && *page == expected
        {
            break;
        }
    }
    assert!(bytes * 2 < as_json, "{bytes} bytes, {as_json} as JSON");
    for bad in [&b"{\"ping\":{\"id\":1}}"[..], &[0xff; 30], &[3, 1, 1], &[]] {
        watcher.send_frame(Message::binary(bad.to_vec())).await;
        let event = Format::Binary.read_event(&watcher.bytes().await).unwrap();
        let Event::Error { code, .. } = event else {
            panic!("{bad:?} was answered by {event:?}");
        };
        assert_eq!(code, "malformed_command", "{bad:?}");
    }
    watcher.send_frame(Message::text("{}")).await;
    let event = Format::Binary.read_event(&watcher.bytes().await).unwrap();
    assert!(matches!(event, Event::Error { code, .. } if code == "unsupported_frame"));
}

#[tokio::test]
async fn unsupported_subprotocol_is_refused() {
    let server = TestServer::with_players(3).await;
    let asked = [("sec-websocket-protocol", "leaderport.v9.json")];
    assert_eq!(
        Watcher::connect_with(&server, &asked).await.err(),
        Some(400)
    );
    let asked = [("sec-websocket-protocol", Format::Json.subprotocol())];
    let mut watcher = Watcher::connect_with(&server, &asked).await.unwrap();
    watcher.expect_nothing_but_a_pong().await;
}
