//! Advisory locks of PostgreSQL. Transactions that change which submissions count exclude
//! transactions that record submissions.

/// Exclusive lock, for changes of which submissions count: waits until no transaction records, and
/// blocks those that will.
pub(crate) const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtext('leaderport rulings'))";

/// Shared lock, for recording: waits for an exclusive transaction, but not for others that record.
pub(crate) const SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtext('leaderport rulings'))";

/// Begins a transaction and takes [`SHARED`], in one round trip. The statements that follow see
/// everything that was committed before the lock was granted. A statement that takes the lock
/// itself would not, because it sees what was committed before it began.
pub(crate) const BEGIN_SHARED: &str =
    "BEGIN; SELECT pg_advisory_xact_lock_shared(hashtext('leaderport rulings'))";
