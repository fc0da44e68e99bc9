//! Engines of the ledger, and what they share.

mod batch;
mod boards;
pub mod directory;
pub mod postgres;
mod ranked;
pub mod sqlite;
