//! Engines of the broker.

pub mod memory;
pub mod redis;
