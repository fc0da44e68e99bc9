//! The hub: every page that somebody on this node watches.
//!
//! A notice marks the watched pages that it touches as dirty. At most ten times
//! a second each dirty page is read once, compared with what its watchers have,
//! and the delta is encoded once for all of them. A page that nobody watches is
//! not known here and costs nothing.
//!
//! What a watched page's watchers have (`Watched::page`) changes only under the
//! lock, together with handing out the frame that says so; so a subscriber's
//! snapshot and the deltas after it fit without a gap.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use leaderport::protocol::{Channel, Event};
use leaderport::service::broker::{Notice, Publication};
use leaderport::service::{Error, Leaderboards, SeasonInfo};
use leaderport::{Page, PageNumber, Position, SeasonKey, Slug};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};

use super::outbox::{Outbox, WatcherId};

/// How often a page is read that comes from the ledger because the broker is away.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The shortest time between two deltas of a page.
const TICK: Duration = Duration::from_millis(100);

type Pages = BTreeMap<PageNumber, Watched>;

/// The watched pages of a node.
pub(super) struct Hub {
    leaderboards: Arc<Leaderboards>,
    seasons: Mutex<HashMap<SeasonKey, Pages>>,
    something_is_dirty: Notify,
}

struct Watched {
    channel: String,
    page: Page,
    position: Position,
    is_dirty: bool,
    /// The page as a frame, for those who missed deltas; made when first wanted.
    snapshot: Option<Utf8Bytes>,
    watchers: HashMap<WatcherId, Watcher>,
}

struct Watcher {
    outbox: Arc<Outbox>,
    /// Deltas were left out: nothing but a snapshot makes sense to it.
    has_gap: bool,
}

impl Hub {
    pub(super) fn start(
        leaderboards: Arc<Leaderboards>,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let hub = Arc::new(Self {
            leaderboards,
            seasons: Mutex::default(),
            something_is_dirty: Notify::new(),
        });
        tokio::spawn(until(stopped.clone(), hub.clone().listen()));
        tokio::spawn(until(stopped.clone(), hub.clone().tick()));
        tokio::spawn(until(stopped, hub.clone().look_again()));
        hub
    }

    pub(super) fn leaderboards(&self) -> &Leaderboards {
        &self.leaderboards
    }

    /// Begins to watch a page: its snapshot goes into the outbox first, then
    /// every delta. Watching twice sends the snapshot again.
    pub(super) async fn subscribe(
        &self,
        id: u32,
        season: SeasonInfo,
        number: PageNumber,
        outbox: &Arc<Outbox>,
    ) -> Result<Channel, Error> {
        let board = season.key.board.clone();
        let channel = Channel {
            board,
            season: season.key.season,
            page: number,
        };
        let is_watched = self
            .lock()
            .get(&season.key)
            .is_some_and(|p| p.contains_key(&number));
        // Read unlocked: the lock is never held across an await. Who comes to a
        // watched page gets what its watchers have, and costs no read.
        let read = if is_watched {
            None
        } else {
            Some(self.leaderboards.page_now(&season.key, number).await?)
        };
        let attached = self.attach(id, &channel, &season, read, outbox);
        if !attached {
            // Its last watcher left in between.
            let read = self.leaderboards.page_now(&season.key, number).await?;
            self.attach(id, &channel, &season, Some(read), outbox);
        }
        self.something_is_dirty.notify_one();
        self.gauge();
        Ok(channel)
    }

    /// Whether the page is watched, or was given to begin with.
    fn attach(
        &self,
        id: u32,
        channel: &Channel,
        season: &SeasonInfo,
        read: Option<(Page, Position)>,
        outbox: &Arc<Outbox>,
    ) -> bool {
        let mut seasons = self.lock();
        let pages = seasons.entry(season.key.clone()).or_default();
        if let Some((page, position)) = read {
            pages.entry(channel.page).or_insert_with(|| Watched {
                channel: channel.to_string(),
                page,
                position,
                // A notice between the read and now found nobody watching.
                is_dirty: true,
                snapshot: None,
                watchers: HashMap::new(),
            });
        }
        let Some(watched) = pages.get_mut(&channel.page) else {
            if pages.is_empty() {
                seasons.remove(&season.key);
            }
            return false;
        };
        let frame = encode(&Event::Subscribed {
            id,
            channel: watched.channel.clone(),
            season: channel.season,
            next_reset: season.next_reset,
            position: watched.position,
            page: watched.page.clone(),
        });
        let has_gap = !outbox.offer(frame);
        watched.watchers.insert(
            outbox.id,
            Watcher {
                outbox: outbox.clone(),
                has_gap,
            },
        );
        true
    }

    /// Stops watching a page.
    pub(super) fn unsubscribe(&self, channel: &Channel, id: WatcherId) {
        let key = SeasonKey {
            board: channel.board.clone(),
            season: channel.season,
        };
        let mut seasons = self.lock();
        if let Some(pages) = seasons.get_mut(&key) {
            if let Some(watched) = pages.get_mut(&channel.page) {
                watched.watchers.remove(&id);
                if watched.watchers.is_empty() {
                    pages.remove(&channel.page);
                }
            }
            if pages.is_empty() {
                seasons.remove(&key);
            }
        }
        drop(seasons);
        self.gauge();
    }

    /// Sends the newest page of each of the watcher's channels that has a gap.
    pub(super) fn fill_gaps<'a>(&self, channels: impl Iterator<Item = &'a Channel>, id: WatcherId) {
        let mut seasons = self.lock();
        for channel in channels {
            let key = SeasonKey {
                board: channel.board.clone(),
                season: channel.season,
            };
            let watched = seasons
                .get_mut(&key)
                .and_then(|pages| pages.get_mut(&channel.page));
            let Some(watched) = watched else { continue };
            let snapshot = watched.snapshot();
            if let Some(watcher) = watched.watchers.get_mut(&id).filter(|w| w.has_gap) {
                watcher.has_gap = !watcher.outbox.offer(snapshot);
            }
        }
    }

    async fn listen(self: Arc<Self>) {
        let mut notices = self.leaderboards.notices();
        loop {
            match notices.recv().await {
                Ok(Notice::Published(key, publications)) => {
                    let first = publications.iter().map(|p| p.touched.0).min().unwrap_or(0);
                    let last = publications
                        .iter()
                        .map(|p| p.touched.1)
                        .max()
                        .unwrap_or(u64::MAX);
                    metrics::counter!("leaderport_publications_total")
                        .increment(publications.len() as u64);
                    // Pages above who enters or leaves change in their total alone.
                    let is_resized = |p: &Publication| p.previous.is_none() || p.now.is_none();
                    let resized = publications.iter().any(is_resized);
                    self.mark(&key, |page| {
                        resized
                            || (PageNumber::holding(first)..=PageNumber::holding(last))
                                .contains(&page)
                    });
                }
                Ok(Notice::Loaded(key)) => self.mark(&key, |_| true),
                Ok(Notice::Defined(_)) => {}
                Ok(Notice::Away | Notice::Back | Notice::Restarted) => self.mark_boards(|_| true),
                Ok(Notice::Lost(board)) => self.mark_boards(|b| *b == board),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(
                        missed,
                        "notices were missed; every watched page is read again"
                    );
                    self.mark_boards(|_| true);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn mark(&self, key: &SeasonKey, is_touched: impl Fn(PageNumber) -> bool) {
        let mut any = false;
        if let Some(pages) = self.lock().get_mut(key) {
            for (_, watched) in pages.iter_mut().filter(|(number, _)| is_touched(**number)) {
                watched.is_dirty = true;
                any = true;
            }
        }
        if any {
            self.something_is_dirty.notify_one();
        }
    }

    fn mark_boards(&self, is_one: impl Fn(&Slug) -> bool) {
        self.mark_where(|key, _| is_one(&key.board));
    }

    fn mark_where(&self, is_one: impl Fn(&SeasonKey, &Watched) -> bool) {
        let mut any = false;
        for (key, pages) in self.lock().iter_mut() {
            for watched in pages.values_mut().filter(|watched| is_one(key, watched)) {
                watched.is_dirty = true;
                any = true;
            }
        }
        if any {
            self.something_is_dirty.notify_one();
        }
    }

    /// The first change after a quiet time goes out at once, the next after a tick.
    async fn tick(self: Arc<Self>) {
        let mut is_failing = false;
        loop {
            self.something_is_dirty.notified().await;
            let mut failed = None;
            for (key, number) in self.take_dirty() {
                match self.leaderboards.page_now(&key, number).await {
                    Ok((page, position)) => self.publish(&key, page, position),
                    Err(error) => {
                        self.mark(&key, |page| page == number);
                        failed = Some((key, error));
                    }
                }
            }
            // Said once, however long it lasts.
            if let Some((season, error)) = failed.as_ref().filter(|_| !is_failing) {
                tracing::warn!(%season, ?error, "watched pages cannot be read; they are tried again until they can");
            }
            is_failing = failed.is_some();
            tokio::time::sleep(TICK).await;
        }
    }

    /// Nothing is heard of pages that come from the ledger: they are read again
    /// now and then.
    async fn look_again(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            self.mark_where(|_, watched| watched.position.is_degraded());
        }
    }

    fn take_dirty(&self) -> Vec<(SeasonKey, PageNumber)> {
        let mut seasons = self.lock();
        let mut dirty = Vec::new();
        for (key, pages) in seasons.iter_mut() {
            for (number, watched) in pages.iter_mut().filter(|(_, w)| w.is_dirty) {
                watched.is_dirty = false;
                dirty.push((key.clone(), *number));
            }
        }
        dirty
    }

    /// Brings a page's watchers from what they have to `page`.
    fn publish(&self, key: &SeasonKey, page: Page, position: Position) {
        metrics::counter!("leaderport_page_reads_total").increment(1);
        let mut seasons = self.lock();
        let watched = seasons
            .get_mut(key)
            .and_then(|pages| pages.get_mut(&page.number));
        let Some(watched) = watched else { return };
        let is_older =
            watched.position.epoch == position.epoch && watched.position.offset > position.offset;
        if is_older {
            // Somebody came with a newer read in between; the next tick reads again.
            watched.is_dirty = true;
            drop(seasons);
            self.something_is_dirty.notify_one();
            return;
        }
        if watched.page == page && watched.position.epoch == position.epoch {
            // Nothing to see; whoever comes next gets the newer position.
            watched.position = position;
            watched.snapshot = None;
            return;
        }
        let delta = watched.page.delta_to(&page);
        let frame = encode(&Event::Delta {
            channel: watched.channel.clone(),
            position,
            delta,
        });
        metrics::counter!("leaderport_deltas_total").increment(1);
        watched.page = page;
        watched.position = position;
        watched.snapshot = None;
        for watcher in watched.watchers.values_mut().filter(|w| !w.has_gap) {
            watcher.has_gap = !watcher.outbox.offer(frame.clone());
            if watcher.has_gap {
                watcher.outbox.tell_of_gap();
            }
        }
    }

    fn gauge(&self) {
        let watched: usize = self.lock().values().map(BTreeMap::len).sum();
        metrics::gauge!("leaderport_watched_pages").set(u32::try_from(watched).unwrap_or(u32::MAX));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SeasonKey, Pages>> {
        self.seasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn snapshot(&mut self) -> Utf8Bytes {
        let (channel, page) = (&self.channel, &self.page);
        let make = || {
            let (channel, page) = (channel.clone(), page.clone());
            encode(&Event::Snapshot {
                channel,
                position: self.position,
                page,
            })
        };
        self.snapshot.get_or_insert_with(make).clone()
    }
}

/// An event as a text frame.
pub(super) fn encode(event: &Event) -> Utf8Bytes {
    serde_json::to_string(event)
        .expect("events have string keys alone")
        .into()
}

async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}
