//! Engines of the ledger, and their shared parts.

pub mod any;
mod audit;
mod batch;
mod boards;
mod columns;
mod dead_letters;
pub mod directory;
mod judged;
mod locks;
mod look;
pub mod postgres;
mod ranked;
pub mod records;
mod recount;
mod rulings;
pub mod sqlite;
