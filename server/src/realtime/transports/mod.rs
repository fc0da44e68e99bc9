//! The transports: WebSocket and Server-Sent Events, their cost in the quota of reads, and the limit
//! on slow clients.

mod cost;
pub(crate) mod slow_client;
pub(crate) mod sse;
pub(crate) mod upgrade;
pub(crate) mod websocket;
