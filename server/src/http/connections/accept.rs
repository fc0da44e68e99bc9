//! Accepts connections. Bounds their number, the size and the time of a request's head, and the time
//! for which a client takes no data. Ends connections in order when the server stops.
//!
//! A connection counts until its socket is closed, also as a WebSocket. Above the bound, new
//! connections wait in the system's queue, and open ones go on. A connection above the bound of its
//! address is closed, because it would wait in front of those of other addresses.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use crate::config::connections::Bounds;
use crate::http::connections::address_count::{AddressCount, AddressPermit};
use crate::http::connections::socket::Socket;
use crate::http::operators::Door;
use crate::startup::shutdown::has_stopped;

/// Maximum size of the head of a request, in bytes. Thousands of connections of one address can each
/// have an unfinished head in memory.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// Serves until the server stops and all requests have ended. New connections are refused from the
/// stop on. Connections that became WebSockets are not awaited.
pub(crate) async fn serve(
    mut listener: TcpListener,
    door: Door,
    router: Router,
    bounds: Bounds,
    stopped: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(bounds.connections));
    let addresses = AddressCount::new(bounds.per_address);
    // Each connection holds a receiver until its requests have ended.
    let (running, is_running) = watch::channel(());
    let mut stopping = stopped.clone();
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await;
            let slot = slot.expect("the semaphore is never closed");
            let (stream, peer) = Listener::accept(&mut listener).await;
            (stream, slot, peer)
        };
        let (stream, slot, peer) = tokio::select! {
            accepted = next => accepted,
            () = has_stopped(&mut stopping) => break,
        };
        let Some(place) = addresses.enter(peer.ip()) else {
            tracing::debug!(%peer, "a connection was closed, because its address has the maximum number of them");
            continue;
        };
        let stream = Socket::new(stream, (slot, place), bounds.patience);
        let from = (peer, door);
        let serving = serve_one(stream, from, router.clone(), bounds.head, stopped.clone());
        let is_running = is_running.clone();
        tokio::spawn(async move {
            serving.await;
            drop(is_running);
        });
    }
    drop(listener);
    drop(is_running);
    running.closed().await;
}

/// Serves one connection until it ends, or until the server stops and its request has ended.
async fn serve_one(
    stream: Socket<TcpStream, (OwnedSemaphorePermit, AddressPermit)>,
    (peer, door): (SocketAddr, Door),
    router: Router,
    head: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let service = ServiceExt::<Request>::map_request(router, move |request| {
        let mut request: Request = http::Request::map(request, Body::new::<Incoming>);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(door);
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_header_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = has_stopped(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
