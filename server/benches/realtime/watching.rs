//! Watchers of pages, and what they measure.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::SinkExt;
use futures::stream::{self, StreamExt};
use leaderport::protocol::{Change, Command, Event, Format, MAX_SUBSCRIPTIONS, State};
use leaderport::ranking::page::Edit;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Board;

/// How many connections are opened at a time.
const AT_ONCE: usize = 32;

/// A row that appears longer than this after its acknowledgement was moved into the page by another
/// player's score. Such rows are counted separately.
const BY_OTHERS: Duration = Duration::from_secs(2);

/// The measurements of all watchers since the last reset.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
    /// Scores that were shown later than [`BY_OTHERS`].
    pub(crate) late: u64,
    /// Delays from the acknowledgement of a score to the frame that shows it.
    pub(crate) freshness: Vec<Duration>,
}

/// Watchers of one page each.
pub(crate) struct Watchers {
    seen: Arc<Mutex<Seen>>,
    /// The total size of the first pages: as JSON, and in the binary format.
    page_bytes: [Arc<AtomicU64>; 2],
    pages: usize,
    _tasks: JoinSet<()>,
}

impl Watchers {
    pub(crate) async fn gather(address: &str, pages: &[u64], board: Arc<Board>) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let page_bytes: [Arc<AtomicU64>; 2] = Default::default();
        let mut tasks = JoinSet::new();
        let opened = stream::iter(pages).map(|page| watch(address, *page, None));
        let mut opened = opened.buffer_unordered(AT_ONCE);
        while let Some(mut socket) = opened.next().await {
            // The whole page arrives before the measurement begins.
            while let Some(Ok(message)) = socket.next().await {
                let Message::Binary(bytes) = message else {
                    continue;
                };
                let event = Format::Binary.read_event(&bytes).expect("an event");
                if matches!(&event, Event::State { .. }) {
                    let json = Format::Json.write_event(&event).len() as u64;
                    page_bytes[0].fetch_add(json, Ordering::Relaxed);
                    page_bytes[1].fetch_add(bytes.len() as u64, Ordering::Relaxed);
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

    /// The mean size of a whole page: as JSON, and in the binary format.
    #[expect(clippy::cast_precision_loss, reason = "bytes are fewer than 2^52")]
    pub(crate) fn page_bytes(&self) -> [f64; 2] {
        let mean =
            |bytes: &Arc<AtomicU64>| bytes.load(Ordering::Relaxed) as f64 / self.pages as f64;
        self.page_bytes.each_ref().map(mean)
    }

    pub(crate) fn reset(&self) {
        *self.seen.lock().expect("the lock is not poisoned") = Seen::default();
    }

    pub(crate) fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().expect("the lock is not poisoned"))
    }
}

type Socket = WebSocketStream<TcpStream>;

/// A socket that watches several pages, and has read nothing yet.
async fn crowd(address: &str, pages: Vec<u64>) -> Socket {
    let mut socket = watch(address, pages[0], Some(4096)).await;
    for (id, page) in (2..).zip(&pages[1..]) {
        let frame = Format::Binary.write_command(&subscribe(id, *page));
        socket
            .send(Message::binary(frame))
            .await
            .expect("the socket is open");
    }
    socket
}

fn subscribe(id: u32, page: u64) -> Command {
    Command::Subscribe {
        id,
        channel: format!("page:live:all:{page}"),
        since: None,
        show: false,
    }
}

/// A socket that watches a page, with a receive buffer of `buffer` bytes if given.
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
    let (mut socket, _) = client_async(request, stream)
        .await
        .expect("the server accepts the socket");
    let command = subscribe(1, page);
    let frame = Message::binary(Format::Binary.write_command(&command));
    socket.send(frame).await.expect("the socket is open");
    socket
}

async fn follow(mut socket: Socket, seen: Arc<Mutex<Seen>>, board: Arc<Board>) {
    // Rows that were shown before their acknowledgement.
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
            other => panic!("unexpected {other:?}"),
        };
        let mut acknowledged = board.acknowledged.lock().expect("the lock is not poisoned");
        let mut all = seen.lock().expect("the lock is not poisoned");
        all.bytes += bytes.len() as u64;
        all.frames += 1;
        early.retain(|row, _| {
            let is_known = acknowledged.remove(row).is_some();
            if is_known {
                // The score was shown before it was acknowledged.
                all.freshness.push(Duration::ZERO);
            }
            !is_known
        });
        for row in rows {
            match acknowledged.remove(&row) {
                Some(at) => {
                    let after = now.saturating_duration_since(at);
                    if after < BY_OTHERS {
                        all.freshness.push(after);
                    } else {
                        all.late += 1;
                    }
                }
                None => drop(early.insert(row, now)),
            }
        }
        if early.len() > 1000 {
            // Rows moved by other players' scores are never acknowledged.
            early.clear();
        }
    }
}

/// More watchers, whose frames are not measured. They disconnect on drop.
pub(crate) struct Others {
    stalled: Vec<Socket>,
    _reading: JoinSet<()>,
}

impl Others {
    /// The number of watchers that read nothing.
    pub(crate) fn stalled(&self) -> u32 {
        u32::try_from(self.stalled.len()).expect("fewer")
    }

    /// Each watches as many pages as allowed, with a small receive buffer. They read everything, or
    /// nothing.
    pub(crate) async fn gather(address: &str, pages: &[u64], count: usize, reads: bool) -> Self {
        let each = |n: usize| {
            let mut pages = pages.iter().cycle().skip(n * 7);
            (0..MAX_SUBSCRIPTIONS)
                .filter_map(|_| pages.next().copied())
                .collect()
        };
        let opened = stream::iter(0..count).map(|n| crowd(address, each(n)));
        let opened = opened.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        let (mut stalled, mut reading) = (Vec::new(), JoinSet::new());
        for mut socket in opened {
            if reads {
                reading.spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
            } else {
                stalled.push(socket);
            }
        }
        Self {
            stalled,
            _reading: reading,
        }
    }
}
