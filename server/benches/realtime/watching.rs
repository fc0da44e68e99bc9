//! Watchers of pages, and what they see.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::SinkExt;
use futures::stream::{self, StreamExt};
use leaderport::page::Edit;
use leaderport::protocol::{Change, Event, Format, State};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Board;

/// Connections that are made at a time.
const AT_ONCE: usize = 32;

/// What watchers saw since it was last forgotten.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) bytes: u64,
    /// From acknowledgements to the frames that show them.
    pub(crate) freshness: Vec<Duration>,
}

/// Watchers, a page each.
pub(crate) struct Watchers {
    seen: Arc<Mutex<Seen>>,
    page_bytes: Arc<AtomicU64>,
    pages: usize,
    _tasks: JoinSet<()>,
}

impl Watchers {
    pub(crate) async fn gather(address: &str, pages: &[u64], board: Arc<Board>) -> Self {
        let (seen, page_bytes) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicU64>::default());
        let mut tasks = JoinSet::new();
        let opened = stream::iter(pages).map(|page| watch(address, *page, None));
        let mut opened = opened.buffer_unordered(AT_ONCE);
        while let Some(mut socket) = opened.next().await {
            // The page comes before anything is measured.
            while let Some(Ok(message)) = socket.next().await {
                let Message::Binary(bytes) = message else {
                    continue;
                };
                let event = Format::Binary.read_event(&bytes).expect("an event");
                if matches!(&event, Event::State { .. }) {
                    let json = Format::Json.write_event(&event).len() as u64;
                    page_bytes.fetch_add(json, Ordering::Relaxed);
                    break;
                }
            }
            tasks.spawn(follow(socket, seen.clone(), board.clone()));
        }
        Self {
            seen,
            page_bytes,
            pages: pages.len(),
            _tasks: tasks,
        }
    }

    /// A whole page as JSON, on average.
    #[expect(clippy::cast_precision_loss, reason = "bytes are fewer than 2^52")]
    pub(crate) fn page_bytes(&self) -> f64 {
        self.page_bytes.load(Ordering::Relaxed) as f64 / self.pages as f64
    }

    pub(crate) fn forget(&self) {
        *self.seen.lock().expect("nobody panics here") = Seen::default();
    }

    pub(crate) fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().expect("nobody panics here"))
    }
}

type Socket = WebSocketStream<TcpStream>;

/// A socket that watches a page; with a small buffer if it is to take nothing.
async fn watch(address: &str, page: u64, buffer: Option<u32>) -> Socket {
    let socket = TcpSocket::new_v4().expect("a socket");
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer).expect("a size");
    }
    let to = address.parse().expect("an address");
    let stream = socket.connect(to).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket can be set up");
    let mut request = format!("ws://{address}/ws")
        .into_client_request()
        .expect("a URL");
    let protocol = Format::Binary.subprotocol().parse().expect("a name");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = client_async(request, stream).await.expect("it is taken");
    let command = leaderport::protocol::Command::Subscribe {
        id: 1,
        channel: format!("page:live:all:{page}"),
        since: None,
        show: None,
    };
    let frame = Message::binary(Format::Binary.write_command(&command));
    socket.send(frame).await.expect("it is open");
    socket
}

async fn follow(mut socket: Socket, seen: Arc<Mutex<Seen>>, board: Arc<Board>) {
    // Rows that came before their acknowledgement.
    let mut early: HashMap<(String, i64), Instant> = HashMap::new();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else {
            continue;
        };
        let now = Instant::now();
        let event = Format::Binary.read_event(&bytes).expect("an event");
        let rows: Vec<(String, i64)> = match event {
            Event::Change {
                change: Change::Page(delta),
                ..
            } => {
                let rows = delta.edits.into_iter().filter_map(|edit| match edit {
                    Edit::Row(row) => Some((row.player.to_string(), row.score.get())),
                    Edit::Copy(..) => None,
                });
                rows.collect()
            }
            Event::State {
                state: State::Page(_),
                ..
            } => Vec::new(),
            other => panic!("{other:?} was not asked for"),
        };
        let mut acknowledged = board.acknowledged.lock().expect("nobody panics here");
        let mut all = seen.lock().expect("nobody panics here");
        all.bytes += bytes.len() as u64;
        early.retain(|row, _| {
            let is_known = acknowledged.remove(row).is_some();
            if is_known {
                // It was shown before it was acknowledged.
                all.freshness.push(Duration::ZERO);
            }
            !is_known
        });
        for row in rows {
            match acknowledged.remove(&row) {
                Some(at) => all.freshness.push(now.saturating_duration_since(at)),
                None => drop(early.insert(row, now)),
            }
        }
        if early.len() > 1000 {
            // Rows that came by others' moves are never acknowledged.
            early.clear();
        }
    }
}

/// Watchers who take nothing: they go when this is dropped.
pub(crate) struct Stalled {
    _sockets: Vec<Socket>,
}

impl Stalled {
    pub(crate) async fn gather(address: &str, pages: &[u64], count: usize) -> Self {
        let pages = pages.iter().cycle().take(count);
        let opened = stream::iter(pages).map(|page| watch(address, *page, Some(4096)));
        Self {
            _sockets: opened.buffer_unordered(AT_ONCE).collect().await,
        }
    }
}
