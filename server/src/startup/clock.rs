//! The real clock and the real randomness: the one place that reads them.

use leaderport::Timestamp;
use leaderport::service::{Clock, Entropy};

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

/// The system's randomness, fit for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// A new submission id: UUID version 7, so that the ledger's index grows at its end.
#[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
#[must_use]
pub fn new_submission_id() -> leaderport::SubmissionId {
    leaderport::SubmissionId(uuid::Uuid::now_v7())
}
