//! Port of the clock.

use crate::Timestamp;

/// Source of the time. A parameter, so that tests can choose it.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;
}
