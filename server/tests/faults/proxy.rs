//! A fault proxy for TCP, which cuts its connections or holds them half open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The state of the fault proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// How often all connections were cut.
    cuts: u64,
    /// Whether the proxy reads all data, discards it, and answers nothing.
    is_half_open: bool,
    /// How often the proxy became half open. A connection that was open at that time never carries
    /// data again.
    losses: u64,
}

/// A proxy in front of one address.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    requests: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, watched) = watch::channel(State::default());
        let requests = Arc::new(AtomicU64::new(0));
        let counted = requests.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, watched.clone(), counted.clone()));
            }
        });
        Self {
            address,
            state,
            requests,
        }
    }

    /// How often data of a client arrived. A short request arrives at once.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Ends every connection. New connections are forwarded.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Holds every connection half open, old or new, and discards all data.
    pub(crate) fn hold(&self) {
        self.state.send_modify(|state| {
            state.is_half_open = true;
            state.losses += 1;
        });
    }

    /// Forwards new connections. Earlier ones stay half open.
    pub(crate) fn carry_new_connections(&self) {
        self.state.send_modify(|state| state.is_half_open = false);
    }
}

/// Forwards one connection until either side or the proxy ends it.
async fn carry(
    client: TcpStream,
    target: SocketAddr,
    mut state: watch::Receiver<State>,
    requests: Arc<AtomicU64>,
) {
    let began = state.borrow_and_update().cuts;
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pump(
        from_client,
        to_server,
        state.clone(),
        Some(requests.as_ref()),
    );
    let back = pump(from_server, to_client, state.clone(), None);
    let is_cut = |now: &State| now.cuts != began;
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = state.wait_for(is_cut) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    arrivals: Option<&AtomicU64>,
) {
    let mut bytes = vec![0; 16 * 1024];
    let began = state.borrow_and_update().losses;
    loop {
        let Ok(length @ 1..) = from.read(&mut bytes).await else {
            return;
        };
        if let Some(arrivals) = arrivals {
            arrivals.fetch_add(1, Ordering::Relaxed);
        }
        // Data that a half-open connection reads is lost, and is not delivered later.
        let now = *state.borrow_and_update();
        if now.is_half_open || now.losses != began {
            continue;
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
