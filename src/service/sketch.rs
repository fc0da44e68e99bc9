//! The sketch of a season: read place by place, and kept for some seconds, because it
//! is the same for everybody who opens the board.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::timeout;

use super::{Error, Leaderboards};
use crate::{SeasonKey, Sketch};

/// How old a sketch may be.
pub(super) const KEPT: Duration = Duration::from_secs(10);

/// Seasons whose sketch is kept.
pub(super) const SEASONS: u64 = 512;

/// How long a page waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Places that are read at a time.
const AT_ONCE: usize = 16;

impl Leaderboards {
    /// A season's scores in short, as of some seconds ago. Empty where it cannot be had
    /// soon, as while the broker is away: a page goes without it.
    pub async fn sketch(&self, key: &SeasonKey) -> Arc<Sketch> {
        if let Some(sketch) = self.sketches.get(key) {
            return sketch;
        }
        let read = timeout(PATIENCE, self.read_sketch(key)).await;
        read.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn read_sketch(&self, key: &SeasonKey) -> Result<Arc<Sketch>, Error> {
        // Who comes while one is made waits for it: a crowd makes one.
        let _turn = self.sketching.lock().await;
        if let Some(sketch) = self.sketches.get(key) {
            return Ok(sketch);
        }
        let board = self.board(&key.board)?;
        let slice = self.broker.slice(key, 0, 0).await?;
        let total = slice.map_or(0, |slice| slice.total);
        let points = stream::iter(Sketch::places(total)).map(async |place| {
            let slice = self.broker.slice(key, place, 1).await?;
            let row = slice.and_then(|slice| slice.rows.into_iter().next());
            Ok::<_, Error>(row.map(|row| (place, row.score)))
        });
        let points: Vec<_> = points.buffered(AT_ONCE).try_collect().await?;
        let points = points.into_iter().flatten().collect();
        let sketch = Arc::new(Sketch::new(board.order, total, points));
        if total > 0 {
            self.sketches.insert(key.clone(), sketch.clone());
        }
        Ok(sketch)
    }
}
