//! One channel of one connection: its source, and the connection's progress in it.

use std::sync::Arc;

use leaderport::live::Cursor;
use leaderport::protocol::Channel;

use crate::realtime::channels::source::Source;
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::{ConnectionId, Inbox, Slot};

/// A command that named a period instead of a season.
#[derive(Debug, Clone)]
pub(crate) struct PeriodCommand {
    /// The client's id of the command.
    pub(crate) id: u32,
    /// The channel's name with the period.
    pub(crate) name: String,
}

/// A connection's subscription to one channel. Dropping it unsubscribes.
pub(crate) struct Subscription {
    pub(crate) channel: Channel,
    /// The command of a subscription by period, which follows the running season.
    by_period: Option<Box<PeriodCommand>>,
    source: Source,
    cursor: Cursor,
    who: (ConnectionId, Slot),
}

impl Subscription {
    /// Subscribes a connection's inbox, at a slot, to a channel.
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
            by_period: None,
            source,
            cursor,
            who: (inbox.id, slot),
        }
    }

    /// Makes the subscription follow the running season of its command.
    pub(crate) fn follow(mut self, command: Option<PeriodCommand>) -> Self {
        self.by_period = command.map(Box::new);
        self
    }

    /// The command of a subscription by period.
    pub(crate) fn by_period(&self) -> Option<&PeriodCommand> {
        self.by_period.as_deref()
    }

    /// Removes the previous player's name from the presence, because the caller has changed.
    pub(crate) fn hide(&self) {
        if let Source::Presence(board, player) = &self.source {
            board.left(self.who, player.as_ref());
        }
    }

    /// The next frame; `None` if the channel has no newer state.
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
