//! How long a client may take to take what it is sent.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

/// Counts a connection as blocked, until it is dropped.
struct Blocked;

impl Blocked {
    fn new() -> Self {
        metrics::gauge!("leaderport_blocked").increment(1);
        Self
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        metrics::gauge!("leaderport_blocked").decrement(1);
    }
}

/// What came of handing something over; none when it was not taken within `slow`.
pub(super) async fn in_time<T>(slow: Duration, taken: impl Future<Output = T>) -> Option<T> {
    let mut taken = pin!(taken);
    // Mostly it is taken at once, and no clock is set.
    if let Poll::Ready(taken) = futures::poll!(taken.as_mut()) {
        return Some(taken);
    }
    let _blocked = Blocked::new();
    timeout(slow, taken).await.ok()
}
