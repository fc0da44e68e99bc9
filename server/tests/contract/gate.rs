//! A broker behind a gate, which counts row reads, can delay reads and loads like a slow network,
//! and can refuse changes like a broker that is down. The gate reports that its broker is remote, so
//! the service caches pages.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use leaderport::board::Ranking;
use leaderport::protocol::Presence;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Change, Missed, Notice, PlaceRead, Slice};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::service::{Broker, Supervisor};
use leaderport::{PlayerId, Position, Rank, Score, SeasonKey, Slug};
use tokio::sync::{broadcast, watch};

/// The gate and the broker behind it.
pub(crate) struct Gate {
    broker: Arc<dyn Broker>,
    reads: AtomicU64,
    places: AtomicU64,
    is_open: watch::Sender<bool>,
    /// Whether loads of seasons pass.
    is_open_for_loads: watch::Sender<bool>,
    /// Loads of seasons that have begun.
    loads: watch::Sender<u64>,
    is_away: AtomicBool,
    tasks: Supervisor,
}

impl Gate {
    /// A gate that is open.
    pub(crate) fn before(broker: Arc<dyn Broker>) -> Arc<Self> {
        Arc::new(Self {
            broker,
            reads: AtomicU64::new(0),
            places: AtomicU64::new(0),
            is_open: watch::Sender::new(true),
            is_open_for_loads: watch::Sender::new(true),
            loads: watch::Sender::new(0),
            is_away: AtomicBool::new(false),
            tasks: Supervisor::default(),
        })
    }

    /// How many row reads reached the gate.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many reads of places reached the gate.
    pub(crate) fn places(&self) -> u64 {
        self.places.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }

    pub(crate) fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub(crate) fn open_for_loads(&self) {
        self.is_open_for_loads.send_replace(true);
    }

    /// Holds back loads of seasons, after their standings were read.
    pub(crate) fn close_for_loads(&self) {
        self.is_open_for_loads.send_replace(false);
    }

    /// How many loads of seasons have begun.
    pub(crate) fn loads(&self) -> u64 {
        *self.loads.borrow()
    }

    /// Waits until this many loads of seasons have begun.
    pub(crate) async fn has_begun(&self, loads: u64) {
        let mut begun = self.loads.subscribe();
        begun.wait_for(|begun| *begun >= loads).await.unwrap();
    }

    /// Whether changes and reads of rows and places fail from now on.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Tasks that the service takes for those of the broker.
    pub(crate) fn tasks(&self) -> &Supervisor {
        &self.tasks
    }

    /// Waits until the gate is open.
    async fn pass(&self) {
        let mut is_open = self.is_open.subscribe();
        is_open.wait_for(|is_open| *is_open).await.unwrap();
    }

    /// Waits until the gate is open for loads.
    async fn pass_load(&self) {
        self.loads.send_modify(|loads| *loads += 1);
        let mut is_open = self.is_open_for_loads.subscribe();
        is_open.wait_for(|is_open| *is_open).await.unwrap();
    }

    fn check(&self) -> Result<(), BrokerError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(BrokerError("the gate is away".to_owned()));
        }
        Ok(())
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
        self.check()?;
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.pass().await;
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
        self.pass_load().await;
        self.broker.load(key, ranking, standings).await
    }

    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        self.pass_load().await;
        self.broker.fill(key, ranking, standings).await
    }

    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError> {
        self.check()?;
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
        self.check()?;
        self.broker.apply(key, changes).await
    }

    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError> {
        self.check()?;
        self.places.fetch_add(1, Ordering::SeqCst);
        self.pass().await;
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

    async fn place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<Option<u64>, BrokerError> {
        self.broker.place_of_rank(key, rank).await
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

    async fn restarted_run(&self) -> Result<Option<String>, BrokerError> {
        self.broker.restarted_run().await
    }

    async fn end_restart(&self, run: &str) -> Result<(), BrokerError> {
        self.broker.end_restart(run).await
    }

    fn tasks_down(&self) -> Vec<&'static str> {
        self.tasks.down()
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
