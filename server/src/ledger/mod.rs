//! Engines of the ledger, and their shared parts.

pub mod any;
mod audit;
mod batch;
mod boards;
mod columns;
mod dead_letters;
mod deletion;
pub mod directory;
mod emblems;
mod judged;
mod locks;
mod look;
mod migrations;
mod names;
pub mod postgres;
pub mod push;
mod ranked;
pub mod records;
mod recount;
mod rulings;
pub mod sqlite;
pub mod sqlite_file;
#[cfg(test)]
mod stopped;
