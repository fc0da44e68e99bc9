//! The realtime protocol as state machines: no sockets, no clock, no tasks, the
//! same code on the server and in the browser.
//!
//! - [`Log`]: what a channel has shown. Whoever follows it has a [`Cursor`] into it
//!   and asks for the next frame when it can take one; so the log is the one queue
//!   for all of them, and it is shorter than a state.
//! - [`Trail`]: which pages the publications of a season touched, so that a position
//!   that a client brings can be judged.
//! - [`Relay`]: the watched pages of a season on a node: log, trail, and which of
//!   them must be read again.
//! - [`Client`]: the other side: its channels, what it has of them, what it asks, and
//!   how long it waits.
//!
//! Promise: whatever is written, read, cut and connected again in whatever order, a
//! client's state is one that the channel had at the position it says, and is the
//! newest when all is quiet; nothing is applied twice and nothing is left out
//! (`simulation.rs` tries it by seeds).

mod backoff;
mod client;
mod log;
mod relay;
#[cfg(test)]
mod simulation;
mod trail;

pub use self::backoff::{RESTART_SPREAD_MILLIS, wait_millis};
pub use self::client::{Client, Heard, Refusal};
pub use self::log::{Cursor, Join, Log, Published};
pub use self::relay::{Due, Opening, Relay};
pub use self::trail::{Step, Touches, Trail};
