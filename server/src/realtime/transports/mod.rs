//! The transports: WebSocket and Server-Sent Events, and the limit on slow clients.

pub(crate) mod slow_client;
pub(crate) mod sse;
pub(crate) mod upgrade;
pub(crate) mod websocket;
