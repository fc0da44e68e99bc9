//! Who watches a channel on this node, and a channel that is one state.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leaderport::Position;
use leaderport::live::{Cursor, Join, Log, Published, Touches};
use leaderport::protocol::{Channel, State};

use super::frame::Frame;
use super::inbox::{ConnectionId, Inbox, Slot};

/// The connections that watch a channel.
#[derive(Default)]
pub(super) struct Watchers(Mutex<HashMap<(ConnectionId, Slot), Arc<Inbox>>>);

impl Watchers {
    pub(super) fn add(&self, inbox: &Arc<Inbox>, slot: Slot) {
        self.lock().insert((inbox.id, slot), inbox.clone());
    }

    pub(super) fn remove(&self, id: ConnectionId, slot: Slot) {
        self.lock().remove(&(id, slot));
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Tells all of them that there is news.
    pub(super) fn wake(&self) {
        let mut skipped = 0;
        for ((_, slot), inbox) in self.lock().iter() {
            skipped += u64::from(!inbox.mark(*slot));
        }
        if skipped > 0 {
            // What they were told of before is not taken yet: they get the newest.
            metrics::counter!("leaderport_frames_skipped_total").increment(skipped);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ConnectionId, Slot), Arc<Inbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel with a log of its own.
pub(super) struct Single {
    channel: Channel,
    log: Mutex<Option<Log<Frame>>>,
    pub(super) watchers: Watchers,
    /// Has read the first state.
    pub(super) opened: tokio::sync::OnceCell<()>,
}

impl Single {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel,
            log: Mutex::default(),
            watchers: Watchers::default(),
            opened: tokio::sync::OnceCell::new(),
        }
    }

    /// Takes a state as of a position.
    pub(super) fn publish(&self, state: State, position: Position, touches: Touches) {
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

    /// Takes the next state of a channel whose positions are counted here: one that
    /// is as the one before is none.
    pub(super) fn show(&self, state: State, first: Position) {
        let next = match &*self.lock() {
            Some(log) if *log.state() == state => return,
            Some(log) => Position {
                offset: log.position().offset + 1,
                ..first
            },
            None => first,
        };
        self.publish(state, next, Touches::at(next.offset));
    }

    /// The newest state, and as of when.
    pub(super) fn newest(&self) -> Option<(State, Position)> {
        let log = self.lock();
        log.as_ref()
            .map(|log| (log.state().clone(), log.position()))
    }

    pub(super) fn join(&self, since: Option<Position>) -> Join {
        let mut log = self.lock();
        let join = log
            .as_mut()
            .map(|log| log.join(since, |_, _| Touches::UNKNOWN));
        match join {
            // Nothing newer can be had than what there is.
            None | Some(Join::Behind) => Join::Whole,
            Some(join) => join,
        }
    }

    pub(super) fn next(&self, cursor: Cursor) -> Option<(Frame, Cursor)> {
        self.lock().as_mut()?.next(cursor)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Log<Frame>>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
