//! Floods of anonymous requests. Each is a closed loop of clients without a pause between requests,
//! and counts refusals as answers.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use leaderport::protocol::{Command, Event, Format};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::BOARD;
use crate::load::{Load, closed_loop};
use crate::measure::player;
use crate::serving::Client;

/// The connections that one client of [`Kind::SlowHeaders`] holds at once.
const SLOW_CONNECTIONS: usize = 16;

/// How many pages one WebSocket reads before it is replaced.
const PAGES_OF_A_SOCKET: u64 = 20;

/// How many times a guest changes their name before the next guest does.
const RENAMES_OF_A_GUEST: u64 = 8;

/// A flood of one kind, from one address or from one address a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flood {
    kind: Kind,
    /// Whether all clients have one address, whose quotas they soon exceed.
    is_one_address: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    PastSeasons,
    UnknownPlayers,
    Rows,
    Searches,
    Pictures,
    Renames,
    Subscriptions,
    SlowHeaders,
}

/// The settings of a flood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Players on the board.
    pub(crate) members: u32,
    /// Concurrent clients.
    pub(crate) clients: u64,
    pub(crate) span: Duration,
    pub(crate) round: u64,
}

impl Flood {
    /// Every flood.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let kinds = [
            Kind::PastSeasons,
            Kind::UnknownPlayers,
            Kind::Rows,
            Kind::Searches,
            Kind::Pictures,
            Kind::Renames,
            Kind::Subscriptions,
            Kind::SlowHeaders,
        ];
        kinds.into_iter().flat_map(|kind| {
            [false, true].map(|is_one_address| Self {
                kind,
                is_one_address,
            })
        })
    }

    pub(crate) fn name(self) -> String {
        let kind = match self.kind {
            Kind::PastSeasons => "past seasons",
            Kind::UnknownPlayers => "unknown players",
            Kind::Rows => "200 rows anywhere",
            Kind::Searches => "searches",
            Kind::Pictures => "pictures",
            Kind::Renames => "renames of guests",
            Kind::Subscriptions => "subscriptions to pages",
            Kind::SlowHeaders => "slow headers",
        };
        let from = if self.is_one_address {
            "one address"
        } else {
            "many addresses"
        };
        format!("{kind}, {from}")
    }

    /// Runs the flood on a runtime of its own.
    pub(crate) fn run(self, client: Client, size: Size) -> Load {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let client = Arc::new(client);
        let request = move |draw: u64| {
            let client = client.clone();
            async move { self.request(&client, draw, size).await }
        };
        runtime.block_on(closed_loop(size.clients, size.span, size.round, request))
    }

    async fn request(self, client: &Client, draw: u64, size: Size) {
        let from = if self.is_one_address {
            "10.0.0.1".to_owned()
        } else {
            format!("10.1.0.{}", draw % size.clients)
        };
        match self.kind {
            Kind::Renames => rename(client, draw, &from).await,
            Kind::Subscriptions => subscribe(client.address(), draw, &from, size.members).await,
            Kind::SlowHeaders => hold_connections(client.address(), size.span).await,
            reading => {
                let path = reading.path(draw, size.members);
                client.status(&path, &from).await;
            }
        }
    }
}

impl Kind {
    /// The address of a read.
    fn path(self, draw: u64, members: u32) -> String {
        let member = u32::try_from(draw % u64::from(members)).expect("a member");
        match self {
            Self::PastSeasons => {
                let (year, month, day) =
                    (1950 + draw % 70, 1 + draw / 70 % 12, 1 + draw / 840 % 28);
                format!("{BOARD}/standings?season={year}-{month:02}-{day:02}")
            }
            Self::UnknownPlayers => format!("{BOARD}/standings/unknown-{draw:x}"),
            Self::Rows => format!("{BOARD}/standings?season=all&offset={member}&limit=200"),
            // Two characters of an id or a name match the most players.
            Self::Searches => {
                let name = player(member);
                let length = usize::try_from(2 + member % 4).expect("a small number");
                format!("{BOARD}/players?season=all&name={}", &name[..length])
            }
            Self::Pictures => format!("{BOARD}/picture.png"),
            Self::Renames | Self::Subscriptions | Self::SlowHeaders => {
                unreachable!("{self:?} is no read")
            }
        }
    }
}

/// Makes a guest, who then changes their name several times.
async fn rename(client: &Client, draw: u64, from: &str) {
    let score = format!("slug=bench&name=Guest&score=1&id=&value={}", draw % 1000);
    let cookie = client.form("/_fn/submit", &score, from, "").await.cookie();
    let Some(cookie) = cookie else {
        // The address has used up its quota of new guests.
        return;
    };
    for n in 0..RENAMES_OF_A_GUEST {
        let name = format!("name=Guest+{draw:x}+{n}");
        client.form("/_fn/rename", &name, from, &cookie).await;
    }
}

/// Opens a WebSocket, and reads pages by subscribing to one after the other.
async fn subscribe(address: &str, draw: u64, from: &str, members: u32) {
    let Some(mut socket) = open(address, from).await else {
        return;
    };
    for n in 0..PAGES_OF_A_SOCKET {
        let page = 1 + (draw >> n) % u64::from(members / 50);
        let id = u32::try_from(n).expect("a small number");
        let channel = format!("page:bench:all:{page}");
        let command = Command::Subscribe {
            id,
            channel: channel.clone(),
            since: None,
            show: false,
        };
        if !exchange(&mut socket, &command).await {
            return;
        }
        let command = Command::Unsubscribe { id, channel };
        if !exchange(&mut socket, &command).await {
            return;
        }
    }
}

type Socket = WebSocketStream<TcpStream>;

/// A WebSocket, or none if the server refuses it.
async fn open(address: &str, from: &str) -> Option<Socket> {
    let stream = TcpStream::connect(address).await.ok()?;
    let mut request = format!("ws://{address}/ws").into_client_request().ok()?;
    let headers = request.headers_mut();
    let protocol = Format::Binary.subprotocol().parse().expect("a name");
    headers.insert("sec-websocket-protocol", protocol);
    headers.insert("x-forwarded-for", from.parse().expect("an address"));
    let (socket, _) = client_async(request, stream).await.ok()?;
    Some(socket)
}

/// Sends a command and waits for its effect. Returns whether the socket is still open.
async fn exchange(socket: &mut Socket, command: &Command) -> bool {
    let frame = Message::binary(Format::Binary.write_command(command));
    if socket.send(frame).await.is_err() {
        return false;
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else {
            continue;
        };
        let event = Format::Binary.read_event(&bytes).expect("an event");
        if matches!(
            event,
            Event::State { .. } | Event::Unsubscribed { .. } | Event::Error { .. }
        ) {
            return true;
        }
    }
    false
}

/// Begins requests on several connections and never ends their headers.
async fn hold_connections(address: &str, span: Duration) {
    let mut connections = Vec::new();
    for _ in 0..SLOW_CONNECTIONS {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            continue;
        };
        let sent = stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n").await;
        if sent.is_ok() {
            connections.push(stream);
        }
    }
    // The server closes each after its time for headers, or all stay open to the end of the round.
    let all_closed = futures::future::join_all(connections.iter_mut().map(|stream| async {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await
    }));
    let _ = tokio::time::timeout(span, all_closed).await;
}
