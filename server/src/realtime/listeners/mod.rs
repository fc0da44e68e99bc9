//! The listeners: a connection, its subscriptions, and the heartbeat of all connections.

pub(crate) mod heartbeat;
pub(crate) mod listener;
pub(crate) mod subscription;
