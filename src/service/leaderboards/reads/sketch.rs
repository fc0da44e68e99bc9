//! Sketches ([`crate::Sketch`]) of seasons. A sketch is read place by place, and cached for
//! some seconds, because all viewers of a board share it.
//!
//! Open to all. A cached sketch costs a lookup. Another one costs a read of each of its
//! places, once for all callers; at most [`MADE_AT_ONCE`] are computed at a time. A season
//! that the broker does not hold is not loaded for it.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::timeout;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Board, SeasonKey, Sketch};

/// Maximum age of a cached sketch.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10);

/// Maximum number of cached sketches.
pub(crate) const SEASONS: u64 = 512;

/// Maximum number of sketches computed concurrently.
pub(crate) const MADE_AT_ONCE: usize = 4;

/// Maximum time for which a request waits for a sketch. The computation continues after the
/// timeout, for later requests.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Number of places read concurrently.
const AT_ONCE: usize = 16;

/// A season and the version of its board.
pub(crate) type Ranked = (SeasonKey, u64);

/// A computation that concurrent callers share.
pub(crate) type SharedSketch = Shared<BoxFuture<'static, Arc<Sketch>>>;

/// Removes its computation from the list of running ones on drop, whether finished or
/// cancelled.
struct Making<'a>(&'a Leaderboards, &'a Ranked);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let making = self.0.sketching.lock();
        making
            .unwrap_or_else(PoisonError::into_inner)
            .remove(self.1);
    }
}

impl Leaderboards {
    /// The sketch of a season, at most some seconds old. Empty if it is not available in
    /// time, for example while the broker is down; the page then omits it.
    pub async fn sketch(self: &Arc<Self>, key: &SeasonKey) -> Arc<Sketch> {
        let Ok(board) = self.board(&key.board) else {
            return Arc::default();
        };
        let ranked = (key.clone(), board.version);
        if let Some(sketch) = self.sketches.get(&ranked) {
            return sketch;
        }
        let sketch = {
            let mut making = self
                .sketching
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            making.get(&ranked).cloned().unwrap_or_else(|| {
                let made = tokio::spawn(self.clone().make_sketch(ranked.clone(), board));
                let made = made.map(Result::unwrap_or_default).boxed().shared();
                making.insert(ranked, made.clone());
                made
            })
        };
        timeout(TIMEOUT, sketch).await.unwrap_or_default()
    }

    async fn make_sketch(self: Arc<Self>, ranked: Ranked, board: Arc<Board>) -> Arc<Sketch> {
        let _making = Making(&self, &ranked);
        let turn = self.sketch_turns.acquire().await;
        let sketch = self.read_sketch(&ranked.0, &board).await;
        drop(turn);
        // Failures are cached, to avoid immediate retries. Sketches of empty seasons are not
        // cached, so that the first score appears without a delay.
        let is_kept = sketch.as_ref().map_or(true, |sketch| sketch.total() > 0);
        let sketch = Arc::new(sketch.unwrap_or_default());
        if is_kept {
            self.sketches.insert(ranked.clone(), sketch.clone());
        }
        sketch
    }

    async fn read_sketch(&self, key: &SeasonKey, board: &Board) -> Result<Sketch, Error> {
        let slice = self.broker.slice(key, 0, 0).await?;
        let total = slice.map_or(0, |slice| slice.total);
        let points = stream::iter(Sketch::places(total)).map(async |place| {
            let slice = self.broker.slice(key, place, 1).await?;
            let row = slice.and_then(|slice| slice.rows.into_iter().next());
            Ok::<_, Error>(row.map(|row| (place, row.score)))
        });
        let points: Vec<_> = points.buffered(AT_ONCE).try_collect().await?;
        let points = points.into_iter().flatten().collect();
        Ok(Sketch::new(board.order, total, points))
    }
}
