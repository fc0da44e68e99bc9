//! Ports of the service: traits that engines implement, with their plain types.

pub mod broker;
pub mod clock;
pub mod directory;
pub mod entropy;
pub mod ledger;
pub mod limiter;
pub mod push;
pub mod records;
pub mod stored;
