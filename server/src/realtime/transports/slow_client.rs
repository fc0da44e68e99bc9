//! How long a client may take to take what it is sent.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

/// What takes no longer is no news.
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

/// What came of handing something over; none when it was not taken within `slow`.
pub(crate) async fn in_time<T>(slow: Duration, taken: impl Future<Output = T>) -> Option<T> {
    let mut taken = pin!(taken);
    let soon = SOON.min(slow);
    if let Ok(taken) = timeout(soon, taken.as_mut()).await {
        return Some(taken);
    }
    let _blocked = Blocked::new();
    timeout(slow.saturating_sub(soon), taken).await.ok()
}
