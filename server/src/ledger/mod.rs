//! Engines of the ledger, and what they share.

mod batch;
pub mod postgres;
pub mod sqlite;
