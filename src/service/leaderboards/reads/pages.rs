//! Reads of rows by place, for subscribers and readers. They use this node's cached copies
//! if these are current ([`crate::service::leaderboards::near_cache`]).
//!
//! Concurrent requests for a page share one read. While the broker is slow, readers get a
//! stale copy, and the read continues in the background.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::near_cache::Lookup;
use crate::service::leaderboards::reads::read::{MAX_LIMIT, SeasonInfo, Standings};
use crate::service::ports::broker::Slice;
use crate::{PAGE_SIZE, Page, PageNumber, Position, SeasonKey};

/// Maximum wait for the broker if a stale copy exists.
const SLOW: Duration = Duration::from_millis(50);

/// A read that concurrent callers share.
pub(crate) type SharedRead = Shared<BoxFuture<'static, Result<Slice, Error>>>;

impl Leaderboards {
    /// Up to `limit` rows of a season, starting at a place from 0.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn standings(
        self: &Arc<Self>,
        season: SeasonInfo,
        offset: u64,
        limit: usize,
    ) -> Result<Standings, Error> {
        let limit = limit.min(MAX_LIMIT);
        let number = PageNumber::holding(offset);
        let skip = usize::try_from(offset - number.start()).unwrap_or(usize::MAX);
        let is_of_one_page = skip.saturating_add(limit) as u64 <= PAGE_SIZE;
        let slice = if self.near.is_on() && is_of_one_page {
            let page = self.near_page(&season.key, number).await?;
            Slice {
                start: offset,
                rows: page.rows.into_iter().skip(skip).take(limit).collect(),
                ..page
            }
        } else {
            self.slice(&season.key, offset, limit).await?
        };
        Ok(Standings { season, slice })
    }

    /// A page of a season, with its position.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn page(
        self: &Arc<Self>,
        key: &SeasonKey,
        number: PageNumber,
    ) -> Result<(Page, Position), Error> {
        let slice = if self.near.is_on() {
            self.near_page(key, number).await?
        } else {
            self.whole(key, number).await?
        };
        Ok(as_page(slice, number))
    }

    /// A page of a season, read from the broker and not from the cache. For a caller that has
    /// received a notice of a change.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn page_now(
        &self,
        key: &SeasonKey,
        number: PageNumber,
    ) -> Result<(Page, Position), Error> {
        let slice = self.whole_and_keep(key, number).await?;
        Ok(as_page(slice, number))
    }

    async fn near_page(
        self: &Arc<Self>,
        key: &SeasonKey,
        number: PageNumber,
    ) -> Result<Slice, Error> {
        let lookup = self.near.lookup(key, number, Instant::now());
        let found = match &lookup {
            Lookup::Fresh(_) => "hit",
            Lookup::Stale(_) => "stale",
            Lookup::Nothing => "miss",
        };
        metrics::counter!("leaderport_near_reads_total", "found" => found).increment(1);
        match lookup {
            Lookup::Fresh(slice) => Ok(slice),
            Lookup::Stale(stale) => {
                let read = tokio::time::timeout(SLOW, self.read_once(key, number)).await;
                read.unwrap_or_else(|_| {
                    metrics::counter!("leaderport_near_stale_answers_total").increment(1);
                    Ok(stale)
                })
            }
            Lookup::Nothing => self.read_once(key, number).await,
        }
    }

    /// Reads a page, or joins a running read of it.
    async fn read_once(
        self: &Arc<Self>,
        key: &SeasonKey,
        number: PageNumber,
    ) -> Result<Slice, Error> {
        let page = (key.clone(), number, self.near.life(key));
        // The result must not have an older position than this one.
        let seen = self.near.seen(key);
        let read = {
            let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
            reads.get(&page).cloned().unwrap_or_else(|| {
                let read = self.clone().read_and_forget(page.clone());
                // The read continues after its callers are gone.
                let read = tokio::spawn(read).map(|read| read.unwrap_or(Err(Error::stopping())));
                let read = read.boxed().shared();
                reads.insert(page, read.clone());
                read
            })
        };
        let slice = read.await?;
        let is_behind = seen.is_some_and(|seen| {
            seen.epoch == slice.position.epoch && seen.offset > slice.position.offset
        });
        if is_behind {
            // The shared read began before the newest position that this node had recorded.
            return self.whole_and_keep(key, number).await;
        }
        Ok(slice)
    }

    async fn read_and_forget(
        self: Arc<Self>,
        page: (SeasonKey, PageNumber, u64),
    ) -> Result<Slice, Error> {
        let read = self.whole_and_keep(&page.0, page.1).await;
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.remove(&page);
        read
    }

    async fn whole_and_keep(&self, key: &SeasonKey, number: PageNumber) -> Result<Slice, Error> {
        if !self.near.is_on() {
            return self.whole(key, number).await;
        }
        let reading = self.near.begin(key, number);
        let read = self.whole(key, number).await;
        self.near.end(reading, read.as_ref().ok(), Instant::now());
        read
    }

    async fn whole(&self, key: &SeasonKey, number: PageNumber) -> Result<Slice, Error> {
        let limit = usize::try_from(PAGE_SIZE).expect("a page is small");
        self.slice(key, number.start(), limit).await
    }
}

fn as_page(slice: Slice, number: PageNumber) -> (Page, Position) {
    let page = Page {
        number,
        total: slice.total,
        rows: slice.rows,
    };
    (page, slice.position)
}
