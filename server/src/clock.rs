//! The real clock: the one place that reads it.

use leaderport::Timestamp;
use leaderport::service::Clock;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_millis_clamped(jiff::Timestamp::now().as_millisecond())
    }
}

/// A new submission id: UUID version 7, so that the ledger's index grows at its end.
#[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
#[must_use]
pub fn new_submission_id() -> leaderport::SubmissionId {
    leaderport::SubmissionId(uuid::Uuid::now_v7())
}
