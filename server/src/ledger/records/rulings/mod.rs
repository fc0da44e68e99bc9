//! Rulings, each in one transaction: writes the decision, recounts every affected standing, and
//! adds the changes to the outbox and the audit log.

mod count;
mod decision;
mod erase;
mod rule;

pub(super) use self::count::explain;
pub(super) use self::erase::erase;
pub(super) use self::rule::rule;
