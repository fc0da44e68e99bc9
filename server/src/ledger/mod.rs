//! Engines of the ledger.

pub mod sqlite;
