//! The realtime protocol as state machines. They use no sockets, clock or tasks, so server
//! and browser run the same code.
//!
//! - [`Log`]: the newest state of a channel and its recent changes. Each subscriber has a
//!   [`Cursor`] into the log and pulls the next frame when it can send one. The log is
//!   therefore the only queue, shared by all subscribers, and never larger than a state.
//! - [`Trail`]: for each recent publication of a season, the touched pages: those whose rows
//!   or total may have changed. It shows whether a client's position is still current.
//! - [`Relay`]: a node's watched pages of one season: their logs, the trail, and the dirty
//!   pages.
//! - [`Client`]: the client side: subscriptions, held states, commands, backoff.
//!
//! Invariant under any order of writes, reads, disconnects and reconnects: a client's state
//! is the channel's state at the client's position. It is the newest state once all queues
//! are empty. No change is lost or applied twice. `simulation.rs` tests this with random
//! seeds.

mod backoff;
mod client;
mod log;
mod relay;
#[cfg(test)]
mod simulation;
mod trail;

pub use self::backoff::{RESTART_SPREAD_MILLIS, wait_millis};
pub use self::client::{Client, Reaction, Refusal};
pub use self::log::{Cursor, Join, Log, Published};
pub use self::relay::{Due, Opening, Relay};
pub use self::trail::{Step, Touches, Trail};
