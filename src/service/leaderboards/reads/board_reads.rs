//! Reads of all seasons of a board, which readers share.
//!
//! Such a read may scan all standings of the board, so its result is kept for some seconds. Each
//! board is read once for all concurrent readers, and few boards are read at once. A reader who
//! waits too long fails; the read continues for later readers.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Slug;
use crate::service::error::{Error, LedgerError};
use crate::service::leaderboards::MAX_BOARDS;
use crate::service::leaderboards::keyed_locks::KeyedLocks;

/// Maximum age of a result.
const KEPT: Duration = Duration::from_secs(10);

/// Maximum number of boards that are read at once.
const BOARDS_AT_ONCE: usize = 2;

/// Maximum time for which a reader waits.
const READER_WAIT: Duration = Duration::from_secs(5);

/// The results of reads by board, and the running reads.
pub(crate) struct BoardReads<T> {
    kept: Cache<Slug, Arc<T>>,
    /// Held while a board is read.
    turns: KeyedLocks<Slug>,
    permits: Arc<Semaphore>,
}

impl<T: Send + Sync + 'static> BoardReads<T> {
    pub(crate) fn new() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(MAX_BOARDS as u64)
                .time_to_live(KEPT)
                .build(),
            turns: KeyedLocks::new(),
            permits: Arc::new(Semaphore::new(BOARDS_AT_ONCE)),
        }
    }

    /// The result of a read of a board, at most some seconds old. `read` does not run if there is
    /// a result, or if another reader reads the board.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if the read takes too long, or fails if the ledger is down.
    pub(crate) async fn get<F>(&self, slug: &Slug, read: F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<T, LedgerError>> + Send + 'static,
    {
        if let Some(kept) = self.kept.get(slug) {
            return Ok(kept);
        }
        let shared = async {
            let turn = self.turns.exclusive(slug).await;
            // Another reader may have just read the board.
            if let Some(kept) = self.kept.get(slug) {
                return Ok(kept);
            }
            let permit = self.permits.clone().acquire_owned().await;
            let permit = permit.map_err(|_| Error::stopping())?;
            let (kept, slug) = (self.kept.clone(), slug.clone());
            // The read continues after its reader is gone.
            let read = tokio::spawn(async move {
                let read = Arc::new(read.await?);
                kept.insert(slug, read.clone());
                drop((turn, permit));
                Ok::<_, Error>(read)
            });
            read.await.unwrap_or_else(|_| Err(Error::stopping()))
        };
        let shared = timeout(READER_WAIT, shared).await;
        shared.unwrap_or(Err(Error::Busy))
    }

    /// Drops the result for a board that this node changed.
    pub(crate) fn forget(&self, slug: &Slug) {
        self.kept.invalidate(slug);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn slow_read_is_shared_and_delays_no_other_board() {
        let reads = BoardReads::new();
        let (slow, other) = (slug("slow"), slug("other"));
        let (end, ended) = oneshot::channel();
        let read = async move { ended.await.map_err(|_| LedgerError("no end".to_owned())) };
        let late = reads.get(&slow, read).await;
        assert!(matches!(late, Err(Error::Busy)), "{late:?}");
        let read = reads.get(&other, async { Ok(2) }).await;
        assert_eq!(*read.unwrap(), 2);
        end.send(1).unwrap();
        // This reader joins the first read.
        let read = reads.get(&slow, async { Ok(3) }).await;
        assert_eq!(*read.unwrap(), 1);
    }

    #[tokio::test]
    async fn failure_is_not_kept() {
        let reads = BoardReads::new();
        let board = slug("board");
        let down = async { Err(LedgerError("down".to_owned())) };
        assert!(reads.get(&board, down).await.is_err());
        let read = reads.get(&board, async { Ok(1) }).await;
        assert_eq!(*read.unwrap(), 1);
        let kept = reads.get(&board, async { Ok(2) }).await;
        assert_eq!(*kept.unwrap(), 1);
        reads.forget(&board);
        let read = reads.get(&board, async { Ok(3) }).await;
        assert_eq!(*read.unwrap(), 3);
    }
}
