//! A ledger behind a gate, which counts loads of seasons and can hold back those that begin with a
//! year, and can hold back exports. Everything else passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use leaderport::admin::audit::AuditNote;
use leaderport::board::Ranking;
use leaderport::service::Ledger;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{
    Entry, LedgerPlace, LedgerSlice, RankedStanding, RecordedBatch, Renaming, Settlement,
    StoredBoards, Unapplied,
};
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{Board, PlayerId, Rank, Season, SeasonKey, Slug, SubmissionId};
use tokio::sync::{mpsc, watch};

/// The gate and the ledger behind it.
pub(crate) struct SlowLedger {
    ledger: Arc<dyn Ledger>,
    /// The year whose seasons are held back.
    year: &'static str,
    is_open: watch::Sender<bool>,
    /// Loads of seasons of the year that have begun.
    loads: watch::Sender<u64>,
    /// Exports that have begun.
    exports: watch::Sender<u64>,
    /// The number of the first exports that never end.
    endless_exports: AtomicU64,
}

impl SlowLedger {
    /// A gate that is open.
    pub(crate) fn before(ledger: Arc<dyn Ledger>, year: &'static str) -> Arc<Self> {
        Arc::new(Self {
            ledger,
            year,
            is_open: watch::Sender::new(true),
            loads: watch::Sender::new(0),
            exports: watch::Sender::new(0),
            endless_exports: AtomicU64::new(0),
        })
    }

    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }

    pub(crate) fn close(&self) {
        self.is_open.send_replace(false);
    }

    /// How many loads of seasons of the year have begun.
    pub(crate) fn loads(&self) -> u64 {
        *self.loads.borrow()
    }

    /// Lets the first exports never end.
    pub(crate) fn hold_exports(&self, count: u64) {
        self.endless_exports.store(count, Ordering::SeqCst);
    }

    /// Waits until this many exports have begun.
    pub(crate) async fn has_begun_exports(&self, exports: u64) {
        let mut begun = self.exports.subscribe();
        begun.wait_for(|begun| *begun >= exports).await.unwrap();
    }

    /// Waits until this many loads of seasons of the year have begun.
    pub(crate) async fn has_begun(&self, loads: u64) {
        let mut begun = self.loads.subscribe();
        begun.wait_for(|begun| *begun >= loads).await.unwrap();
    }
}

#[async_trait]
impl Ledger for SlowLedger {
    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError> {
        if key.season.to_string().starts_with(self.year) {
            self.loads.send_modify(|loads| *loads += 1);
            let mut is_open = self.is_open.subscribe();
            is_open.wait_for(|is_open| *is_open).await.unwrap();
        }
        self.ledger.standings(key).await
    }

    async fn boards(&self) -> Result<StoredBoards, LedgerError> {
        self.ledger.boards().await
    }

    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError> {
        self.ledger.board(slug).await
    }

    async fn put_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError> {
        self.ledger.put_board(board, note).await
    }

    async fn record_all(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
        renamings: &[Renaming],
    ) -> Result<RecordedBatch, LedgerError> {
        let ledger = &self.ledger;
        ledger.record_all(settlement, entries, renamings).await
    }

    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError> {
        self.ledger.unapplied(age, limit).await
    }

    async fn outbox(&self) -> Result<u64, LedgerError> {
        self.ledger.outbox().await
    }

    async fn outbox_age(&self) -> Result<Option<Duration>, LedgerError> {
        self.ledger.outbox_age().await
    }

    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError> {
        self.ledger.seasons().await
    }

    async fn seasons_of(&self, board: &Slug) -> Result<Vec<(Season, u64)>, LedgerError> {
        self.ledger.seasons_of(board).await
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError> {
        self.ledger.slice(key, ranking, start, limit).await
    }

    async fn export(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        sink: mpsc::Sender<Vec<RankedStanding>>,
    ) -> Result<(), LedgerError> {
        let mut number = 0;
        self.exports.send_modify(|exports| {
            *exports += 1;
            number = *exports;
        });
        if number <= self.endless_exports.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.ledger.export(key, ranking, sink).await
    }

    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError> {
        self.ledger.place(key, ranking, player).await
    }

    async fn place_of_rank(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        rank: Rank,
    ) -> Result<u64, LedgerError> {
        self.ledger.place_of_rank(key, ranking, rank).await
    }

    async fn version(&self, key: &SeasonKey, player: &PlayerId) -> Result<u64, LedgerError> {
        self.ledger.version(key, player).await
    }

    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError> {
        self.ledger.count(id).await
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        self.ledger.ping().await
    }
}
