//! Engines of the ledger, and their shared parts.

mod audit;
mod batch;
mod boards;
pub mod database;
pub mod directory;
mod names;
pub mod postgres;
pub mod push;
mod ranked;
pub mod records;
pub mod sqlite;
