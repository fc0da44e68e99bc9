//! The pending work of a connection: one mark (a bit) for each subscription, but no frames.
//!
//! A channel with a new state sets the mark of each subscription. When the connection can send, it
//! clears the mark and takes frames from the channel's log. A slow connection therefore needs no
//! queue: marks do not accumulate, and the connection later takes the newest frames.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};

use leaderport::protocol::{CloseCode, MAX_SUBSCRIPTIONS};
use tokio::sync::Notify;

/// The mark to check the connection itself: to send a ping, and to verify the credentials again.
const LOOK: u64 = 1 << 63;

const _: () = assert!(
    MAX_SUBSCRIPTIONS < 62,
    "a bit for each subscription, one for a replacement, and one for checks"
);

/// Identifies a connection of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u64);

/// Index of a subscription in its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot(pub(crate) u8);

/// A connection's marks.
pub(crate) struct Inbox {
    pub(crate) id: ConnectionId,
    marks: AtomicU64,
    wake: Notify,
    /// Whether the client sent anything since the last check.
    was_active: AtomicBool,
    /// Whether the client must be pinged.
    must_ping: AtomicBool,
    /// Close code of the connection; 0 while it is open.
    end: AtomicU16,
    ended: Notify,
}

/// The marks that were set since the last call of [`Inbox::marked`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks(u64);

impl Inbox {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            marks: AtomicU64::new(0),
            wake: Notify::new(),
            was_active: AtomicBool::new(true),
            must_ping: AtomicBool::new(false),
            end: AtomicU16::new(0),
            ended: Notify::new(),
        }
    }

    /// Marks a subscription. Returns whether it was not marked before.
    pub(crate) fn mark(&self, slot: Slot) -> bool {
        self.set(1 << slot.0)
    }

    fn set(&self, bit: u64) -> bool {
        let before = self.marks.fetch_or(bit, Ordering::AcqRel);
        if before == 0 {
            self.wake.notify_one();
        }
        before & bit == 0
    }

    /// Waits for marks, and clears them.
    pub(crate) async fn marked(&self) -> Marks {
        loop {
            let marks = self.marks.swap(0, Ordering::AcqRel);
            if marks != 0 {
                return Marks(marks);
            }
            self.wake.notified().await;
        }
    }

    /// Records that the client sent something.
    pub(crate) fn record_activity(&self) {
        self.was_active.store(true, Ordering::Relaxed);
    }

    /// Marks the connection for a check. Returns whether the client sent anything since the last
    /// check.
    pub(crate) fn look(&self) -> bool {
        let was_active = self.was_active.swap(false, Ordering::Relaxed);
        self.must_ping.store(!was_active, Ordering::Relaxed);
        self.set(LOOK);
        was_active
    }

    /// Whether the client must be pinged; true only once for each check.
    pub(crate) fn must_ping(&self) -> bool {
        self.must_ping.swap(false, Ordering::Relaxed)
    }

    /// Ends the connection, even while a send is blocked.
    pub(crate) fn end(&self, code: CloseCode) {
        self.end.store(code.code(), Ordering::Release);
        self.ended.notify_one();
    }

    /// Waits until the connection must end.
    pub(crate) async fn ended(&self) -> CloseCode {
        loop {
            let code = self.end.load(Ordering::Acquire);
            if let Some(code) = CloseCode::ALL.into_iter().find(|c| c.code() == code) {
                return code;
            }
            self.ended.notified().await;
        }
    }
}

impl Marks {
    /// Whether the connection itself must be checked.
    pub(crate) fn is_look(self) -> bool {
        self.0 & LOOK != 0
    }

    /// The subscriptions with new states.
    pub(crate) fn slots(self) -> impl Iterator<Item = Slot> {
        let marks = self.0 & !LOOK;
        (0..63).filter(move |n| marks & (1 << n) != 0).map(Slot)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn marks_do_not_accumulate_and_are_cleared_together() {
        let inbox = Inbox::new();
        assert!(inbox.mark(Slot(3)));
        assert!(!inbox.mark(Slot(3)));
        assert!(inbox.mark(Slot(0)));
        assert!(inbox.look());
        assert!(!inbox.look());
        let marks = inbox.marked().await;
        assert!(marks.is_look());
        assert_eq!(marks.slots().collect::<Vec<_>>(), [Slot(0), Slot(3)]);
        let nothing = timeout(Duration::from_millis(1), inbox.marked()).await;
        assert!(nothing.is_err());
        inbox.record_activity();
        assert!(inbox.look());
        assert_eq!(inbox.marked().await.slots().count(), 0);
    }

    #[tokio::test]
    async fn end_before_the_wait_is_not_missed() {
        let inbox = Inbox::new();
        inbox.end(CloseCode::Silent);
        assert_eq!(inbox.ended().await, CloseCode::Silent);
    }
}
