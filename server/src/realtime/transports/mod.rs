//! What carries it: WebSocket, Server-Sent Events, heartbeats, slow clients.

pub(crate) mod heartbeat;
pub(crate) mod slow_client;
pub(crate) mod sse;
pub(crate) mod websocket;
