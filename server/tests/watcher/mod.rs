//! A WebSocket client, and the page that its frames describe.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use leaderport::protocol::{Change, Event, State};
use leaderport::{Page, PageNumber, Position, Row};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{TestServer, points};

const TIMEOUT: Duration = Duration::from_secs(10);

/// A WebSocket connection.
pub(crate) struct Watcher(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// A watched page, after the frames received so far.
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

    /// Connects from a page of `origin`. Returns the status if the server refuses.
    pub(crate) async fn connect_from(
        server: &TestServer,
        origin: Option<&str>,
    ) -> Result<Self, u16> {
        let headers: Vec<_> = origin
            .into_iter()
            .map(|origin| ("origin", origin))
            .collect();
        Self::connect_with(server, &headers).await
    }

    /// Connects with more headers. Returns the status if the server refuses.
    pub(crate) async fn connect_with(
        server: &TestServer,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let address = format!("{}/ws", server.url.replacen("http://", "ws://", 1));
        let mut request = address.into_client_request().expect("an address");
        for (name, value) in headers {
            let value = value.parse().expect("a header's value");
            request.headers_mut().insert(*name, value);
        }
        match timeout(TIMEOUT, connect_async(request))
            .await
            .expect("the server answers")
        {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            // The client library refuses an answer without the requested subprotocol.
            Err(other) => panic!("the handshake failed: {other}"),
        }
    }

    /// Connects with small buffers, so that a client that reads nothing soon blocks the server.
    pub(crate) async fn connect_with_small_buffers(server: &TestServer) -> Self {
        let stream = MaybeTlsStream::Plain(connect_with_small_buffer(server).await);
        let url = format!("{}/ws", server.url.replacen("http://", "ws://", 1));
        let upgraded = tokio_tungstenite::client_async(url, stream).await;
        Self(upgraded.expect("the upgrade is accepted").0)
    }

    /// The code with which the server closes the connection. Earlier frames are read and dropped.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            let next = timeout(TIMEOUT, self.0.next())
                .await
                .expect("the connection ends");
            match next {
                Some(Ok(Message::Close(frame))) => return frame.map(|f| f.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The next event, or the code with which the server closes the connection.
    pub(crate) async fn next_event_or_end(&mut self) -> Result<Event, Option<u16>> {
        loop {
            let next = timeout(TIMEOUT, self.0.next())
                .await
                .expect("an event arrives");
            match next {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("an event"));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next binary frame.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        loop {
            let next = timeout(TIMEOUT, self.0.next())
                .await
                .expect("a frame arrives");
            match next
                .expect("the connection is open")
                .expect("the connection is open")
            {
                Message::Binary(bytes) => return bytes.to_vec(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a binary frame, got {other:?}"),
            }
        }
    }

    /// Connects to an address. None when no server accepts the connection.
    pub(crate) async fn try_connect(url: &str) -> Option<Self> {
        let address = format!("{}/ws", url.replacen("http://", "ws://", 1));
        let connected = timeout(TIMEOUT, connect_async(address)).await.ok()?;
        connected.ok().map(|(socket, _)| Self(socket))
    }

    /// Sends a command. None when the connection is broken.
    pub(crate) async fn try_send(&mut self, command: &Value) -> Option<()> {
        let frame = Message::text(command.to_string());
        self.0.send(frame).await.ok()
    }

    /// Sends a frame. None when the connection is broken.
    pub(crate) async fn try_send_frame(&mut self, frame: Message) -> Option<()> {
        self.0.send(frame).await.ok()
    }

    /// The next text frame, without a time limit. None when the connection ends.
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
        timeout(TIMEOUT, self.0.send(frame))
            .await
            .expect("the frame is sent in time")
            .expect("the connection is open");
    }

    /// The next text frame. None when the server closes the connection.
    pub(crate) async fn next_frame(&mut self) -> Option<String> {
        loop {
            match timeout(TIMEOUT, self.0.next())
                .await
                .expect("a frame arrives within 10 s")?
            {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(other) => panic!("expected a text frame, got {other:?}"),
            }
        }
    }

    /// The next text frame, which must arrive.
    pub(crate) async fn frame(&mut self) -> String {
        self.next_frame().await.expect("the connection is open")
    }

    pub(crate) async fn event(&mut self) -> Event {
        let frame = self.frame().await;
        serde_json::from_str(&frame).unwrap_or_else(|error| panic!("{error} in {frame}"))
    }

    /// Subscribes to a channel, and returns the answer.
    pub(crate) async fn ask(&mut self, channel: &str, since: Option<Position>) -> Event {
        let subscribe = json!({ "id": 7, "channel": channel, "since": since });
        self.send(&json!({ "subscribe": subscribe })).await;
        self.event().await
    }

    /// Subscribes to a page, which must arrive whole.
    pub(crate) async fn subscribe(&mut self, channel: &str) -> Watched {
        let Event::Subscribed {
            id: 7,
            channel,
            recovered: false,
        } = self.ask(channel, None).await
        else {
            panic!("expected to be subscribed to {channel}");
        };
        match self.event().await {
            Event::State {
                channel: of,
                position,
                state: State::Page(page),
            } if of == channel => Watched {
                channel: channel.to_string(),
                page,
                position,
            },
            other => panic!("expected the page, got {other:?}"),
        }
    }

    /// Subscribes to a page of the points board.
    pub(crate) async fn subscribe_page(&mut self, page: u64) -> Watched {
        self.subscribe(&format!("page:points:all_time:{page}"))
            .await
    }

    /// Sends a ping, whose pong must be the next event.
    pub(crate) async fn expect_nothing_but_a_pong(&mut self) {
        self.send(&json!({ "ping": { "id": 4_000_000_000_u32 } }))
            .await;
        assert_eq!(self.event().await, Event::Pong { id: 4_000_000_000 });
    }
}

/// A connection with a small receive buffer.
pub(crate) async fn connect_with_small_buffer(server: &TestServer) -> TcpStream {
    let address = server.url.replacen("http://", "", 1);
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a size");
    let address = address.parse().expect("an address");
    socket.connect(address).await.expect("the server listens")
}

impl Watched {
    /// Applies an event, which must be the whole page or a delta for this position.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::Change {
                channel,
                from,
                position,
                change: Change::Page(delta),
            } if channel.to_string() == self.channel => {
                assert!(
                    (from.0..=from.1).contains(&self.position.offset),
                    "the delta covers this position"
                );
                assert_eq!(position.epoch, self.position.epoch);
                let page = self.page.apply(&delta);
                self.page = page.expect("the delta fits the previous page");
                self.position = position;
            }
            Event::State {
                channel,
                position,
                state: State::Page(page),
            } if channel.to_string() == self.channel => {
                self.page = page;
                self.position = position;
            }
            other => panic!("expected a change of {}, got {other:?}", self.channel),
        }
    }

    /// Applies events until the page is as wanted. Returns the number of events.
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

/// Submits a score to the points board.
pub(crate) async fn submit(server: &TestServer, player: &str, value: i64) {
    let one = json!({ "player": player, "value": value });
    server
        .post("/api/v1/boards/points/submissions", &one)
        .await
        .expect(200);
}

/// A page of the points board, read over REST.
pub(crate) async fn read_page(server: &TestServer, page: u64) -> (Page, Position) {
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

/// Defines the points board with the policy `latest` and a tick of 20 ms. Each [`shuffle`] then
/// changes its first page, up to fifty times a second.
pub(crate) async fn make_restless(server: &TestServer) {
    let mut draft = points();
    draft["policy"] = json!("latest");
    draft["tick_millis"] = json!(20);
    let path = "/api/v1/boards/points";
    server.put(path, &draft).await.expect(201);
    shuffle(server, 0).await;
}

/// Gives each of the first fifty players another place. Returns the newest position.
pub(crate) async fn shuffle(server: &TestServer, round: i64) -> Position {
    let value = |n: i64| (n * 7919 + round * 31) % 1000;
    let one = |n: i64| json!({ "player": format!("p{n}"), "value": value(n) });
    submit_all(server, (0..50).map(one).collect()).await
}

/// Submits scores to the points board. Returns the newest position.
pub(crate) async fn submit_all(server: &TestServer, batch: Vec<Value>) -> Position {
    let path = "/api/v1/boards/points/submissions/batch";
    let answer = server.post(path, &json!(batch)).await.expect(200);
    let outcomes = answer["outcomes"].as_array().expect("outcomes").iter();
    let positions = outcomes.map(|outcome| {
        let position = &outcome["standings"][0]["position"];
        serde_json::from_value::<Position>(position.clone()).expect("the submission was applied")
    });
    let newest = positions.max_by_key(|position| position.offset);
    newest.expect("the batch is not empty")
}

/// A page of the points board, read over REST at this position or later. While Redis is slow, a
/// node may serve an older copy.
pub(crate) async fn read_page_since(server: &TestServer, page: u64, since: Position) -> Page {
    let newest = async {
        loop {
            let (page, position) = read_page(server, page).await;
            if position.epoch != since.epoch || position.offset >= since.offset {
                return page;
            }
        }
    };
    timeout(TIMEOUT, newest)
        .await
        .expect("the position arrives")
}

/// A value of `/metrics`, by its name with its labels. 0 until it is counted.
pub(crate) async fn metric(server: &TestServer, name: &str) -> u64 {
    let metrics = server.get("/metrics").await.text;
    let values = metrics.lines().filter_map(|line| line.rsplit_once(' '));
    let mut found = values.filter(|(of, _)| *of == name);
    found
        .next()
        .map_or(0, |(_, n)| n.parse().expect("a number"))
}
