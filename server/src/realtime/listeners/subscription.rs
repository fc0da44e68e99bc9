//! One channel of one connection: where it comes from, and how far it was taken.

use std::sync::Arc;

use leaderport::PlayerId;
use leaderport::live::Cursor;
use leaderport::protocol::Channel;

use crate::realtime::channels::board::BoardWatch;
use crate::realtime::channels::feed::Feed;
use crate::realtime::channels::mine::Mine;
use crate::realtime::channels::season::PageWatch;
use crate::realtime::channels::watchers::{Single, Watchers};
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::{ConnectionId, Inbox, Slot};

/// Where a channel's frames come from. What is held here is watched.
pub(crate) enum Source {
    /// A page of a season.
    Page(Arc<PageWatch>),
    /// A season's feed.
    Feed(Arc<Feed>),
    /// The listener's own standing.
    Mine(Arc<Mine>),
    /// A board's settings.
    Settings(Arc<BoardWatch>),
    /// Who watches a board, and as whom the listener does, if they wish to be seen.
    Presence(Arc<BoardWatch>, Option<PlayerId>),
    /// What the node does.
    Ops(Arc<Single>),
}

/// A connection's subscription, until it is dropped.
pub(crate) struct Subscription {
    pub(crate) channel: Channel,
    source: Source,
    cursor: Cursor,
    who: (ConnectionId, Slot),
}

impl Source {
    fn watchers(&self) -> &Watchers {
        match self {
            Self::Page(page) => &page.watchers,
            Self::Feed(feed) => &feed.single.watchers,
            Self::Mine(mine) => &mine.single.watchers,
            Self::Settings(board) => &board.settings.watchers,
            Self::Presence(board, _) => &board.presence.watchers,
            Self::Ops(single) => &single.watchers,
        }
    }

    fn next(&self, cursor: Cursor) -> Option<(Frame, Cursor)> {
        match self {
            Self::Page(page) => page.next(cursor),
            Self::Feed(feed) => feed.single.next(cursor),
            Self::Mine(mine) => mine.single.next(cursor),
            Self::Settings(board) => board.settings.next(cursor),
            Self::Presence(board, _) => board.presence.next(cursor),
            Self::Ops(single) => single.next(cursor),
        }
    }
}

impl Subscription {
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
