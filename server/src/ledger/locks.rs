//! The advisory locks of PostgreSQL: those who decide what counts exclude those who record.

/// Waits until no transaction records, and makes recorders wait.
pub(super) const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtext('leaderport rulings'))";

/// Waits for a transaction that decides, and not for others that record.
pub(super) const SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtext('leaderport rulings'))";
