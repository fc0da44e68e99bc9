//! The realtime layer: who watches which page, and what they are sent.
//!
//! [`hub`] knows the watched pages; [`outbox`] is a connection's bounded queue;
//! [`connection`] speaks the protocol ([`leaderport::protocol`]) on a socket.

mod connection;
mod hub;
mod outbox;

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leaderport::service::Leaderboards;
use tokio::sync::{Semaphore, watch};

use self::hub::Hub;
use crate::problem::Problem;

/// The largest frame that is read at all, in bytes; a command may have
/// [`leaderport::protocol::MAX_COMMAND_BYTES`].
const MAX_FRAME_BYTES: usize = 64 << 10;

/// The realtime layer of a node.
pub(crate) struct Realtime {
    hub: Arc<Hub>,
    room: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl Realtime {
    /// Starts following the service's notices, until `stopped`.
    pub(crate) fn start(
        leaderboards: Arc<Leaderboards>,
        max_connections: usize,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let hub = Hub::start(leaderboards, stopped.clone());
        let room = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { hub, room, stopped })
    }
}

/// `/ws`: a new connection. Its origin was checked before.
pub(crate) async fn upgrade(
    State(realtime): State<Arc<Realtime>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("this address speaks WebSocket: {}", rejection.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "not_a_websocket", detail)
    })?;
    let room = realtime.room.clone().try_acquire_owned().map_err(|_| {
        let detail = "this node has as many connections as it takes; try again in a moment";
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_connections",
            detail,
        )
    })?;
    let (hub, stopped) = (realtime.hub.clone(), realtime.stopped.clone());
    Ok(upgrade
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .on_upgrade(move |socket| async move {
            let _room = room;
            connection::run(socket, hub, stopped).await;
        }))
}
