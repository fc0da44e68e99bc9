//! The source of the frames of one channel, for every kind of channel.

use std::sync::Arc;

use leaderport::PlayerId;
use leaderport::live::Cursor;

use crate::realtime::channels::board::BoardWatch;
use crate::realtime::channels::feed::Feed;
use crate::realtime::channels::mine::Mine;
use crate::realtime::channels::season::{PageWatch, Season};
use crate::realtime::channels::watchers::{Single, Watchers};
use crate::realtime::delivery::frame::Frame;

/// The source of a channel's frames. The channel is watched until its last source is dropped.
pub(crate) enum Source {
    /// A page of a season.
    Page(Arc<PageWatch>),
    /// A season's feed, with a reference to the season, whose task updates it.
    Feed {
        feed: Arc<Feed>,
        _season: Arc<Season>,
    },
    /// The listener's own standing, with a reference to the season, whose task updates it.
    Mine {
        mine: Arc<Mine>,
        _season: Arc<Season>,
    },
    /// A board's settings.
    Settings(Arc<BoardWatch>),
    /// The presence of a board, and the player by whose name the listener is listed, if any.
    Presence(Arc<BoardWatch>, Option<PlayerId>),
    /// The metrics of the node.
    Ops(Arc<Single>),
}

impl Source {
    /// The connections that watch the channel.
    pub(crate) fn watchers(&self) -> &Watchers {
        match self {
            Self::Page(page) => &page.watchers,
            Self::Feed { feed, .. } => &feed.single.watchers,
            Self::Mine { mine, .. } => &mine.single.watchers,
            Self::Settings(board) => &board.settings.watchers,
            Self::Presence(board, _) => &board.presence.watchers,
            Self::Ops(single) => &single.watchers,
        }
    }

    /// The next frame after a cursor, if there is one.
    pub(crate) fn next(&self, cursor: Cursor) -> Option<(Frame, Cursor)> {
        match self {
            Self::Page(page) => page.next(cursor),
            Self::Feed { feed, .. } => feed.single.next(cursor),
            Self::Mine { mine, .. } => mine.single.next(cursor),
            Self::Settings(board) => board.settings.next(cursor),
            Self::Presence(board, _) => board.presence.next(cursor),
            Self::Ops(single) => single.next(cursor),
        }
    }
}
