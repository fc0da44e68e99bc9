//! The subscribers of a channel on this node, and channels with a single state.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leaderport::live::{Cursor, Join, Log, Published, Touches};
use leaderport::protocol::{Channel, State};
use leaderport::service::Error;
use leaderport::{Epoch, Position};
use tokio::sync::OnceCell;

use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::{ConnectionId, Inbox, Slot};

/// Connections that watch a channel.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<(ConnectionId, Slot), Arc<Inbox>>>);

impl Watchers {
    pub(crate) fn add(&self, inbox: &Arc<Inbox>, slot: Slot) {
        self.lock().insert((inbox.id, slot), inbox.clone());
    }

    pub(crate) fn remove(&self, id: ConnectionId, slot: Slot) {
        self.lock().remove(&(id, slot));
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Notifies all connections of a new state.
    pub(crate) fn wake(&self) {
        let mut skipped = 0;
        for ((_, slot), inbox) in self.lock().iter() {
            skipped += u64::from(!inbox.mark(*slot));
        }
        if skipped > 0 {
            // These connections have not sent the previous frame yet, and will send the newest
            // state.
            metrics::counter!("leaderport_frames_skipped_total").increment(skipped);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ConnectionId, Slot), Arc<Inbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Generates positions for states that exist only on this node, such as a board's settings. The
/// epoch is random for each start of the node. Each position is used for one state of one channel.
pub(crate) struct Positions {
    epoch: Epoch,
    offset: AtomicU64,
}

impl Positions {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Epoch(rand::Rng::random(&mut rand::rng())),
            offset: AtomicU64::new(0),
        }
    }

    pub(crate) fn next(&self) -> Position {
        Position {
            epoch: self.epoch,
            offset: self.offset.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }
}

/// A channel with a log of its own, in contrast to pages, whose logs are in the season's relay.
pub(crate) struct Single {
    channel: Channel,
    log: Mutex<Option<Log<Frame>>>,
    pub(crate) watchers: Watchers,
    pub(crate) opened: Opened,
}

/// Reads a channel's first state once for all waiting callers. If the read fails, all callers that
/// waited for it get its error, instead of retrying one after another.
#[derive(Default)]
pub(crate) struct Opened {
    read: OnceCell<()>,
    failed: Mutex<(u64, Option<Error>)>,
}

impl Opened {
    pub(crate) fn is_done(&self) -> bool {
        self.read.initialized()
    }

    /// Reads the first state, unless it was read before.
    pub(crate) async fn open(
        &self,
        read: impl AsyncFnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let before = self.failed().0;
        let read = async || {
            if let (now, Some(error)) = &*self.failed()
                && *now > before
            {
                return Err(error.clone());
            }
            let read = read().await;
            if let Err(error) = &read {
                let mut failed = self.failed();
                *failed = (failed.0 + 1, Some(error.clone()));
            }
            read
        };
        self.read.get_or_try_init(read).await.copied()
    }

    fn failed(&self) -> MutexGuard<'_, (u64, Option<Error>)> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Single {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            log: Mutex::default(),
            watchers: Watchers::default(),
            opened: Opened::default(),
        }
    }

    /// Publishes a state at a position.
    pub(crate) fn publish(&self, state: State, position: Position, touches: Touches) {
        let mut log = self.lock();
        let published = if let Some(log) = &mut *log {
            log.publish(state, position, touches)
        } else {
            *log = Some(Log::new(self.channel.clone(), state, position));
            Published::Same
        };
        drop(log);
        if published == Published::News {
            self.watchers.wake();
        }
    }

    /// Publishes the next state of a channel that exists only on this node, at a new position.
    /// Ignores an unchanged state.
    pub(crate) fn show(&self, state: State, positions: &Positions) {
        let mut log = self.lock();
        let Some(held) = log.as_mut() else {
            *log = Some(Log::new(self.channel.clone(), state, positions.next()));
            return;
        };
        if *held.state() == state {
            return;
        }
        let next = positions.next();
        let published = held.publish(state, next, Touches::at(next.offset));
        drop(log);
        if published == Published::News {
            self.watchers.wake();
        }
    }

    /// The newest state and its position.
    pub(crate) fn newest(&self) -> Option<(State, Position)> {
        let log = self.lock();
        log.as_ref()
            .map(|log| (log.state().clone(), log.position()))
    }

    pub(crate) fn join(&self, since: Option<Position>) -> Join {
        let mut log = self.lock();
        let join = log
            .as_mut()
            .map(|log| log.join(since, |_, _| Touches::UNKNOWN));
        match join {
            // The log has the newest state, so a client cannot be ahead of it in the same epoch.
            None | Some(Join::Behind) => Join::Whole,
            Some(join) => join,
        }
    }

    pub(crate) fn next(&self, cursor: Cursor) -> Option<(Frame, Cursor)> {
        self.lock().as_mut()?.next(cursor)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Log<Frame>>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use leaderport::protocol::Presence;

    use super::*;

    fn presence(count: u64) -> State {
        State::Presence(Presence {
            count,
            names: Vec::new(),
        })
    }

    #[tokio::test]
    async fn failed_read_is_shared_by_all_waiting_callers() {
        let (opened, reads) = (Opened::default(), AtomicU64::new(0));
        let read = async |succeeds: bool| {
            reads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if succeeds { Ok(()) } else { Err(Error::Busy) }
        };
        let all = (0..10).map(|_| opened.open(async || read(false).await));
        let all = futures::future::join_all(all).await;
        assert!(all.iter().all(|one| matches!(one, Err(Error::Busy))));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert!(!opened.is_done());
        // A later caller reads again.
        opened.open(async || read(true).await).await.unwrap();
        opened.open(async || read(false).await).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        assert!(opened.is_done());
    }

    #[test]
    fn position_of_a_dropped_channel_does_not_match_its_successor() {
        let positions = Positions::new();
        let channel = || Channel::try_from("presence:atp".to_owned()).unwrap();
        let before = Single::new(channel());
        before.show(presence(1), &positions);
        let (_, at) = before.newest().unwrap();
        assert!(matches!(before.join(Some(at)), Join::Recovered(_)));
        drop(before);
        let after = Single::new(channel());
        after.show(presence(7), &positions);
        assert_eq!(after.join(Some(at)), Join::Whole);
        let (_, at) = after.newest().unwrap();
        after.show(presence(7), &positions);
        assert!(matches!(after.join(Some(at)), Join::Recovered(_)));
        after.show(presence(8), &positions);
        assert_eq!(after.join(Some(at)), Join::Whole);
    }
}
