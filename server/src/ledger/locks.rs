//! Advisory locks of PostgreSQL. Transactions that change which submissions count exclude
//! transactions that record submissions.

/// Exclusive lock, for changes of which submissions count: waits until no transaction records, and
/// blocks those that will.
pub(super) const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtext('leaderport rulings'))";

/// Shared lock, for recording: waits for an exclusive transaction, but not for others that record.
pub(super) const SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtext('leaderport rulings'))";
