//! A connection's outbox: a bounded queue of encoded frames.
//!
//! It never waits and never grows. When it is full the hub leaves deltas out,
//! marks the page as missed for this watcher, and sends the newest page once
//! there is room again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

/// Frames that wait for a socket. 64 deltas of a page are 6 seconds of changes.
const CAPACITY: usize = 64;

/// Tells watchers of one hub apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WatcherId(u64);

/// The hub's end.
pub(super) struct Outbox {
    pub(super) id: WatcherId,
    frames: mpsc::Sender<Utf8Bytes>,
    missed: AtomicBool,
    gap: Notify,
}

impl Outbox {
    pub(super) fn new() -> (Self, mpsc::Receiver<Utf8Bytes>) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (frames, queue) = mpsc::channel(CAPACITY);
        let id = WatcherId(NEXT.fetch_add(1, Ordering::Relaxed));
        (
            Self {
                id,
                frames,
                missed: AtomicBool::new(false),
                gap: Notify::new(),
            },
            queue,
        )
    }

    /// Whether the frame found room.
    pub(super) fn offer(&self, frame: Utf8Bytes) -> bool {
        let found_room = self.frames.try_send(frame).is_ok();
        if found_room {
            metrics::counter!("leaderport_frames_total").increment(1);
        } else {
            metrics::counter!("leaderport_frames_skipped_total").increment(1);
            self.missed.store(true, Ordering::Release);
        }
        found_room
    }

    /// Wakes the connection, which may have emptied the queue before the hub knew
    /// that it was full.
    pub(super) fn tell_of_gap(&self) {
        self.gap.notify_one();
    }

    /// Waits until [`Self::tell_of_gap`] is called.
    pub(super) async fn told_of_gap(&self) {
        self.gap.notified().await;
    }

    /// Whether frames were left out since this was last asked.
    pub(super) fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::AcqRel)
    }
}
