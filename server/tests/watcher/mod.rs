//! A client of the WebSocket, and the page as it knows it.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use leaderport::protocol::Event;
use leaderport::{Page, PageNumber, Position, Row};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::TestServer;

const PATIENCE: Duration = Duration::from_secs(10);

/// A connection.
pub(crate) struct Watcher(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// A page that is watched, as the frames so far made it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Watched {
    pub(crate) channel: String,
    pub(crate) page: Page,
    pub(crate) position: Position,
}

impl Watcher {
    pub(crate) async fn connect(server: &TestServer) -> Self {
        Self::connect_from(server, None)
            .await
            .expect("the upgrade is accepted")
    }

    /// Connects as a page of `origin` does; else gives the status of the refusal.
    pub(crate) async fn connect_from(
        server: &TestServer,
        origin: Option<&str>,
    ) -> Result<Self, u16> {
        let address = format!("{}/ws", server.url.replacen("http://", "ws://", 1));
        let mut request = address.into_client_request().expect("an address");
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().expect("a header's value"));
        }
        match timeout(PATIENCE, connect_async(request))
            .await
            .expect("the server answers")
        {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("the server does not speak: {other}"),
        }
    }

    /// Connects to an address; none when nobody is there.
    pub(crate) async fn try_connect(url: &str) -> Option<Self> {
        let address = format!("{}/ws", url.replacen("http://", "ws://", 1));
        let connected = timeout(PATIENCE, connect_async(address)).await.ok()?;
        connected.ok().map(|(socket, _)| Self(socket))
    }

    /// Sends a command; none when the connection is broken.
    pub(crate) async fn try_send(&mut self, command: &Value) -> Option<()> {
        let frame = Message::text(command.to_string());
        self.0.send(frame).await.ok()
    }

    /// The next text frame, however long it takes; none when the connection ends.
    pub(crate) async fn any_frame(&mut self) -> Option<String> {
        loop {
            if let Message::Text(text) = self.0.next().await?.ok()? {
                return Some(text.to_string());
            }
        }
    }

    pub(crate) async fn send(&mut self, command: &Value) {
        self.send_frame(Message::text(command.to_string())).await;
    }

    pub(crate) async fn send_frame(&mut self, frame: Message) {
        timeout(PATIENCE, self.0.send(frame))
            .await
            .expect("it is taken")
            .expect("it is open");
    }

    /// The next text frame; none when the server closes.
    pub(crate) async fn next_frame(&mut self) -> Option<String> {
        loop {
            match timeout(PATIENCE, self.0.next())
                .await
                .expect("a frame comes within 10 s")?
            {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(other) => panic!("the server speaks text, not {other:?}"),
            }
        }
    }

    /// The next frame, which must come.
    pub(crate) async fn frame(&mut self) -> String {
        self.next_frame().await.expect("the connection is open")
    }

    pub(crate) async fn event(&mut self) -> Event {
        let frame = self.frame().await;
        serde_json::from_str(&frame).unwrap_or_else(|error| panic!("{error} in {frame}"))
    }

    /// Subscribes with a command's members; the snapshot is the next event.
    pub(crate) async fn subscribe(&mut self, members: &Value) -> Watched {
        let mut command = json!({ "type": "subscribe", "id": 7 });
        for (member, value) in members.as_object().expect("members") {
            command[member] = value.clone();
        }
        self.send(&command).await;
        match self.event().await {
            Event::Subscribed {
                id: 7,
                channel,
                position,
                page,
                ..
            } => Watched {
                channel,
                page,
                position,
            },
            other => panic!("expected the snapshot, got {other:?}"),
        }
    }

    /// A page of the board of points.
    pub(crate) async fn subscribe_page(&mut self, page: u64) -> Watched {
        self.subscribe(&json!({ "board": "points", "page": page }))
            .await
    }

    /// Asks for a pong, which must be the next event.
    pub(crate) async fn expect_nothing_but_a_pong(&mut self) {
        self.send(&json!({ "type": "ping", "id": 4_000_000_000_u32 }))
            .await;
        assert_eq!(self.event().await, Event::Pong { id: 4_000_000_000 });
    }
}

impl Watched {
    /// Applies the event, which must be a delta of this page.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::Delta {
                channel,
                position,
                delta,
            } if channel == self.channel => {
                self.page = self
                    .page
                    .apply(&delta)
                    .expect("the delta fits the page before it");
                self.position = position;
            }
            other => panic!("expected a delta of {}, got {other:?}", self.channel),
        }
    }

    /// Applies events until this is as wanted; gives their number.
    pub(crate) async fn follow(
        &mut self,
        watcher: &mut Watcher,
        is_wanted: impl Fn(&Self) -> bool,
    ) -> u32 {
        let mut deltas = 0;
        while !is_wanted(self) {
            self.apply(watcher.event().await);
            deltas += 1;
        }
        deltas
    }
}

/// Submits a score to the board of points.
pub(crate) async fn submit(server: &TestServer, player: &str, value: i64) {
    let one = json!({ "player": player, "value": value });
    server
        .post("/api/v1/boards/points/submissions", &one)
        .await
        .expect(200);
}

/// A page of the board of points, as REST shows it.
pub(crate) async fn rest(server: &TestServer, page: u64) -> (Page, Position) {
    let number = PageNumber::new(page).expect("a page");
    let path = format!(
        "/api/v1/boards/points/standings?limit=50&offset={}",
        number.start()
    );
    let answer = server.get(&path).await.expect(200);
    let rows: Vec<Row> = serde_json::from_value(answer["rows"].clone()).expect("rows");
    let position = serde_json::from_value(answer["position"].clone()).expect("a position");
    (
        Page {
            number,
            total: answer["total"].as_u64().expect("a total"),
            rows,
        },
        position,
    )
}
