//! Keeps a core free of reads. A flood of reads would otherwise stand before every step of a
//! submission in the executor's queue.
//!
//! A read computes only while it has a turn, and waits for the ledger or for its client without
//! one. There is one turn less than cores. Waiting reads are served in order. The turns cover the
//! handler, its answer and the compression of the answer.

use std::net::IpAddr;
use std::num::NonZero;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use moka::sync::Cache;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::http::client_address::{ClientAddress, network};
use crate::http::read_cost::cost;

/// Maximum number of reads of an address in progress. More of them wait, so that no address fills
/// the queues of the turns and of the loads of seasons.
const READS_OF_ADDRESS: usize = 8;

/// Maximum number of addresses whose reads are counted.
const MAX_ADDRESSES: u64 = 100_000;

/// Time after which an address without reads is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);

/// The turns of all reads, and the reads in progress by address.
pub(crate) struct Pace {
    turns: Arc<Semaphore>,
    addresses: Cache<IpAddr, Arc<Semaphore>>,
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
            addresses: Cache::builder()
                .max_capacity(MAX_ADDRESSES)
                .time_to_idle(FORGOTTEN_AFTER)
                .build(),
        }
    }

    fn of_address(&self, address: IpAddr) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(READS_OF_ADDRESS));
        self.addresses.get_with(network(address), new)
    }
}

/// Answers reads by turns. Other requests pass.
pub(crate) async fn reads(State(pace): State<Arc<Pace>>, request: Request, next: Next) -> Response {
    if cost(request.method(), request.uri(), request.headers()) == 0 {
        return next.run(request).await;
    }
    let from = request.extensions().get::<ClientAddress>().copied();
    let in_progress = from.map(|from| pace.of_address(from.0));
    // A semaphore that is never closed always grants a permit.
    let _in_progress = match &in_progress {
        Some(in_progress) => in_progress.acquire().await.ok(),
        None => None,
    };
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

    #[tokio::test]
    async fn addresses_have_separate_reads_in_progress() {
        let pace = Pace::with_turns(1);
        let one = pace.of_address("1.2.3.4".parse().unwrap());
        let _taken = one.acquire_many(8).await.unwrap();
        let again = pace.of_address("1.2.3.4".parse().unwrap());
        assert!(again.try_acquire().is_err());
        let other = pace.of_address("1.2.3.5".parse().unwrap());
        assert!(other.try_acquire().is_ok());
    }
}
