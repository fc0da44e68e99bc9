//! A clock and a source of randomness under the tests' control.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use leaderport::Timestamp;
use leaderport::service::{Clock, Entropy};

/// A clock that changes only when a test sets it.
pub(crate) struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Fills buffers from a counter, so that no two are equal.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.fill(0);
        let tail = bytes.len().min(n.len());
        let at = bytes.len() - tail;
        bytes[at..].copy_from_slice(&n[n.len() - tail..]);
    }
}
