//! Servers that send the same bytes to all clients: LeaderPort, a bare axum broadcast, and a Node
//! `ws` broadcast. Each is its own process, so that its time and memory are measured alone.

use std::io::{self, BufRead};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message as Sent, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use futures::SinkExt;
use futures::stream::{self, StreamExt};
use leaderport::protocol::Format;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::serving::{Client, Server};

/// The environment variable that makes the benchmark's own binary the bare broadcast.
const PEER: &str = "LEADERPORT_BENCH_PEER";
/// The time between two broadcasts.
const TICK: Duration = Duration::from_millis(100);
/// The size of a bare broadcast in bytes: that of a delta with two rows.
const BYTES: usize = 160;
/// How many connections are opened at a time.
const AT_ONCE: usize = 32;

/// One of the compared servers.
pub(crate) struct Peer {
    process: Process,
    address: String,
    client: reqwest::Client,
}

enum Process {
    Ours(Server, Client),
    Other(Child),
}

/// Clients of a server, and the number of frames that they received.
pub(crate) struct Crowd {
    frames: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Crowd {
    pub(crate) fn reset(&self) {
        self.frames.store(0, Ordering::Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "frames are fewer than 2^52")]
    pub(crate) fn frames(&self) -> f64 {
        self.frames.load(Ordering::Relaxed) as f64
    }
}

impl Peer {
    pub(crate) const NAMES: [&'static str; 3] =
        ["LeaderPort", "a bare axum broadcast", "a Node ws broadcast"];

    /// Starts one of [`Self::NAMES`].
    pub(crate) async fn start(which: usize, folder: &Path) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        if which == 0 {
            let flags = ["--max-per-address", "100000", "--max-connections", "100000"];
            let server = Server::start(&folder.join("data"), &flags);
            let ours = Client::of(&server);
            let rules = json!({
                "title": "Live", "policy": "latest", "order": "descending", "tie": "earliest",
                "periods": ["all_time"],
            });
            ours.send("PUT", "/api/v1/boards/live", &rules).await;
            let one = |n: u32| json!({ "player": crate::player(n), "value": 1000 - n });
            let batch: Vec<_> = (0..50).map(one).collect();
            ours.send(
                "POST",
                "/api/v1/boards/live/submissions/batch",
                &json!(batch),
            )
            .await;
            return Self {
                address: server.address.clone(),
                process: Process::Ours(server, ours),
                client,
            };
        }
        let mut command = if which == 1 {
            let itself = std::env::current_exe().expect("this binary has a path");
            let mut command = Command::new(itself);
            command.env(PEER, "axum");
            command
        } else {
            let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            let mut command = Command::new("node");
            command.arg(home.join("benches/realtime/peer.cjs"));
            command.env("NODE_PATH", home.join("../end2end/node_modules"));
            command
        };
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.expect("the peer can be started (`make e2e` installs Node's)");
        let output = child.stdout.take().expect("the output is piped");
        let mut line = String::new();
        let read = io::BufReader::new(output).read_line(&mut line);
        read.expect("the peer prints its address");
        Self {
            address: line.trim().to_owned(),
            process: Process::Other(child),
            client,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        match &self.process {
            Process::Ours(server, _) => server.id(),
            Process::Other(child) => child.id(),
        }
    }

    /// Connects clients that read everything.
    pub(crate) async fn gather(&self, count: usize) -> Crowd {
        let frames = Arc::<AtomicU64>::default();
        let is_ours = matches!(self.process, Process::Ours(..));
        let url = format!("ws://{}/ws", self.address);
        let opened = stream::iter(0..count).map(|_| async {
            let mut request = url.as_str().into_client_request().expect("a URL");
            if is_ours {
                let protocol = Format::Binary.subprotocol().parse().expect("a name");
                request
                    .headers_mut()
                    .insert("sec-websocket-protocol", protocol);
            }
            let (mut socket, _) = connect_async(request)
                .await
                .expect("the server accepts the socket");
            if is_ours {
                let command = leaderport::protocol::Command::Subscribe {
                    id: 1,
                    channel: "page:live:all:1".to_owned(),
                    since: None,
                    show: false,
                };
                let frame = Message::binary(Format::Binary.write_command(&command));
                socket.send(frame).await.expect("the socket is open");
                // The answer to the subscription, and the page.
                for _ in 0..2 {
                    socket
                        .next()
                        .await
                        .expect("the socket is open")
                        .expect("the socket is open");
                }
            }
            socket
        });
        let mut opened = opened.buffer_unordered(AT_ONCE);
        let mut tasks = JoinSet::new();
        while let Some(mut socket) = opened.next().await {
            let frames = frames.clone();
            tasks.spawn(async move {
                while let Some(Ok(_)) = socket.next().await {
                    frames.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Crowd {
            frames,
            _tasks: tasks,
        }
    }

    /// Makes the server send something to all clients once a tick.
    pub(crate) async fn broadcast(&self, span: Duration) {
        let until = Instant::now() + span;
        let mut ticks = tokio::time::interval(TICK);
        let mut n = 0_i64;
        while Instant::now() < until {
            ticks.tick().await;
            n += 1;
            match &self.process {
                Process::Ours(_, client) => {
                    let two = [(n % 50, 2000 + n * 2), ((n + 7) % 50, 2001 + n * 2)];
                    let one = |(who, value): (i64, i64)| {
                        let who = u32::try_from(who).expect("small");
                        json!({ "player": crate::player(who), "value": value })
                    };
                    let batch: Vec<_> = two.into_iter().map(one).collect();
                    let path = "/api/v1/boards/live/submissions/batch";
                    client.send("POST", path, &json!(batch)).await;
                }
                Process::Other(_) => {
                    let url = format!("http://{}/broadcast", self.address);
                    self.client
                        .post(url)
                        .send()
                        .await
                        .expect("the peer accepts the request");
                }
            }
        }
        // Wait for the frames in flight.
        tokio::time::sleep(TICK * 2).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Self::Other(child) = self {
            // Killing fails only if the peer has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The processor time that a process has used.
#[derive(Clone, Copy)]
pub(crate) struct Usage(Duration);

impl Usage {
    /// # Panics
    /// If the system does not report it (Linux does).
    pub(crate) fn of(process: u32) -> Self {
        let stat =
            std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
        let (_, after) = stat.rsplit_once(')').expect("a name in brackets");
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |n: usize| fields[n].parse::<u64>().expect("a number");
        // utime and stime, in hundredths of a second.
        Self(Duration::from_millis((ticks(11) + ticks(12)) * 10))
    }

    pub(crate) fn since(self, before: Self) -> Duration {
        self.0.saturating_sub(before.0)
    }
}

/// The resident memory of a process in bytes.
pub(crate) fn resident(process: u32) -> f64 {
    let status =
        std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .expect("the status has VmRSS");
    let kib = line.trim().trim_end_matches("kB").trim();
    kib.parse::<f64>().expect("a number") * 1024.0
}

/// Whether this process is the bare broadcast.
pub(crate) fn is_peer() -> bool {
    std::env::var_os(PEER).is_some()
}

/// Serves the bare broadcast, which sends the same bytes to every connected client on request.
pub(crate) async fn serve() {
    let all = broadcast::Sender::<Sent>::new(16);
    let router = Router::new()
        .route("/ws", get(join))
        .route(
            "/broadcast",
            post(|State(all): State<broadcast::Sender<Sent>>| async move {
                let _ = all.send(Sent::Binary(vec![7; BYTES].into()));
            }),
        )
        .with_state(all);
    let at = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = tokio::net::TcpListener::bind(at)
        .await
        .expect("a free port");
    println!("{}", listener.local_addr().expect("the listener is bound"));
    axum::serve(listener, router)
        .await
        .expect("the server runs");
}

async fn join(State(all): State<broadcast::Sender<Sent>>, upgrade: WebSocketUpgrade) -> Response {
    let mut frames = all.subscribe();
    upgrade.on_upgrade(move |mut socket| async move {
        loop {
            tokio::select! {
                frame = frames.recv() => {
                    let Ok(frame) = frame else { return };
                    if socket.send(frame).await.is_err() { return }
                }
                message = socket.recv() => if message.is_none() { return },
            }
        }
    })
}
