//! The realtime layer of a node: the limits of connections, and the state that all connections
//! share.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use leaderport::service::{Error, Leaderboards, People};
use leaderport::{PlayerId, Slug};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::auth::cookies::Cookies;
use crate::config::connections::Limits;
use crate::http::connections::address_count::{AddressCount, AddressPermit};
use crate::http::connections::client_address::ClientAddress;
use crate::http::problem::Problem;
use crate::metrics::Sampler;
use crate::realtime::channels::hub::Hub;
use crate::realtime::listeners::heartbeat::Wheel;
use crate::realtime::listeners::listener::Listener;
use crate::startup::shutdown::until_stopped;

/// Number of connections that a stopping node closes each second.
const LEAVING_A_SECOND: u64 = 1_000;

/// Maximum time for closing all connections.
const LEAVING: Duration = Duration::from_secs(3);

/// The realtime layer of a node.
pub(crate) struct Realtime {
    hub: Arc<Hub>,
    wheel: Arc<Wheel>,
    people: Arc<People>,
    visitors: Arc<Cookies>,
    pub(super) limits: Limits,
    permits: Arc<Semaphore>,
    addresses: Arc<AddressCount>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// A permit for one connection. It counts against the limits until it is dropped.
pub(crate) struct ConnectionPermit {
    _permit: OwnedSemaphorePermit,
    _place: AddressPermit,
}

impl Realtime {
    /// Starts to follow the service's notices, until `stopped`.
    pub(crate) fn start(
        leaderboards: Arc<Leaderboards>,
        (people, visitors): (Arc<People>, Arc<Cookies>),
        sampler: Arc<Sampler>,
        limits: Limits,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let permits = usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS);
        let wheel = Wheel::new();
        let (turned, until) = (wheel.clone(), stopped.clone());
        leaderboards.tasks().spawn("heartbeats", move || {
            until_stopped(until.clone(), turned.clone().turn(limits.heartbeat))
        });
        Arc::new(Self {
            hub: Hub::start(leaderboards, sampler, &stopped),
            wheel,
            people,
            visitors,
            permits: Arc::new(Semaphore::new(permits)),
            addresses: AddressCount::new(limits.per_address),
            limits,
            stopped,
        })
    }

    /// Takes a permit for a new connection. Refuses if the node or the client's address has the
    /// maximum number of connections.
    pub(super) fn enter(&self, from: ClientAddress) -> Result<ConnectionPermit, Problem> {
        let too_many = |detail: &str| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "too_many_connections", detail)
        };
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| {
            too_many("this node has as many connections as it takes; try again in a moment")
        })?;
        let Some(place) = self.addresses.enter(from.0) else {
            let open = self.limits.per_address;
            let detail = format!(
                "{open} connections of this address are open, which is the maximum; close one"
            );
            return Err(too_many(&detail));
        };
        Ok(ConnectionPermit {
            _permit: permit,
            _place: place,
        })
    }

    /// Creates a listener. The cookies of its request identify the caller.
    ///
    /// # Errors
    /// Fails if the caller cannot be identified because the ledger is down.
    pub(super) async fn listen(&self, headers: &HeaderMap) -> Result<Listener, Error> {
        let (people, visitors) = (self.people.clone(), self.visitors.clone());
        Listener::new(self.hub.clone(), &self.wheel, people, visitors, headers).await
    }

    /// Whether a page that is connected to this node shows a player their standing on a board.
    pub(crate) fn is_present(&self, board: &Slug, player: &PlayerId) -> bool {
        self.hub.is_present(board, player)
    }

    /// Random delay before a connection is closed when the node stops, so that clients do not
    /// reconnect to another node all at once.
    pub(super) fn drain_delay(&self) -> Duration {
        let free = u64::try_from(self.permits.available_permits()).unwrap_or(u64::MAX);
        let open = u64::from(self.limits.connections).saturating_sub(free);
        let all = Duration::from_millis(open * 1000 / LEAVING_A_SECOND).min(LEAVING);
        all.mul_f64(rand::Rng::random(&mut rand::rng()))
    }

    /// Waits until every connection has ended.
    pub(crate) async fn drained(&self) {
        // The semaphore is never closed, so this cannot fail.
        drop(self.permits.acquire_many(self.limits.connections).await);
    }
}
