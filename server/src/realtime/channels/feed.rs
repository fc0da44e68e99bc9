//! A season's feed: the highlights of its publications, with names.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leaderport::live::Touches;
use leaderport::protocol::{Channel, FEED_LENGTH, Highlight, State, keep_newest};
use leaderport::service::ports::broker::Publication;
use leaderport::service::{Error, Leaderboards};
use leaderport::{
    Epoch, PageNumber, PlayerId, PlayerName, Position, Score, ScorePolicy, SeasonKey,
};

use crate::realtime::channels::watchers::Single;

/// The feed of a season.
pub(crate) struct Feed {
    key: SeasonKey,
    leaderboards: Arc<Leaderboards>,
    pub(crate) single: Single,
    /// Highlights to publish, without names: the newest, of one epoch.
    pending: Mutex<Option<(Epoch, Vec<Highlight>)>>,
    /// Whether publications may have been missed, so that the stream must be read again.
    is_lost: AtomicBool,
    /// Whether a read is in progress. Publications that arrive during the read may be newer than
    /// its result.
    is_reading: AtomicBool,
}

impl Feed {
    pub(crate) fn new(key: SeasonKey, leaderboards: Arc<Leaderboards>) -> Self {
        let channel = Channel::Feed(key.clone());
        Self {
            key,
            leaderboards,
            single: Single::new(channel),
            pending: Mutex::default(),
            is_lost: AtomicBool::new(false),
            is_reading: AtomicBool::new(false),
        }
    }

    /// Publishes the first state: the highlights that are still in the stream.
    pub(crate) async fn open(&self) -> Result<(), Error> {
        let opened = &self.single.opened;
        opened.open(async || self.read_stream().await).await
    }

    async fn read_stream(&self) -> Result<(), Error> {
        self.is_reading.store(true, Ordering::Release);
        let read = self.read_now().await;
        self.is_reading.store(false, Ordering::Release);
        read
    }

    async fn read_now(&self) -> Result<(), Error> {
        let (position, recent) = self.leaderboards.recent(&self.key).await?;
        let items = self.named(self.highlights(&recent)).await?;
        let is_known = matches!(
            self.single.newest(),
            Some((State::Feed(held), at)) if held == items && at.epoch == position.epoch
        );
        if !is_known {
            let touches = Touches::at(position.offset);
            self.single.publish(State::Feed(items), position, touches);
        }
        Ok(())
    }

    fn highlights(&self, publications: &[Publication]) -> Vec<Highlight> {
        let Ok(board) = self.leaderboards.board(&self.key.board) else {
            return Vec::new();
        };
        let all = publications
            .iter()
            .filter_map(|p| p.highlight(board.policy, board.order));
        let mut all: Vec<Highlight> = all.collect();
        // Omit reverted highlights: the player left later, or got a worse score although the
        // policy is `best`.
        let keeps_best = board.policy == ScorePolicy::Best;
        let mut taken_back: HashMap<&PlayerId, u64> = HashMap::new();
        for publication in publications {
            let fell = |(now, _): (Score, _)| {
                let before = publication.previous_score;
                keeps_best && before.is_some_and(|before| board.order.is_better(before, now))
            };
            if publication.now.is_none_or(fell) {
                taken_back.insert(&publication.player, publication.position.offset);
            }
        }
        let is_taken_back =
            |h: &Highlight| taken_back.get(&h.player).is_some_and(|at| *at > h.offset);
        all.retain(|highlight| !is_taken_back(highlight));
        keep_newest(&mut all, FEED_LENGTH);
        all
    }

    /// Whether publications may make published or pending highlights outdated: a listed player
    /// left, got a worse score although the policy is `best`, or has a new name.
    fn is_outdated_by(&self, publications: &[Publication]) -> bool {
        let Ok(board) = self.leaderboards.board(&self.key.board) else {
            return false;
        };
        let keeps_best = board.policy == ScorePolicy::Best;
        let is_less = |p: &&Publication| match (p.now, p.previous_score) {
            (None, _) => true,
            (Some(_), None) => false,
            // A publication with an unchanged score announces a new name.
            (Some((score, _)), Some(before)) => {
                score == before || keeps_best && board.order.is_better(before, score)
            }
        };
        let mut less = publications.iter().filter(is_less).peekable();
        if less.peek().is_none() {
            return false;
        }
        let sent = match self.single.newest() {
            Some((State::Feed(items), _)) => items,
            _ => Vec::new(),
        };
        let pending = self.lock().as_ref().map(|(_, items)| items.clone());
        let pending = pending.unwrap_or_default();
        let all = || sent.iter().chain(&pending);
        self.is_reading.load(Ordering::Acquire)
            || less.any(|p| all().any(|item| item.player == p.player))
    }

    /// Handles publications. Returns whether there is something to publish.
    pub(crate) fn receive(&self, publications: &[Publication]) -> bool {
        if self.is_outdated_by(publications) {
            // The stream is read again, with current names. It includes the pending highlights.
            self.lost();
            *self.lock() = None;
            return true;
        }
        let added = self.highlights(publications);
        if added.is_empty() {
            return false;
        }
        let epoch = publications[0].position.epoch;
        let mut pending = self.lock();
        let (of, items) = pending.get_or_insert_with(|| (epoch, Vec::new()));
        if *of != epoch {
            *of = epoch;
            items.clear();
        }
        items.extend(added);
        keep_newest(items, FEED_LENGTH);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Epoch, Vec<Highlight>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a new read of the stream, because publications may have been missed.
    pub(crate) fn lost(&self) {
        self.is_lost.store(true, Ordering::Release);
    }

    /// Publishes the pending highlights.
    pub(crate) async fn publish(&self) -> Result<(), Error> {
        if !self.single.opened.is_done() {
            // The first read includes the pending highlights.
            return Ok(());
        }
        if self.is_lost.swap(false, Ordering::AcqRel) {
            let read = self.read_stream().await;
            if read.is_err() {
                self.lost();
            }
            return read;
        }
        let Some((epoch, pending)) = self.lock().take() else {
            return Ok(());
        };
        let before = match self.single.newest() {
            Some((State::Feed(items), position)) if position.epoch == epoch => items,
            _ => Vec::new(),
        };
        let known = before.last().map_or(0, |item| item.offset);
        let added = pending.into_iter().filter(|item| item.offset > known);
        let added: Vec<Highlight> = added.collect();
        let (Some(first), Some(last)) = (added.first(), added.last()) else {
            return Ok(());
        };
        let touches = Touches {
            first: Some(first.offset),
            last: Some(last.offset),
            is_known: true,
        };
        let position = Position {
            epoch,
            offset: last.offset,
        };
        self.is_reading.store(true, Ordering::Release);
        let named = self.named(added).await;
        self.is_reading.store(false, Ordering::Release);
        if named.is_err() {
            // The pending highlights are already taken: read the stream again.
            self.lost();
        }
        let mut items = [before, named?].concat();
        keep_newest(&mut items, FEED_LENGTH);
        self.single.publish(State::Feed(items), position, touches);
        Ok(())
    }

    /// Adds the current display names. One read covers the players of the first page; each other
    /// player needs a lookup.
    async fn named(&self, items: Vec<Highlight>) -> Result<Vec<Highlight>, Error> {
        if items.is_empty() {
            return Ok(items);
        }
        let service = &self.leaderboards;
        let (page, _) = service.page_now(&self.key, PageNumber::FIRST).await?;
        let rows = page.rows.into_iter().map(|row| (row.player, row.name));
        let mut names: HashMap<PlayerId, PlayerName> = rows.collect();
        let mut named = Vec::with_capacity(items.len());
        for item in items {
            let name = match names.get(&item.player) {
                Some(name) => name.clone(),
                None => service.name_of(&self.key, &item.player).await,
            };
            names.insert(item.player.clone(), name.clone());
            named.push(Highlight { name, ..item });
        }
        Ok(named)
    }
}
