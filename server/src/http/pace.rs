//! Keeps a core free of reads. A flood of reads would otherwise stand before every step of a
//! submission in the executor's queue.
//!
//! A read computes only while it has a turn, and waits for the ledger or for its client without
//! one. There is one turn less than cores. Waiting reads are served in order. The turns cover the
//! handler, its answer and the compression of the answer.

use std::num::NonZero;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::http::read_cost::cost;

/// The turns of all reads.
pub(crate) struct Pace {
    turns: Arc<Semaphore>,
}

impl Pace {
    /// Turns for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_turns(cores.saturating_sub(1).max(1))
    }

    fn with_turns(turns: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(turns)),
        }
    }
}

/// Answers reads by turns. Other requests pass.
pub(crate) async fn reads(State(pace): State<Arc<Pace>>, request: Request, next: Next) -> Response {
    if cost(request.method(), request.uri(), request.headers()) == 0 {
        return next.run(request).await;
    }
    let response = by_turns(&pace.turns, next.run(request)).await;
    response.map(|body| {
        if body.is_end_stream() {
            return body;
        }
        Body::new(PacedBody {
            body,
            turn: Turn::of(&pace.turns),
        })
    })
}

/// Polls a future only while it has a turn.
async fn by_turns<F: Future>(turns: &Arc<Semaphore>, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut turn = Turn::of(turns);
    std::future::poll_fn(|cx| {
        let _turn = ready!(turn.poll(cx));
        future.as_mut().poll(cx)
    })
    .await
}

/// Waits for turns, one after the other.
struct Turn {
    turns: Arc<Semaphore>,
    waiting: Option<BoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>>,
}

impl Turn {
    fn of(turns: &Arc<Semaphore>) -> Self {
        Self {
            turns: turns.clone(),
            waiting: None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<OwnedSemaphorePermit>> {
        if self.waiting.is_none()
            && let Ok(turn) = self.turns.clone().try_acquire_owned()
        {
            return Poll::Ready(Some(turn));
        }
        let turns = &self.turns;
        let wait = || -> BoxFuture<'static, _> { Box::pin(turns.clone().acquire_owned()) };
        let turn = ready!(self.waiting.get_or_insert_with(wait).as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(turn.ok())
    }
}

/// A body that is polled only while it has a turn.
struct PacedBody {
    body: Body,
    turn: Turn,
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let _turn = ready!(self.turn.poll(cx));
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt;
    use futures::future::join_all;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn waiting_read_holds_no_turn() {
        let pace = Pace::with_turns(1);
        let (reply, answer) = oneshot::channel();
        let mut waiting = Box::pin(by_turns(&pace.turns, answer));
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(by_turns(&pace.turns, async { 7 }).await, 7);
        reply.send(8).unwrap();
        assert_eq!(waiting.await, Ok(8));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_reads_compute_than_there_are_turns() {
        let pace = Arc::new(Pace::with_turns(2));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let reads = (0..64).map(|_| {
            let (pace, now, most) = (pace.clone(), now.clone(), most.clone());
            tokio::spawn(async move {
                let read = async {
                    for _ in 0..50 {
                        let computing = now.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(computing, Ordering::SeqCst);
                        std::hint::black_box((0..1000).sum::<u64>());
                        now.fetch_sub(1, Ordering::SeqCst);
                        yield_now().await;
                    }
                };
                by_turns(&pace.turns, read).await;
            })
        });
        for read in join_all(reads).await {
            read.unwrap();
        }
        let most = most.load(Ordering::SeqCst);
        assert!((1..=2).contains(&most), "{most} at once");
        assert_eq!(pace.turns.available_permits(), 2);
    }
}
