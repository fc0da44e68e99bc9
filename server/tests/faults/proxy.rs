//! A network that fails: a proxy of TCP that cuts its connections, or holds
//! them half open.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// How often it cut what there was.
    cuts: u64,
    /// It takes what is sent, carries nothing, and says nothing.
    is_half_open: bool,
    /// How often it began to: a connection of before never carries again.
    losses: u64,
}

/// A proxy before one address.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
}

impl Proxy {
    pub(crate) async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, watched) = watch::channel(State::default());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, watched.clone()));
            }
        });
        Self { address, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Ends every connection; new ones are carried.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Holds every connection, old and new, without carrying anything.
    pub(crate) fn hold(&self) {
        self.state.send_modify(|state| {
            state.is_half_open = true;
            state.losses += 1;
        });
    }

    /// Carries new connections. Those of before stay dead, and nobody tells.
    pub(crate) fn carry_new_ones(&self) {
        self.state.send_modify(|state| state.is_half_open = false);
    }
}

/// Carries one connection until either side or the network ends it.
async fn carry(client: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) {
    let began = state.borrow_and_update().cuts;
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pump(from_client, to_server, state.clone());
    let back = pump(from_server, to_client, state.clone());
    let is_cut = |now: &State| now.cuts != began;
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = state.wait_for(is_cut) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 * 1024];
    let began = state.borrow_and_update().losses;
    loop {
        let Ok(length @ 1..) = from.read(&mut bytes).await else {
            return;
        };
        // Nobody gets what a half-open connection took, not even later.
        let now = *state.borrow_and_update();
        if now.is_half_open || now.losses != began {
            continue;
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
