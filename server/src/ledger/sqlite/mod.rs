//! The ledger in one SQLite file: write-ahead log, flushed at every commit.
//!
//! One connection writes, a few read, and one copies the log back to the file ([`checkpoint`]). A
//! batch needs few calls, regardless of its number of submissions ([`statements`]).

mod checkpoint;
mod outbox;
mod ranked;
mod record;
mod season;
mod statements;
#[cfg(test)]
mod upgrade_test;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use leaderport::admin::audit::AuditNote;
use leaderport::board::Ranking;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{
    Entry, LedgerPlace, LedgerSlice, RankedStanding, RecordedBatch, Renaming, Settlement,
    StoredBoards, Unapplied,
};
use leaderport::service::ports::stored::StoredStanding;
use leaderport::service::{Clock, Ledger};
use leaderport::{Board, PlayerId, Rank, Season, SeasonKey, Slug, SubmissionId};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::{Mutex, mpsc};

use self::checkpoint::Checkpoints;
use self::ranked::{read_place, read_place_of_rank, read_slice, send_all};
use super::audit::bind_note;
use super::database::columns::{all_readable, corrupt, failed, season_count, season_row, version};
use super::database::migrations;
use super::database::sqlite_file::SqliteFile;
use super::{audit, boards};

/// Number of SQLite's instructions after which an export checks that its caller still waits: some
/// milliseconds.
const EXPORT_STEPS: i32 = 100_000;

/// The ledger in one SQLite file.
pub struct Sqlite {
    file: SqliteFile,
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    checkpoints: Checkpoints,
    /// Options of a connection that sorts whole seasons.
    exports: SqliteConnectOptions,
    /// Clock for the age of batches in the outbox.
    clock: Arc<dyn Clock>,
}

impl Sqlite {
    /// Opens the file. Creates the file and its tables if they do not exist.
    ///
    /// # Errors
    /// Fails if the file cannot be opened, or has a newer version.
    pub async fn open(file: &SqliteFile, clock: Arc<dyn Clock>) -> Result<Self, LedgerError> {
        create_private(file.path()).map_err(|e| LedgerError(e.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(file.path())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(128)
            // A batch reads some rows for each submission: send them without waiting in between.
            .row_buffer_size(1024)
            // 64 MiB: the inner pages and ends of all indexes, and the standings of a large board.
            .pragma("cache_size", "-65536")
            // A commit of another connection empties a cache. Then pages come from mapped memory
            // instead of a read each: the first 256 MiB of the file, shared by all connections.
            .pragma("mmap_size", "268435456")
            // Keep the undo data of statements over many rows in memory instead of a file.
            .pragma("temp_store", "memory")
            // 128 MiB. A commit checkpoints by itself only if the task of `checkpoint` fails, or a
            // reader keeps it from starting the log over.
            .pragma("wal_autocheckpoint", "32768")
            // 128 MiB: the commit that starts a longer log over shortens its file. A short file is
            // reused, because a commit is faster in a file that does not grow.
            .pragma("journal_size_limit", "134217728")
            .disable_statement_logging();
        let migrating = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let known = sqlx::migrate!("migrations/sqlite");
        if let Err(error) = known.run(&migrating).await {
            let stored = sqlx::query_scalar(migrations::NEWEST);
            let stored = stored.fetch_one(&migrating).await.unwrap_or_default();
            return Err(migrations::refused(error, &known, stored));
        }
        migrating.close().await;
        let writer = options.connect().await.map_err(failed)?;
        let checkpoints = Checkpoints::start(file.clone(), &options).await?;
        // A commit empties the caches of readers, so they need less than the writer's.
        let options = options
            .read_only(true)
            .create_if_missing(false)
            .pragma("cache_size", "-16384");
        // A long sort uses temporary files, so that its memory is bounded.
        let exports = options.clone().pragma("temp_store", "file");
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self {
            file: file.clone(),
            writer: Mutex::new(writer),
            readers,
            checkpoints,
            exports,
            clock,
        })
    }
}

/// Creates the file, if it does not exist, so that only its owner can read it. SQLite gives the
/// files next to it the same mode.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

#[async_trait]
impl Ledger for Sqlite {
    async fn boards(&self) -> Result<StoredBoards, LedgerError> {
        let select = AssertSqlSafe(boards::select("ORDER BY slug"));
        let rows: Vec<(String, i64, String)> = sqlx::query_as(select)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        Ok(boards::read_all(rows))
    }

    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError> {
        let select = AssertSqlSafe(boards::select("WHERE slug = ?"));
        let row: Option<(String, i64)> = sqlx::query_as(select)
            .bind(slug.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        row.map(|(json, recounting)| boards::read(&json, recounting))
            .transpose()
    }

    async fn put_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError> {
        let json = boards::json(board)?;
        let _turn = self.file.turn().await;
        let mut writer = self.writer.lock().await;
        let mut both = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let put = sqlx::query(boards::PUT)
            .bind(board.slug.as_str())
            .bind(json)
            .bind(boards::version(board))
            .execute(&mut *both)
            .await
            .map_err(failed)?;
        if put.rows_affected() != 1 {
            return Ok(false);
        }
        let noted = bind_note!(sqlx::query(audit::NOTE), note);
        noted.execute(&mut *both).await.map_err(failed)?;
        both.commit().await.map_err(failed)?;
        Ok(true)
    }

    async fn record_all(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
        renamings: &[Renaming],
    ) -> Result<RecordedBatch, LedgerError> {
        let _turn = self.file.turn().await;
        let mut writer = self.writer.lock().await;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let now = self.clock.now();
        let recorded =
            record::record(&mut transaction, settlement, entries, renamings, now).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(recorded)
    }

    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError> {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let until = self.clock.now().millis_i64().saturating_sub(age);
        outbox::unapplied(&self.readers, until, limit).await
    }

    async fn outbox(&self) -> Result<u64, LedgerError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE dead_at IS NULL")
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        version(count)
    }

    async fn outbox_age(&self) -> Result<Option<Duration>, LedgerError> {
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT min(at) FROM outbox WHERE dead_at IS NULL")
                .fetch_one(&self.readers)
                .await
                .map_err(failed)?;
        let age = |at: i64| self.clock.now().millis_i64().saturating_sub(at);
        // The clock may have been set back.
        Ok(oldest.map(|at| Duration::from_millis(age(at).max(0).unsigned_abs())))
    }

    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT board, season, count(*) FROM standings WHERE is_gone = 0
             GROUP BY board, season ORDER BY board, season",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(failed)?;
        let rows = rows.into_iter().map(season_row);
        Ok(all_readable("standings", rows))
    }

    async fn seasons_of(&self, board: &Slug) -> Result<Vec<(Season, u64)>, LedgerError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(boards::SEASONS)
            .bind(board.as_str())
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let rows = rows.into_iter().map(season_count);
        Ok(all_readable("standings", rows))
    }

    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError> {
        season::standings(&self.readers, key).await
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError> {
        let mut db = self.readers.acquire().await.map_err(failed)?;
        read_slice(&mut db, key, ranking, start, limit).await
    }

    async fn export(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        sink: mpsc::Sender<Vec<RankedStanding>>,
    ) -> Result<(), LedgerError> {
        let mut db = self.exports.connect().await.map_err(failed)?;
        // A sort sends nothing, and would go on after its caller is gone.
        let reader = sink.downgrade();
        let is_wanted = move || reader.upgrade().is_some_and(|sink| !sink.is_closed());
        db.lock_handle()
            .await
            .map_err(failed)?
            .set_progress_handler(EXPORT_STEPS, is_wanted);
        match send_all(&mut db, key, ranking, &sink).await {
            // The check has ended the statement.
            Err(_) if sink.is_closed() => Ok(()),
            sent => sent.map(drop),
        }
    }

    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError> {
        let mut db = self.readers.acquire().await.map_err(failed)?;
        read_place(&mut db, key, ranking, player).await
    }

    async fn version(&self, key: &SeasonKey, player: &PlayerId) -> Result<u64, LedgerError> {
        let found: Option<i64> = sqlx::query_scalar(boards::VERSION)
            .bind(key.board.as_str())
            .bind(key.season.to_string())
            .bind(player.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        found.map_or(Ok(0), version)
    }

    async fn place_of_rank(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        rank: Rank,
    ) -> Result<u64, LedgerError> {
        let mut db = self.readers.acquire().await.map_err(failed)?;
        read_place_of_rank(&mut db, key, ranking, rank).await
    }

    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM submissions WHERE id = ?")
            .bind(id.0.as_bytes().as_slice())
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        u64::try_from(count).map_err(corrupt)
    }

    /// The server locks the data folder for one process.
    fn is_local(&self) -> bool {
        true
    }

    fn tasks_down(&self) -> Vec<&'static str> {
        self.checkpoints.tasks_down()
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
