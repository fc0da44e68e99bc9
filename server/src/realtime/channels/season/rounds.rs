//! The rounds of reads of a season's tasks. A round begins when something is marked, at most once a
//! tick, and later if the former round was slow.

use std::sync::{Arc, Weak};
use std::time::Duration;

use leaderport::service::Error;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::Season;

/// Interval at which totals are updated for subscribers whose rows did not change.
const TOTALS_INTERVAL: Duration = Duration::from_secs(1);

/// Marks every watched part when a task starts again after a panic. The marks that it had taken
/// are lost.
pub(super) fn mark_again(season: &Weak<Season>, is_again: &mut bool) {
    if std::mem::replace(is_again, true)
        && let Some(season) = season.upgrade()
    {
        season.lost();
    }
}

/// A task of a season: calls `read` when `work` is notified. Ends when the season is dropped.
pub(super) async fn keep_reading(
    season: Weak<Season>,
    work: Arc<Notify>,
    read: impl AsyncFn(&Season) -> Result<(), Error>,
) {
    let mut is_failing = false;
    loop {
        // Updates of totals are due periodically, even if nothing is marked.
        let _ = timeout(TOTALS_INTERVAL, work.notified()).await;
        let Some(season) = season.upgrade() else {
            return;
        };
        let began = Instant::now();
        let read = read(&season).await;
        // Log only the first failure of an outage.
        if let (Err(error), false) = (&read, is_failing) {
            let season = &season.key;
            tracing::warn!(%season, ?error, "a watched season cannot be read; the read is retried until it succeeds");
        }
        is_failing = read.is_err();
        if is_failing {
            work.notify_one();
        }
        let board = season.leaderboards.board(&season.key.board);
        let tick = board.map_or(TOTALS_INTERVAL, |board| board.tick());
        drop(season);
        tokio::time::sleep_until(next_round(began, Instant::now(), tick)).await;
    }
}

/// The start of the round after one that took from `began` to `ended`: a tick after its start, or a
/// pause as long as the round. The pause keeps clients who watch very many pages from occupying a core.
fn next_round(began: Instant, ended: Instant, tick: Duration) -> Instant {
    began + tick.max(2 * ended.duration_since(began))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_round_is_followed_by_a_pause_of_its_length() {
        let (began, tick) = (Instant::now(), Duration::from_millis(100));
        for (took, next) in [(0, 100), (20, 100), (60, 120), (700, 1_400)] {
            let [took, next] = [took, next].map(Duration::from_millis);
            assert_eq!(next_round(began, began + took, tick), began + next);
        }
    }
}
