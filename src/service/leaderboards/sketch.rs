//! The sketch of a season: read place by place, and kept for some seconds, because it
//! is the same for everybody who opens the board.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::timeout;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Board, SeasonKey, Sketch};

/// How old a sketch may be.
pub(crate) const KEPT: Duration = Duration::from_secs(10);

/// Seasons whose sketch is kept.
pub(crate) const SEASONS: u64 = 512;

/// Sketches that are made at a time.
pub(crate) const MADE_AT_ONCE: usize = 4;

/// How long a page waits for it. What is made goes on, for the next one.
const PATIENCE: Duration = Duration::from_millis(500);

/// Places that are read at a time.
const AT_ONCE: usize = 16;

/// A season as it is ranked: by which definition of its board.
pub(crate) type Ranked = (SeasonKey, u64);

/// A sketch that others may wait for as well.
pub(crate) type SharedSketch = Shared<BoxFuture<'static, Arc<Sketch>>>;

/// A sketch that is being made, until this is dropped.
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
    /// A season's scores in short, as of some seconds ago. Empty where it cannot be had
    /// soon, as while the broker is away: a page goes without it.
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
        timeout(PATIENCE, sketch).await.unwrap_or_default()
    }

    async fn make_sketch(self: Arc<Self>, ranked: Ranked, board: Arc<Board>) -> Arc<Sketch> {
        let _making = Making(&self, &ranked);
        let turn = self.sketch_turns.acquire().await;
        let sketch = self.read_sketch(&ranked.0, &board).await;
        drop(turn);
        // What failed is not tried again at once; who is first on a board need not wait.
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
