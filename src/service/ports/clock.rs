//! The port of time.

use crate::Timestamp;

/// Where the time comes from. A parameter, so that tests choose it.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;
}
