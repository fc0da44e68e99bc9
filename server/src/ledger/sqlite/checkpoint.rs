//! Checkpoints: a task copies the write-ahead log back to the file, so that no commit does.
//!
//! Most of the log is copied while others write. SQLite would flush these pages of the file only
//! with the rest of the log, so the task flushes them itself. The rest is copied while no
//! commit runs. Then the next commit starts the log over, and the log stays short.
//! While a reader has an old snapshot, the log grows, and the task tries again after each step.

use std::sync::Arc;
use std::time::Duration;

use leaderport::service::Supervisor;
use leaderport::service::error::LedgerError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::ledger::database::columns::failed;
use crate::ledger::database::sqlite_file::SqliteFile;

/// Pages, 32 MiB, by which the log grows between two checkpoints.
const STEP: i64 = 8192;

/// Pages, 1 MiB, that are few enough to be copied while writers wait.
const FEW: i64 = 256;

/// Maximum number of copies while others write. They end early if few pages are left.
const COPIES: usize = 4;

/// Longest time that the task waits for readers, and writers for the task.
const PATIENCE: &str = "PRAGMA busy_timeout = 10";

/// Shortest time between two looks at the log.
const PAUSE: Duration = Duration::from_millis(100);

/// Time after a failure. A full disk fails each attempt, and each is logged.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// The task of a ledger. It starts again after a panic, and ends when this is dropped.
pub(super) struct Checkpoints {
    tasks: Supervisor,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Starts the task, with a connection of its own.
    pub(super) async fn start(
        file: SqliteFile,
        options: &SqliteConnectOptions,
    ) -> Result<Self, LedgerError> {
        let log = Arc::new(Mutex::new(Log::open(file, options, STEP).await?));
        let tasks = Supervisor::default();
        let task = tasks.spawn("checkpoints", move || keep_short(log.clone()));
        Ok(Self { tasks, task })
    }

    /// The task, while it has panicked and not started again.
    pub(super) fn tasks_down(&self) -> Vec<&'static str> {
        self.tasks.down()
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Checkpoints after turns of the writers. Never ends.
async fn keep_short(log: Arc<Mutex<Log>>) {
    let mut log = log.lock().await;
    let file = log.file.clone();
    loop {
        file.turn_given().await;
        let pause = match log.checkpoint().await {
            Ok(_) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "a checkpoint of the database failed; commits checkpoint by themselves once the log has 128 MiB");
                PAUSE_AFTER_FAILURE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// The write-ahead log.
struct Log {
    file: SqliteFile,
    db: SqliteConnection,
    step: i64,
    /// Length from which on the next checkpoint is due.
    due: i64,
}

/// Result of a statement about the log, whose length is in pages.
struct Pages {
    /// Whether a reader kept it from being done.
    is_busy: bool,
    all: i64,
    copied: i64,
}

impl Pages {
    fn left(&self) -> i64 {
        self.all - self.copied
    }
}

/// Result of a checkpoint.
#[derive(Debug, PartialEq, Eq)]
enum Checkpoint {
    /// The log is short, or is in the file already.
    NotDue,
    /// A reader needs pages of the log, which grows on.
    Partial,
    /// The next commit starts the log over.
    Done,
}

impl Log {
    async fn open(
        file: SqliteFile,
        options: &SqliteConnectOptions,
        step: i64,
    ) -> Result<Self, LedgerError> {
        let mut db = options.connect().await.map_err(failed)?;
        db.execute(PATIENCE).await.map_err(failed)?;
        Ok(Self {
            file,
            db,
            step,
            due: step,
        })
    }

    /// Checkpoints, if the log is long enough.
    async fn checkpoint(&mut self) -> Result<Checkpoint, LedgerError> {
        let pages = self.pages("PRAGMA wal_checkpoint(NOOP)").await?;
        if pages.all < self.due || pages.left() == 0 {
            return Ok(Checkpoint::NotDue);
        }
        for _ in 0..COPIES {
            self.pages("PRAGMA wal_checkpoint(PASSIVE)").await?;
            self.file.flush().await?;
            if self.pages("PRAGMA wal_checkpoint(NOOP)").await?.left() <= FEW {
                break;
            }
        }
        let _turn = self.file.turn().await;
        let pages = self.pages("PRAGMA wal_checkpoint(NOOP)").await?;
        if self.pages("PRAGMA wal_checkpoint(RESTART)").await?.is_busy {
            self.due = pages.all + self.step;
            return Ok(Checkpoint::Partial);
        }
        self.due = self.step;
        Ok(Checkpoint::Done)
    }

    async fn pages(&mut self, pragma: &'static str) -> Result<Pages, LedgerError> {
        let (busy, all, copied): (i64, i64, i64) = sqlx::query_as(pragma)
            .fetch_one(&mut self.db)
            .await
            .map_err(failed)?;
        Ok(Pages {
            is_busy: busy != 0,
            all,
            copied,
        })
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;
    use tempfile::TempDir;

    use super::*;
    use crate::ledger::database::any::{AnyDatabase, number};
    use crate::ledger::database::stopped::Stopped;
    use crate::ledger::sqlite::Sqlite;

    /// Bytes of a page in the log, with its header.
    const PAGE: u64 = 4096 + 24;

    /// Pages of a step.
    const SHORT: i64 = 64;

    /// A database without the task, and its log.
    async fn database() -> (TempDir, SqliteFile, Log) {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteFile::at(folder.path().join("ledger.db"));
        let ledger = Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
        ledger.readers.close().await;
        ledger.writer.into_inner().close().await.unwrap();
        let options = SqliteConnectOptions::new().filename(file.path());
        let mut log = Log::open(file.clone(), &options, SHORT).await.unwrap();
        let empty = log.pages("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        assert_eq!((empty.is_busy, empty.all), (false, 0));
        (folder, file, log)
    }

    /// A commit of about ten pages.
    async fn commit(db: &AnyDatabase, n: i64) {
        let write = "INSERT INTO emblems (board, png, updated_at) VALUES ($1, zeroblob(40000), 0)";
        db.execute(sqlx::query(write).bind(format!("board-{n}")))
            .await
            .unwrap();
    }

    async fn count(file: &SqliteFile) -> i64 {
        let db = AnyDatabase::sqlite(file).await.unwrap();
        let rows = db.fetch(sqlx::query("SELECT count(*) FROM emblems"));
        number(&rows.await.unwrap()[0], 0).unwrap()
    }

    fn length(file: &SqliteFile) -> u64 {
        let mut log = file.path().as_os_str().to_owned();
        log.push("-wal");
        std::fs::metadata(log).unwrap().len()
    }

    #[tokio::test]
    async fn log_is_bounded_and_no_commit_is_lost() {
        let (_folder, file, mut log) = database().await;
        let db = AnyDatabase::sqlite(&file).await.unwrap();
        let mut done = 0;
        for n in 0..200 {
            commit(&db, n).await;
            let checkpoint = log.checkpoint().await.unwrap();
            assert_ne!(checkpoint, Checkpoint::Partial);
            done += i32::from(checkpoint == Checkpoint::Done);
        }
        assert!(done > 10, "{done} checkpoints");
        assert!(length(&file) < 3 * SHORT.unsigned_abs() * PAGE);
        drop((db, log));
        assert_eq!(count(&file).await, 200);
    }

    #[tokio::test]
    async fn idle_log_is_not_copied_again() {
        let (_folder, file, mut log) = database().await;
        let db = AnyDatabase::sqlite(&file).await.unwrap();
        for n in 0..10 {
            commit(&db, n).await;
        }
        assert_eq!(log.checkpoint().await.unwrap(), Checkpoint::Done);
        assert_eq!(log.checkpoint().await.unwrap(), Checkpoint::NotDue);
    }

    /// The commits after the read start the log over before the task looks at it.
    #[tokio::test]
    async fn file_of_the_log_is_shortened_after_a_long_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteFile::at(folder.path().join("ledger.db"));
        let ledger = Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
        let options = SqliteConnectOptions::new().filename(file.path());
        let mut reader = options.connect().await.unwrap();
        let mut other = options.connect().await.unwrap();
        let mut snapshot = reader.begin().await.unwrap();
        let read = sqlx::query("SELECT count(*) FROM emblems");
        read.fetch_one(&mut *snapshot).await.unwrap();
        let write =
            "INSERT INTO emblems (board, png, updated_at) VALUES ('a', zeroblob(140000000), 0)";
        other.execute(write).await.unwrap();
        assert!(length(&file) > 140_000_000);
        snapshot.commit().await.unwrap();
        // This commit copies the log, and the next one starts it over.
        let write = "INSERT INTO emblems (board, png, updated_at) VALUES ('b', x'', 0)";
        other.execute(write).await.unwrap();
        let mut writer = ledger.writer.lock().await;
        let write = "INSERT INTO emblems (board, png, updated_at) VALUES ('c', x'', 0)";
        sqlx::query(write).execute(&mut *writer).await.unwrap();
        assert!(length(&file) <= 128 * 1024 * 1024);
    }

    #[tokio::test]
    async fn old_snapshot_delays_the_checkpoint_by_a_step() {
        let (_folder, file, mut log) = database().await;
        let db = AnyDatabase::sqlite(&file).await.unwrap();
        let options = SqliteConnectOptions::new().filename(file.path());
        let mut reader = options.connect().await.unwrap();
        commit(&db, 0).await;
        let mut snapshot = reader.begin().await.unwrap();
        let read = sqlx::query("SELECT count(*) FROM emblems");
        read.fetch_one(&mut *snapshot).await.unwrap();
        for n in 1..11 {
            commit(&db, n).await;
        }
        assert_eq!(log.checkpoint().await.unwrap(), Checkpoint::Partial);
        commit(&db, 11).await;
        assert_eq!(log.checkpoint().await.unwrap(), Checkpoint::NotDue);
        snapshot.commit().await.unwrap();
        for n in 12..20 {
            commit(&db, n).await;
        }
        assert_eq!(log.checkpoint().await.unwrap(), Checkpoint::Done);
        assert_eq!(count(&file).await, 20);
    }
}
