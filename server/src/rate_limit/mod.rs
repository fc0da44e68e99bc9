//! Counters of quotas: of this node, or of all nodes in Redis.

pub mod local;
pub mod redis;
