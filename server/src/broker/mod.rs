//! Engines of the broker.

pub mod memory;
