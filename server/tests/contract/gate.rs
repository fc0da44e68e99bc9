//! A broker behind a gate, which counts row reads and can delay them like a slow network. The gate
//! reports that its broker is remote, so the service caches pages.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use leaderport::board::Ranking;
use leaderport::protocol::Presence;
use leaderport::service::Broker;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Change, Missed, Notice, PlaceRead, Slice};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::{PlayerId, Position, Score, SeasonKey, Slug};
use tokio::sync::{broadcast, watch};

/// The gate and the broker behind it.
pub(crate) struct Gate {
    broker: Arc<dyn Broker>,
    reads: AtomicU64,
    is_open: watch::Sender<bool>,
}

impl Gate {
    /// A gate that is open.
    pub(crate) fn before(broker: Arc<dyn Broker>) -> Arc<Self> {
        Arc::new(Self {
            broker,
            reads: AtomicU64::new(0),
            is_open: watch::Sender::new(true),
        })
    }

    /// How many row reads reached the gate.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }

    pub(crate) fn close(&self) {
        self.is_open.send_replace(false);
    }
}

#[async_trait]
impl Broker for Gate {
    async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Option<Slice>, BrokerError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let mut is_open = self.is_open.subscribe();
        is_open.wait_for(|is_open| *is_open).await.unwrap();
        self.broker.slice(key, start, limit).await
    }

    async fn holds(&self, key: &SeasonKey) -> Result<bool, BrokerError> {
        self.broker.holds(key).await
    }

    async fn load(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        self.broker.load(key, ranking, standings).await
    }

    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        self.broker.fill(key, ranking, standings).await
    }

    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError> {
        self.broker.forget(board, unlike).await
    }

    async fn rename(
        &self,
        names: &[(PlayerId, StoredName)],
        again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError> {
        self.broker.rename(names, again).await
    }

    async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Option<Vec<Option<Ranks>>>, BrokerError> {
        self.broker.apply(key, changes).await
    }

    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError> {
        self.broker.place(key, player).await
    }

    async fn around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Option<Slice>>, BrokerError> {
        self.broker.around(key, player, limit).await
    }

    async fn place_of_score(
        &self,
        key: &SeasonKey,
        score: Score,
    ) -> Result<Option<PlaceRead>, BrokerError> {
        self.broker.place_of_score(key, score).await
    }

    async fn missed(
        &self,
        key: &SeasonKey,
        since: Position,
    ) -> Result<Option<Missed>, BrokerError> {
        self.broker.missed(key, since).await
    }

    async fn versions(
        &self,
        key: &SeasonKey,
    ) -> Result<Option<HashMap<PlayerId, u64>>, BrokerError> {
        self.broker.versions(key).await
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.broker.ping().await
    }

    async fn present(
        &self,
        board: &Slug,
        node: &str,
        here: &Presence,
        lasts: Duration,
    ) -> Result<Presence, BrokerError> {
        self.broker.present(board, node, here, lasts).await
    }

    async fn announce(&self, board: &Slug) -> Result<(), BrokerError> {
        self.broker.announce(board).await
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.broker.subscribe()
    }
}
