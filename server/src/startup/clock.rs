//! The system's clock, randomness and ids, for the service.

use leaderport::Timestamp;
use leaderport::service::{Clock, Entropy};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the system's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_millis_clamped(jiff::Timestamp::now().as_millisecond())
    }
}

/// The system's randomness, suitable for secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// A new submission id: UUID version 7, so that the ledger's index grows at its end.
#[expect(
    clippy::disallowed_methods,
    reason = "the only place that generates ids"
)]
#[must_use]
pub fn new_submission_id() -> leaderport::SubmissionId {
    leaderport::SubmissionId(uuid::Uuid::now_v7())
}
