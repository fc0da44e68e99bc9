//! Keeps the broker equal to the ledger: loads of seasons, the outbox, and repair after failures.

pub(crate) mod loader;
pub(crate) mod outbox;
pub(crate) mod repair;
pub(crate) mod restored;
