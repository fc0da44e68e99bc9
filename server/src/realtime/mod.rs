//! The realtime layer, over WebSockets and Server-Sent Events. Imports run down this list:
//!
//! - [`transports`] carry frames: WebSocket and Server-Sent Events.
//! - [`node`]: the limits of connections, and the state that all connections share.
//! - [`listeners`]: a connection with its subscriptions, and the heartbeat of all connections.
//! - [`channels`]: the hub receives the service's notices, and marks pages, feeds, players' own
//!   standings, boards and this node's metrics as changed.
//! - [`delivery`]: the frame of an event, and a connection's inbox of unsent changes.

mod channels;
mod delivery;
mod listeners;
mod node;
pub(crate) mod transports;

pub(crate) use self::node::Realtime;
