//! The hub: everything that somebody on this node watches.
//!
//! It hears the service's notices and hands each to the season or board that it is
//! about, if that is watched. What nobody watches is not known here and costs nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use leaderport::live::{Cursor, Join};
use leaderport::protocol::{Channel, ChannelName};
use leaderport::service::access::Operation;
use leaderport::service::ports::broker::Notice;
use leaderport::service::{Caller, Error, Leaderboards};
use leaderport::{Position, SeasonKey, Slug};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::metrics::Sampler;
use crate::realtime::channels::board::BoardWatch;
use crate::realtime::channels::ops;
use crate::realtime::channels::season::Season;
use crate::realtime::channels::watchers::{Positions, Single};
use crate::realtime::delivery::inbox::{Inbox, Slot};
use crate::realtime::listeners::subscription::{Source, Subscription};
use crate::startup::shutdown::until_stopped;

/// How often a page is read that comes from the ledger because the broker is away.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What is watched on a node.
pub(crate) struct Hub {
    pub(crate) leaderboards: Arc<Leaderboards>,
    seasons: Mutex<HashMap<SeasonKey, Weak<Season>>>,
    boards: Mutex<HashMap<Slug, Weak<BoardWatch>>>,
    ops: Arc<Single>,
    positions: Arc<Positions>,
}

impl Hub {
    pub(crate) fn start(
        leaderboards: Arc<Leaderboards>,
        sampler: Arc<Sampler>,
        stopped: &watch::Receiver<bool>,
    ) -> Arc<Self> {
        let positions = Arc::new(Positions::new());
        let hub = Arc::new(Self {
            leaderboards,
            seasons: Mutex::default(),
            boards: Mutex::default(),
            ops: ops::single(),
            positions: positions.clone(),
        });
        tokio::spawn(until_stopped(stopped.clone(), hub.clone().listen()));
        tokio::spawn(until_stopped(stopped.clone(), hub.clone().look_again()));
        tokio::spawn(ops::follow(
            hub.ops.clone(),
            sampler,
            positions,
            stopped.clone(),
        ));
        hub
    }

    /// The channel that a name means now, if the caller may hear it.
    ///
    /// # Errors
    /// A name of nothing, who may not, an unknown board.
    pub(crate) fn resolve(&self, caller: &Caller, name: &str) -> Result<Channel, Error> {
        let (period, channel) = match name.parse()? {
            ChannelName::Of(channel) => (None, channel),
            ChannelName::Running(period, channel) => (Some(period), channel),
        };
        caller.check(Operation::Hear(&channel))?;
        let (Channel::Page(key, _) | Channel::Me(key) | Channel::Feed(key)) = &channel else {
            if let Some(board) = channel.board() {
                self.leaderboards.board(board)?;
            }
            return Ok(channel);
        };
        let season = match period {
            Some(_) => None,
            None => Some(key.season),
        };
        let found = self.leaderboards.find(&key.board, period, season)?;
        Ok(channel.of_season(found.key.season))
    }

    /// Begins to watch a channel: from the state of `since`, if what became of it can
    /// be said. Whether it can.
    ///
    /// # Errors
    /// When an engine is away.
    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        caller: &Caller,
        channel: Channel,
        since: Option<Position>,
        show: bool,
        (inbox, slot): (&Arc<Inbox>, Slot),
    ) -> Result<(Subscription, bool), Error> {
        let is_of_single = |single: &Single| match single.join(since) {
            Join::Recovered(cursor) => (true, cursor),
            Join::Whole | Join::Behind => (false, Cursor::default()),
        };
        let (source, (recovered, cursor)) = match &channel {
            Channel::Page(key, number) => {
                let (page, recovered, cursor) = self.season(key).watch(*number, since).await?;
                (Source::Page(page), (recovered, cursor))
            }
            Channel::Feed(key) => {
                let feed = self.season(key).feed();
                feed.open().await?;
                let joined = is_of_single(&feed.single);
                (Source::Feed(feed), joined)
            }
            Channel::Me(key) => {
                let player = caller.player().ok_or_else(Error::not_a_player)?;
                let mine = self.season(key).mine(player, &self.positions);
                mine.open().await?;
                let joined = is_of_single(&mine.single);
                (Source::Mine(mine), joined)
            }
            Channel::Board(slug) => {
                let board = self.board(slug);
                board.open_settings()?;
                let joined = is_of_single(&board.settings);
                (Source::Settings(board), joined)
            }
            Channel::Presence(slug) => {
                let board = self.board(slug);
                board.open_presence();
                let joined = is_of_single(&board.presence);
                let player = caller.player().filter(|_| show).cloned();
                (Source::Presence(board, player), joined)
            }
            Channel::Ops => (Source::Ops(self.ops.clone()), is_of_single(&self.ops)),
        };
        let subscription = Subscription::new(channel, source, cursor, inbox, slot);
        // Whatever came since is taken like news.
        inbox.mark(slot);
        Ok((subscription, recovered))
    }

    fn season(self: &Arc<Self>, key: &SeasonKey) -> Arc<Season> {
        let start = || Season::start(Arc::downgrade(self), self.leaderboards.clone(), key.clone());
        enter(&self.seasons, key, start)
    }

    fn board(self: &Arc<Self>, slug: &Slug) -> Arc<BoardWatch> {
        let start = || {
            BoardWatch::start(
                Arc::downgrade(self),
                self.leaderboards.clone(),
                slug.clone(),
                self.positions.clone(),
            )
        };
        enter(&self.boards, slug, start)
    }

    /// Nobody holds a season any more, unless somebody came meanwhile.
    pub(crate) fn forget_season(&self, key: &SeasonKey) {
        leave(&self.seasons, key);
    }

    /// Whether somebody holds a board.
    pub(crate) fn holds_board(&self, slug: &Slug) -> bool {
        let boards = lock(&self.boards);
        boards
            .get(slug)
            .is_some_and(|board| board.strong_count() > 0)
    }

    /// The same of a board.
    pub(crate) fn forget_board(&self, slug: &Slug) {
        leave(&self.boards, slug);
    }

    async fn listen(self: Arc<Self>) {
        let mut notices = self.leaderboards.notices();
        loop {
            match notices.recv().await {
                Ok(Notice::Published(key, publications)) => {
                    metrics::counter!("leaderport_publications_total")
                        .increment(publications.len() as u64);
                    let season = lock(&self.seasons).get(&key).and_then(Weak::upgrade);
                    if let Some(season) = season {
                        season.hear(&publications);
                    }
                    let board = lock(&self.boards).get(&key.board).and_then(Weak::upgrade);
                    if let Some(board) = board {
                        board.hear(&publications);
                    }
                }
                Ok(Notice::Loaded(key)) => self.lost(Some(&key.board), |season| season.key == key),
                Ok(Notice::Lost(board)) => {
                    self.lost(Some(&board), |season| season.key.board == board);
                }
                Ok(Notice::Away | Notice::Back | Notice::Restarted) => self.lost(None, |_| true),
                Ok(Notice::Defined(board)) => {
                    let board = lock(&self.boards).get(&board).and_then(Weak::upgrade);
                    if let Some(board) = board {
                        board.defined();
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "notices were missed; what is watched is read again");
                    self.lost(None, |_| true);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Of some seasons, and of a board or of all, something may have been missed.
    fn lost(&self, of: Option<&Slug>, is_one: impl Fn(&Season) -> bool) {
        for season in self.watched().into_iter().filter(|season| is_one(season)) {
            season.lost();
        }
        let boards = lock(&self.boards);
        let boards = boards
            .iter()
            .filter(|(slug, _)| of.is_none_or(|of| of == *slug));
        let boards: Vec<_> = boards.filter_map(|(_, board)| board.upgrade()).collect();
        for board in boards {
            board.lost();
        }
    }

    /// Nothing is heard of pages that come from the ledger: they are read again now
    /// and then.
    async fn look_again(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            for season in self.watched() {
                season.look_again();
            }
        }
    }

    fn watched(&self) -> Vec<Arc<Season>> {
        let seasons = lock(&self.seasons);
        seasons.values().filter_map(Weak::upgrade).collect()
    }
}

fn enter<K: Clone + Eq + Hash, T>(
    all: &Mutex<HashMap<K, Weak<T>>>,
    key: &K,
    start: impl FnOnce() -> Arc<T>,
) -> Arc<T> {
    let mut all = lock(all);
    if let Some(one) = all.get(key).and_then(Weak::upgrade) {
        return one;
    }
    let one = start();
    all.insert(key.clone(), Arc::downgrade(&one));
    one
}

fn leave<K: Eq + Hash, T>(all: &Mutex<HashMap<K, Weak<T>>>, key: &K) {
    let mut all = lock(all);
    if all.get(key).is_some_and(|one| one.strong_count() == 0) {
        all.remove(key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
