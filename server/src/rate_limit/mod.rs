//! Limiters: for this node, or for all nodes in Redis.

pub mod local;
pub mod redis;
