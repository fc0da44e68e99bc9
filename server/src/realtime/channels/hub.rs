//! The hub: every channel with a subscriber on this node.
//!
//! The hub receives the service's notices. It passes each notice to the affected season or board,
//! if a client watches it. A channel without subscribers is not tracked, and costs nothing.

use std::sync::Arc;
use std::time::Duration;

use leaderport::live::{Cursor, Join};
use leaderport::protocol::{Channel, ChannelName};
use leaderport::service::access::Operation;
use leaderport::service::ports::broker::Notice;
use leaderport::service::{Caller, Error, Leaderboards};
use leaderport::{PlayerId, Position, SeasonKey, Slug};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::metrics::Sampler;
use crate::realtime::channels::board::BoardWatch;
use crate::realtime::channels::ops;
use crate::realtime::channels::registry::Registry;
use crate::realtime::channels::season::Season;
use crate::realtime::channels::source::Source;
use crate::realtime::channels::watchers::{Positions, Single};
use crate::startup::shutdown::until_stopped;

/// Interval at which pages are read again that were read from the ledger while the broker was down.
const DEGRADED_INTERVAL: Duration = Duration::from_secs(2);

/// The watched channels of a node.
pub(crate) struct Hub {
    pub(crate) leaderboards: Arc<Leaderboards>,
    seasons: Arc<Registry<SeasonKey, Season>>,
    boards: Arc<Registry<Slug, BoardWatch>>,
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
            seasons: Arc::default(),
            boards: Arc::default(),
            ops: ops::single(),
            positions: positions.clone(),
        });
        hub.start_tasks(sampler, positions, stopped);
        hub
    }

    fn start_tasks(
        self: &Arc<Self>,
        sampler: Arc<Sampler>,
        positions: Arc<Positions>,
        stopped: &watch::Receiver<bool>,
    ) {
        let tasks = self.leaderboards.tasks();
        let (hub, until) = (self.clone(), stopped.clone());
        let mut is_again = false;
        tasks.spawn("channels", move || {
            let hub = hub.clone();
            let notices = hub.leaderboards.notices();
            // After a restart, notices were missed.
            if std::mem::replace(&mut is_again, true) {
                hub.lost(None, |_| true);
            }
            until_stopped(until.clone(), hub.listen(notices))
        });
        let (hub, until) = (self.clone(), stopped.clone());
        tasks.spawn("degraded_pages", move || {
            until_stopped(until.clone(), hub.clone().mark_degraded())
        });
        let (ops, until) = (self.ops.clone(), stopped.clone());
        tasks.spawn("ops", move || {
            let (sampler, positions) = (sampler.clone(), positions.clone());
            ops::follow(ops.clone(), sampler, positions, until.clone())
        });
    }

    /// Resolves a channel name, if the caller may subscribe to the channel.
    ///
    /// # Errors
    /// Fails if the name is invalid, the caller lacks the permission, or the board is unknown.
    pub(crate) fn resolve(&self, caller: &Caller, name: &str) -> Result<Channel, Error> {
        let (period, channel) = match name.parse()? {
            ChannelName::Of(channel) => (None, channel),
            ChannelName::Running(period, channel) => (Some(period), channel),
        };
        caller.check(Operation::Subscribe(&channel))?;
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

    /// Starts to watch a channel. Returns its source, a cursor, and whether the client's state at
    /// `since` is continued from that cursor.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub(crate) async fn watch(
        &self,
        caller: &Caller,
        channel: &Channel,
        since: Option<Position>,
        show: bool,
    ) -> Result<(Source, Cursor, bool), Error> {
        let join = |single: &Single| match single.join(since) {
            Join::Recovered(cursor) => (cursor, true),
            Join::Whole | Join::Behind => (Cursor::default(), false),
        };
        let (source, (cursor, recovered)) = match channel {
            Channel::Page(key, number) => {
                let (page, recovered, cursor) = self.season(key).watch(*number, since).await?;
                (Source::Page(page), (cursor, recovered))
            }
            Channel::Feed(key) => {
                let season = self.season(key);
                let feed = season.feed();
                feed.open().await?;
                let joined = join(&feed.single);
                let source = Source::Feed {
                    feed,
                    _season: season,
                };
                (source, joined)
            }
            Channel::Me(key) => {
                let player = caller.player().ok_or_else(Error::not_a_player)?;
                let season = self.season(key);
                let mine = season.mine(player, &self.positions);
                mine.open().await?;
                let joined = join(&mine.single);
                let source = Source::Mine {
                    mine,
                    _season: season,
                };
                (source, joined)
            }
            Channel::Board(slug) => {
                let board = self.board(slug);
                board.open_settings()?;
                let joined = join(&board.settings);
                (Source::Settings(board), joined)
            }
            Channel::Presence(slug) => {
                let board = self.board(slug);
                board.open_presence();
                let joined = join(&board.presence);
                let player = caller.player().filter(|_| show).cloned();
                (Source::Presence(board, player), joined)
            }
            Channel::Ops => (Source::Ops(self.ops.clone()), join(&self.ops)),
        };
        Ok((source, cursor, recovered))
    }

    /// Whether a client of this node watches a player's standing on a board.
    pub(crate) fn is_present(&self, board: &Slug, player: &PlayerId) -> bool {
        let seasons = self.seasons.all();
        let mut of_board = seasons.iter().filter(|season| season.key.board == *board);
        of_board.any(|season| season.is_watched_by(player))
    }

    fn season(&self, key: &SeasonKey) -> Arc<Season> {
        let (seasons, leaderboards) = (&self.seasons, &self.leaderboards);
        let start = || Season::start(seasons.clone(), leaderboards.clone(), key.clone());
        seasons.enter(key, start)
    }

    fn board(&self, slug: &Slug) -> Arc<BoardWatch> {
        let start = || {
            BoardWatch::start(
                self.boards.clone(),
                self.leaderboards.clone(),
                slug.clone(),
                self.positions.clone(),
            )
        };
        self.boards.enter(slug, start)
    }

    async fn listen(self: Arc<Self>, mut notices: Receiver<Notice>) {
        loop {
            match notices.recv().await {
                Ok(Notice::Published(key, publications)) => {
                    metrics::counter!("leaderport_publications_total")
                        .increment(publications.len() as u64);
                    if let Some(season) = self.seasons.get(&key) {
                        season.receive(&publications);
                    }
                    if let Some(board) = self.boards.get(&key.board) {
                        board.receive(&publications);
                    }
                }
                Ok(Notice::Loaded(key)) => self.lost(Some(&key.board), |season| season.key == key),
                Ok(Notice::Lost(board)) => {
                    self.lost(Some(&board), |season| season.key.board == board);
                }
                Ok(Notice::Away | Notice::Back | Notice::Restarted) => self.lost(None, |_| true),
                Ok(Notice::Defined(board)) => {
                    if let Some(board) = self.boards.get(&board) {
                        board.defined();
                    }
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(
                        missed,
                        "notices of the broker were missed; all watched channels are read again"
                    );
                    self.lost(None, |_| true);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Marks the selected seasons, and one board or all boards, for a new read, because
    /// publications may have been missed.
    fn lost(&self, of: Option<&Slug>, is_one: impl Fn(&Season) -> bool) {
        let seasons = self.seasons.all().into_iter();
        for season in seasons.filter(|season| is_one(season)) {
            season.lost();
        }
        let boards = self.boards.all().into_iter();
        for board in boards.filter(|board| of.is_none_or(|of| *of == board.slug)) {
            board.lost();
        }
    }

    /// Periodically reads pages again that were read from the ledger while the broker was down: no
    /// publication announces their changes.
    async fn mark_degraded(self: Arc<Self>) {
        loop {
            tokio::time::sleep(DEGRADED_INTERVAL).await;
            for season in self.seasons.all() {
                season.mark_degraded();
            }
        }
    }
}
