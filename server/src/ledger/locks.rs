//! Advisory locks of PostgreSQL: transactions that change which submissions count exclude
//! transactions that record.

/// Exclusive lock: waits until no transaction records, and blocks recorders.
pub(super) const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtext('leaderport rulings'))";

/// Shared lock: waits for an exclusive transaction, but not for other recorders.
pub(super) const SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtext('leaderport rulings'))";
