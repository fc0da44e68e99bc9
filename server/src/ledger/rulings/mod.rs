//! Rulings, each in one transaction. The decision is written, every standing that it touches
//! is counted again, and the changes go into the outbox and the audit log.

mod count;
mod decision;
mod erase;
mod rule;

pub(super) use self::count::explain;
pub(super) use self::erase::erase;
pub(super) use self::rule::rule;
