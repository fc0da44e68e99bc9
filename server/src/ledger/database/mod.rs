//! The database of the ledger: connections, turns of writers, locks, migrations, and formats of
//! columns.

pub mod any;
pub(super) mod columns;
pub(super) mod locks;
pub(super) mod migrations;
pub mod sqlite_file;
#[cfg(test)]
pub(super) mod stopped;
