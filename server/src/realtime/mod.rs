//! The realtime layer, over WebSockets and Server-Sent Events. Imports run down this list:
//!
//! - [`transports`] carry frames: WebSocket and Server-Sent Events.
//! - [`listeners`]: a connection with its subscriptions, and the heartbeat of all connections.
//! - [`channels`]: the hub hears the service's notices, and marks pages, feeds, players' own
//!   standings, boards and this node's metrics as changed.
//! - [`delivery`]: the frame of an event, and a connection's inbox of unsent changes.

mod channels;
mod delivery;
mod listeners;
pub(crate) mod transports;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use leaderport::protocol::Format;
use leaderport::service::{Leaderboards, People};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use self::channels::hub::Hub;
use self::listeners::heartbeat::Wheel;
use self::listeners::listener::Listener;
use crate::auth::cookies::Cookies;
use crate::config::connections::Limits;
use crate::http::client_address::{ClientAddress, network};
use crate::http::problem::Problem;
use crate::metrics::Sampler;
use crate::startup::shutdown::until_stopped;

/// The largest frame that is read at all, in bytes; a command may have
/// [`leaderport::protocol::MAX_COMMAND_BYTES`].
const MAX_FRAME_BYTES: usize = 64 << 10;

/// What is read of a socket at once: commands are short, and idle connections many.
const READ_BUFFER_BYTES: usize = 1 << 9;

/// What may wait for a socket that takes nothing: answers to pings among it.
const WRITE_BUFFER_BYTES: usize = 1 << 20;

/// How many connections a node that stops lets go in a second.
const LEAVING_A_SECOND: u64 = 1_000;

/// The longest that this takes.
const LEAVING: Duration = Duration::from_secs(3);

/// The realtime layer of a node.
pub(crate) struct Realtime {
    hub: Arc<Hub>,
    wheel: Arc<Wheel>,
    people: Arc<People>,
    visitors: Arc<Cookies>,
    limits: Limits,
    room: Arc<Semaphore>,
    addresses: Arc<Mutex<HashMap<IpAddr, u32>>>,
    stopped: watch::Receiver<bool>,
}

/// A connection's place among those that the node takes, until it is dropped.
pub(crate) struct Room {
    _permit: OwnedSemaphorePermit,
    addresses: Arc<Mutex<HashMap<IpAddr, u32>>>,
    address: IpAddr,
}

impl Realtime {
    /// Starts following the service's notices, until `stopped`.
    pub(crate) fn start(
        leaderboards: Arc<Leaderboards>,
        (people, visitors): (Arc<People>, Arc<Cookies>),
        sampler: Arc<Sampler>,
        limits: Limits,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let room = usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS);
        let wheel = Wheel::new();
        let turning = wheel.clone().turn(limits.heartbeat);
        tokio::spawn(until_stopped(stopped.clone(), turning));
        Arc::new(Self {
            hub: Hub::start(leaderboards, sampler, &stopped),
            wheel,
            people,
            visitors,
            room: Arc::new(Semaphore::new(room)),
            limits,
            addresses: Arc::default(),
            stopped,
        })
    }

    /// Takes one more connection.
    fn enter(&self, from: ClientAddress) -> Result<Room, Problem> {
        let too_many = |detail: &str| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "too_many_connections", detail)
        };
        let permit = self.room.clone().try_acquire_owned().map_err(|_| {
            too_many("this node has as many connections as it takes; try again in a moment")
        })?;
        let address = network(from.0);
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let open = addresses.entry(address).or_default();
        if *open >= self.limits.per_address {
            let detail = format!(
                "{open} connections of this address are open, as many as are taken; close one"
            );
            return Err(too_many(&detail));
        }
        *open += 1;
        drop(addresses);
        Ok(Room {
            _permit: permit,
            addresses: self.addresses.clone(),
            address,
        })
    }

    /// How long a connection waits to leave when the node stops: at random, so that
    /// they do not all come to another node at once.
    fn turn_to_leave(&self) -> Duration {
        let free = u64::try_from(self.room.available_permits()).unwrap_or(u64::MAX);
        let open = u64::from(self.limits.connections).saturating_sub(free);
        let all = Duration::from_millis(open * 1000 / LEAVING_A_SECOND).min(LEAVING);
        all.mul_f64(rand::Rng::random(&mut rand::rng()))
    }

    /// Waits until every connection has ended.
    pub(crate) async fn drained(&self) {
        // It is closed never: an error cannot come.
        drop(self.room.acquire_many(self.limits.connections).await);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = addresses.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

/// `/ws`: a new connection. Its origin was checked before.
pub(crate) async fn upgrade(
    State(realtime): State<Arc<Realtime>>,
    Extension(from): Extension<ClientAddress>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("this address speaks WebSocket: {}", rejection.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "not_a_websocket", detail)
    })?;
    let upgrade = upgrade.protocols(Format::ALL.map(Format::subprotocol));
    let asked = headers.contains_key("sec-websocket-protocol");
    let chosen = upgrade.selected_protocol().and_then(|p| p.to_str().ok());
    let format = match chosen.and_then(Format::of) {
        Some(format) => format,
        None if asked => {
            let known = Format::ALL.map(Format::subprotocol).join(" and ");
            let detail = format!("this address speaks the subprotocols {known}");
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "unknown_protocol",
                detail,
            ));
        }
        None => Format::Json,
    };
    let room = realtime.enter(from)?;
    let listener = Listener::new(&realtime, &headers).await?;
    Ok(upgrade
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES)
        .on_upgrade(move |socket| async move {
            let _room = room;
            transports::websocket::run(socket, realtime, listener, format).await;
        }))
}
