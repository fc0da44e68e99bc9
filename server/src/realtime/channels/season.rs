//! A watched season: its pages, its feed, and its players' own standings.
//!
//! A publication marks the watched pages that it touches. A task of the season reads each marked
//! page once, and publishes it to the page's log: the first change after a quiet time at once,
//! later changes at most once a tick. The season is dropped when no part of it is watched any more.

mod rounds;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures::stream::{self, StreamExt};
use leaderport::live::{Cursor, Due, Join, Published, Relay, Step};
use leaderport::service::ports::broker::{Missed, Publication};
use leaderport::service::{Error, Leaderboards};
use leaderport::{Page, PageNumber, PlayerId, Position, SeasonKey};
use tokio::sync::Notify;
use tokio::time::Instant;

use self::rounds::{keep_reading, mark_again};
use crate::realtime::channels::feed::Feed;
use crate::realtime::channels::mine::Mine;
use crate::realtime::channels::registry::Registry;
use crate::realtime::channels::watchers::{Opened, Positions, Watchers};
use crate::realtime::delivery::frame::Frame;

/// Maximum number of concurrent reads.
const READS_AT_ONCE: usize = 16;

/// A watched season.
pub(crate) struct Season {
    pub(crate) key: SeasonKey,
    /// Registry of the watched seasons, from which this season removes itself on drop.
    seasons: Arc<Registry<SeasonKey, Season>>,
    leaderboards: Arc<Leaderboards>,
    state: Mutex<Watched>,
    /// The watched own standings, by player.
    mine: Arc<Registry<PlayerId, Mine>>,
    /// Wakes the season's task to read pages and the feed.
    work: Arc<Notify>,
    /// Wakes the season's task to read players' own standings.
    own_work: Arc<Notify>,
    /// Signals the end of a read.
    was_read: Notify,
    /// Serialises queries for earlier publications.
    learning: tokio::sync::Mutex<()>,
}

struct Watched {
    relay: Relay<Frame>,
    pages: HashMap<PageNumber, Weak<PageWatch>>,
    /// Time at which each marked page was marked, to measure the delivery.
    marked: HashMap<PageNumber, Instant>,
    feed: Weak<Feed>,
}

/// A watched page.
pub(crate) struct PageWatch {
    season: Arc<Season>,
    number: PageNumber,
    pub(crate) watchers: Watchers,
    opened: Opened,
}

impl Season {
    /// Starts to watch a season, with its tasks.
    pub(crate) fn start(
        seasons: Arc<Registry<SeasonKey, Self>>,
        leaderboards: Arc<Leaderboards>,
        key: SeasonKey,
    ) -> Arc<Self> {
        let season = Arc::new(Self {
            state: Mutex::new(Watched {
                relay: Relay::new(key.clone()),
                pages: HashMap::new(),
                marked: HashMap::new(),
                feed: Weak::new(),
            }),
            mine: Arc::default(),
            key,
            seasons,
            leaderboards,
            work: Arc::new(Notify::new()),
            own_work: Arc::new(Notify::new()),
            was_read: Notify::new(),
            learning: tokio::sync::Mutex::new(()),
        });
        let (work, own) = (season.work.clone(), season.own_work.clone());
        let weak = Arc::downgrade(&season);
        let tasks = season.leaderboards.tasks();
        let (read, mut is_again) = (weak.clone(), false);
        tasks.spawn("pages", move || {
            mark_again(&read, &mut is_again);
            keep_reading(read.clone(), work.clone(), async |s| s.read_marked().await)
        });
        let mut is_again = false;
        tasks.spawn("own_standings", move || {
            mark_again(&weak, &mut is_again);
            keep_reading(weak.clone(), own.clone(), async |s| s.read_own().await)
        });
        season
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to a page. `since` is the position of the client's state. Returns the page,
    /// whether the client continues from its state, and a cursor.
    pub(crate) async fn watch(
        self: &Arc<Self>,
        number: PageNumber,
        since: Option<Position>,
    ) -> Result<(Arc<PageWatch>, bool, Cursor), Error> {
        let page = self.enter(number);
        let opened = page.opened.open(async || self.open(number, since).await);
        opened.await?;
        let joined = self.join(number, since).await;
        Ok((page, joined.is_some(), joined.unwrap_or_default()))
    }

    /// The watch of a page, shared by all its subscribers. The last one drops it.
    fn enter(self: &Arc<Self>, number: PageNumber) -> Arc<PageWatch> {
        let mut state = self.lock();
        if let Some(page) = state.pages.get(&number).and_then(Weak::upgrade) {
            return page;
        }
        let page = Arc::new(PageWatch {
            season: self.clone(),
            number,
            watchers: Watchers::default(),
            opened: Opened::default(),
        });
        state.pages.insert(number, Arc::downgrade(&page));
        metrics::gauge!("leaderport_watched_pages").increment(1);
        page
    }

    /// Reads a page for its first subscriber.
    async fn open(&self, number: PageNumber, since: Option<Position>) -> Result<(), Error> {
        let opening = self.lock().relay.opening();
        let (page, position) = self.leaderboards.page_now(&self.key, number).await?;
        metrics::counter!("leaderport_page_reads_total").increment(1);
        let is_dirty = self.lock().relay.open(opening, page, position);
        if is_dirty {
            self.work.notify_one();
        }
        if let Some(since) = since.filter(|since| since.epoch == position.epoch) {
            self.learn(since).await;
        }
        Ok(())
    }

    /// Adds the publications since a position to the trail, from the broker's stream, unless the
    /// trail already contains them.
    async fn learn(&self, since: Position) {
        let _turn = self.learning.lock().await;
        if self.lock().relay.trail().reaches(since) {
            return;
        }
        if let Ok(Missed::All(publications)) = self.leaderboards.missed(&self.key, since).await {
            let steps: Vec<Step> = publications.chunks(1).filter_map(step).collect();
            self.lock().relay.trail().learn(since, &steps);
        }
    }

    /// The cursor that continues from a position; `None` if the client needs the full state. If the
    /// page is older than the position, waits for a read that began after this call. If the page is
    /// still older then, the client's position is of another stream.
    async fn join(&self, number: PageNumber, since: Option<Position>) -> Option<Cursor> {
        for _ in 0..=2 {
            let was_read = self.was_read.notified();
            let join = self.lock().relay.join(number, since);
            match join {
                Some(Join::Recovered(cursor)) => return Some(cursor),
                Some(Join::Whole) | None => return None,
                Some(Join::Behind) => {
                    self.work.notify_one();
                    was_read.await;
                }
            }
        }
        None
    }

    /// Handles publications, in order.
    pub(crate) fn receive(&self, publications: &[Publication]) {
        let Some(step) = step(publications) else {
            return;
        };
        let epoch = publications[0].position.epoch;
        let now = Instant::now();
        let mut state = self.lock();
        let touched = state.relay.touched(step) * publications.len() as u64;
        metrics::counter!("leaderport_touches_total").increment(touched);
        let marked = state.relay.receive(epoch, step);
        let mut is_work = !marked.is_empty();
        for number in marked {
            state.marked.entry(number).or_insert(now);
        }
        drop(state);
        let (feed, mine) = self.others();
        if let Some(feed) = feed {
            is_work |= feed.receive(publications);
        }
        let mut is_own_work = false;
        for mine in mine {
            is_own_work |= mine.receive(publications, step.is_resized);
        }
        if is_own_work {
            self.own_work.notify_one();
        }
        if is_work {
            self.work.notify_one();
        }
    }

    /// Marks every watched part for a new read, because publications may have been missed.
    pub(crate) fn lost(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        for number in state.relay.lost() {
            state.marked.entry(number).or_insert(now);
        }
        drop(state);
        let (feed, mine) = self.others();
        if let Some(feed) = feed {
            feed.lost();
        }
        for mine in mine {
            mine.lost();
        }
        self.work.notify_one();
        self.own_work.notify_one();
    }

    /// Reads pages again that were read from the ledger while the broker was down.
    pub(crate) fn mark_degraded(&self) {
        if !self.lock().relay.mark_degraded().is_empty() {
            self.work.notify_one();
        }
    }

    /// The season's feed, shared by all its subscribers. The last one drops it.
    pub(crate) fn feed(&self) -> Arc<Feed> {
        let mut state = self.lock();
        if let Some(feed) = state.feed.upgrade() {
            return feed;
        }
        let feed = Feed::new(self.key.clone(), self.leaderboards.clone());
        let feed = Arc::new(feed);
        state.feed = Arc::downgrade(&feed);
        feed
    }

    /// The channel of a player's own standing, shared by all its subscribers. The last one drops
    /// it.
    pub(crate) fn mine(&self, player: &PlayerId, positions: &Arc<Positions>) -> Arc<Mine> {
        let start = || {
            Arc::new(Mine::new(
                self.key.clone(),
                self.leaderboards.clone(),
                player.clone(),
                positions.clone(),
                self.mine.clone(),
            ))
        };
        self.mine.enter(player, start)
    }

    /// Whether a client watches the player's own standing.
    pub(crate) fn is_watched_by(&self, player: &PlayerId) -> bool {
        self.mine.holds(player)
    }

    /// The watched feed and own standings. Dropping the last reference to one takes the lock, so
    /// the caller must not hold the lock.
    fn others(&self) -> (Option<Arc<Feed>>, Vec<Arc<Mine>>) {
        let feed = self.lock().feed.upgrade();
        (feed, self.mine.all())
    }

    /// Reads all marked pages, and publishes the feed. Fails if a part could not be read.
    async fn read_marked(&self) -> Result<(), Error> {
        let dirty = self.lock().relay.take_dirty();
        let failed: Mutex<Option<Error>> = Mutex::default();
        let reads = dirty.into_iter().map(async |due| {
            match self.leaderboards.page_now(&self.key, due.number).await {
                Ok((page, position)) => self.publish(due, page, position),
                Err(error) => {
                    self.lock().relay.failed(due);
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
        });
        stream::iter(reads)
            .buffer_unordered(READS_AT_ONCE)
            .collect::<()>()
            .await;
        self.was_read.notify_waiters();
        let (feed, _) = self.others();
        let read = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let read = read.map_or(Ok(()), Err);
        match feed {
            Some(feed) => read.and(feed.publish().await),
            None => read,
        }
    }

    /// Reads players' own standings that may have changed. A separate task does this, so that
    /// pages, which have many more subscribers, do not wait for it.
    async fn read_own(&self) -> Result<(), Error> {
        let (_, mine) = self.others();
        let reads = mine
            .into_iter()
            .map(async |mine: Arc<Mine>| mine.read_if_marked().await);
        let reads = stream::iter(reads).buffer_unordered(READS_AT_ONCE);
        reads
            .fold(Ok(()), async |all, one| Result::and(all, one))
            .await
    }

    fn publish(&self, due: Due, page: Page, position: Position) {
        metrics::counter!("leaderport_page_reads_total").increment(1);
        let number = page.number;
        let mut state = self.lock();
        let published = state.relay.read(due, page, position);
        match published {
            Published::Older => return self.work.notify_one(),
            Published::Same => drop(state.marked.remove(&number)),
            Published::News => {
                metrics::counter!("leaderport_deltas_total").increment(1);
                let received = state.marked.remove(&number);
                let newest = state.relay.log(number).and_then(|log| log.newest());
                if let (Some(received), Some(frame)) = (received, newest) {
                    frame.received_at(received);
                }
            }
        }
        let page = state.pages.get(&number).and_then(Weak::upgrade);
        drop(state);
        if let Some(page) = page.filter(|_| published == Published::News) {
            page.watchers.wake();
        }
    }
}

/// Combines publications of one epoch into one step of the season's trail.
fn step(publications: &[Publication]) -> Option<Step> {
    let (first, last) = (publications.first()?, publications.last()?);
    let top = publications.iter().map(|p| p.touched.0).min()?;
    let bottom = publications.iter().map(|p| p.touched.1).max()?;
    Some(Step {
        first: first.position.offset,
        last: last.position.offset,
        pages: (PageNumber::holding(top), PageNumber::holding(bottom)),
        is_resized: publications
            .iter()
            .any(|p| p.previous.is_none() || p.now.is_none()),
    })
}

impl PageWatch {
    pub(crate) fn next(&self, cursor: Cursor) -> Option<(Frame, Cursor)> {
        self.season.lock().relay.log(self.number)?.next(cursor)
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        metrics::gauge!("leaderport_watched_pages").decrement(1);
        let mut state = self.season.lock();
        // Close the page, unless a new subscriber has opened it again.
        if state
            .pages
            .get(&self.number)
            .is_some_and(|w| w.strong_count() == 0)
        {
            state.pages.remove(&self.number);
            state.marked.remove(&self.number);
            state.relay.close(self.number);
        }
    }
}

impl Drop for Season {
    fn drop(&mut self) {
        self.seasons.leave(&self.key);
        self.work.notify_one();
        self.own_work.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Epoch, Slug};

    use super::*;
    use crate::startup::embedded::service;

    #[tokio::test]
    async fn task_that_starts_again_reads_every_watched_page() {
        let folder = tempfile::tempdir().unwrap();
        let key = SeasonKey {
            board: Slug::new("atp").unwrap(),
            season: leaderport::Season::AllTime,
        };
        let leaderboards = service(folder.path()).await;
        // From here on nothing awaits, so the season's own tasks do not run.
        let season = Season::start(Arc::default(), leaderboards, key);
        let page = Page {
            number: PageNumber::FIRST,
            total: 0,
            rows: Vec::new(),
        };
        let position = Position {
            epoch: Epoch(1),
            offset: 0,
        };
        let take = || season.lock().relay.take_dirty().len();
        let opening = season.lock().relay.opening();
        season.lock().relay.open(opening, page, position);
        take();
        season.lost();
        assert_eq!(take(), 1);
        // A panic now would lose the taken mark.
        let (weak, mut is_again) = (Arc::downgrade(&season), false);
        mark_again(&weak, &mut is_again);
        assert_eq!(take(), 0, "the first start marks nothing");
        mark_again(&weak, &mut is_again);
        assert_eq!(take(), 1);
    }
}
