//! LeaderPort's server.
pub mod broker;
pub mod ledger;
