//! The time limit for a client to take a frame.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

/// A shorter wait does not count as blocked.
const SOON: Duration = Duration::from_millis(100);

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

/// Waits until a client has taken data. `None` if this takes longer than `slow`.
pub(crate) async fn in_time<T>(slow: Duration, taken: impl Future<Output = T>) -> Option<T> {
    let mut taken = pin!(taken);
    let soon = SOON.min(slow);
    if let Ok(taken) = timeout(soon, taken.as_mut()).await {
        return Some(taken);
    }
    let _blocked = Blocked::new();
    timeout(slow.saturating_sub(soon), taken).await.ok()
}
