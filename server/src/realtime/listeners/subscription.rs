//! One channel of one connection: its source, and how far it was taken.

use std::sync::Arc;

use leaderport::live::Cursor;
use leaderport::protocol::Channel;

use crate::realtime::channels::source::Source;
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::{ConnectionId, Inbox, Slot};

/// A connection's subscription, until it is dropped.
pub(crate) struct Subscription {
    pub(crate) channel: Channel,
    source: Source,
    cursor: Cursor,
    who: (ConnectionId, Slot),
}

impl Subscription {
    /// Subscribes a connection's inbox, at a slot, to the news of a channel.
    pub(crate) fn new(
        channel: Channel,
        source: Source,
        cursor: Cursor,
        inbox: &Arc<Inbox>,
        slot: Slot,
    ) -> Self {
        source.watchers().add(inbox, slot);
        if let Source::Presence(board, player) = &source {
            board.came((inbox.id, slot), player.as_ref());
        }
        metrics::gauge!("leaderport_subscriptions").increment(1);
        Self {
            channel,
            source,
            cursor,
            who: (inbox.id, slot),
        }
    }

    /// The listener is somebody else by now: whom it was is not named any more.
    pub(crate) fn hide(&self) {
        if let Source::Presence(board, player) = &self.source {
            board.left(self.who, player.as_ref());
        }
    }

    /// The next frame, if there is one that was not taken yet.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let (frame, cursor) = self.source.next(self.cursor)?;
        self.cursor = cursor;
        Some(frame)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let (id, slot) = self.who;
        self.source.watchers().remove(id, slot);
        if let Source::Presence(board, player) = &self.source {
            board.left((id, slot), player.as_ref());
        }
        metrics::gauge!("leaderport_subscriptions").decrement(1);
    }
}
