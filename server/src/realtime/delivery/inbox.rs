//! What waits for a connection: a mark for each of its subscriptions, and no frame.
//!
//! A channel with news sets the mark; the connection, when it can take something,
//! clears it and takes frames from the channel's log. So a slow connection costs
//! nobody anything: marks do not pile up, and what it takes late is the newest.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};

use leaderport::protocol::{CloseCode, MAX_SUBSCRIPTIONS};
use tokio::sync::Notify;

/// The mark that asks for a look at the connection itself: a ping, who it is.
const LOOK: u64 = 1 << 63;

const _: () = assert!(
    MAX_SUBSCRIPTIONS < 62,
    "a bit for each, one for a subscription in the place of another, and one for looks"
);

/// Tells connections of a node apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u64);

/// Which of a connection's subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot(pub(crate) u8);

/// A connection's marks.
pub(crate) struct Inbox {
    pub(crate) id: ConnectionId,
    marks: AtomicU64,
    wake: Notify,
    /// Something was heard from it since the wheel last looked.
    was_heard: AtomicBool,
    /// It is to be asked whether it is there.
    must_ping: AtomicBool,
    /// The close code by which it ends; 0 while it goes on.
    end: AtomicU16,
    ended: Notify,
}

/// What is marked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks(u64);

impl Inbox {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            marks: AtomicU64::new(0),
            wake: Notify::new(),
            was_heard: AtomicBool::new(true),
            must_ping: AtomicBool::new(false),
            end: AtomicU16::new(0),
            ended: Notify::new(),
        }
    }

    /// There is news for a subscription. Whether there was none before.
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

    /// Something came from the connection.
    pub(crate) fn hear(&self) {
        self.was_heard.store(true, Ordering::Relaxed);
    }

    /// The wheel has come round: the connection is looked at. Gives whether something
    /// was heard from it since the last time.
    pub(crate) fn look(&self) -> bool {
        let was_heard = self.was_heard.swap(false, Ordering::Relaxed);
        self.must_ping.store(!was_heard, Ordering::Relaxed);
        self.set(LOOK);
        was_heard
    }

    /// Whether it is to be asked whether it is there: once.
    pub(crate) fn must_ping(&self) -> bool {
        self.must_ping.swap(false, Ordering::Relaxed)
    }

    /// Ends the connection, whatever it is doing.
    pub(crate) fn end(&self, code: CloseCode) {
        self.end.store(code.code(), Ordering::Release);
        self.ended.notify_one();
    }

    /// Waits until it must end.
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
    /// Whether the connection itself is to be looked at.
    pub(crate) fn is_look(self) -> bool {
        self.0 & LOOK != 0
    }

    /// The subscriptions with news.
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
    async fn marks_do_not_pile_up_and_are_cleared_together() {
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
        inbox.hear();
        assert!(inbox.look());
        assert_eq!(inbox.marked().await.slots().count(), 0);
    }

    #[tokio::test]
    async fn an_end_is_not_missed() {
        let inbox = Inbox::new();
        inbox.end(CloseCode::Silent);
        assert_eq!(inbox.ended().await, CloseCode::Silent);
    }
}
