//! A SQLite file, in which the writers of this process take turns.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use leaderport::service::error::LedgerError;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

/// A database file. Clones share the turns.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    path: PathBuf,
    writers: Arc<Mutex<()>>,
    turns: Arc<Notify>,
    /// The file, opened once to flush it. To close a file ends all of its process's locks on it, also
    /// those of SQLite, so this one stays open as long as the file is used.
    opened: Arc<std::sync::Mutex<Option<File>>>,
}

impl SqliteFile {
    /// A file of this process. It need not exist.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            writers: Arc::default(),
            turns: Arc::default(),
            opened: Arc::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the turn to write. SQLite itself lets writers poll for its lock, so that many short
    /// transactions of one writer starve the others.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        let turn = self.writers.clone().lock_owned().await;
        self.turns.notify_one();
        turn
    }

    /// Flushes the file to the disk, on a thread that may block.
    pub(crate) async fn flush(&self) -> Result<(), LedgerError> {
        let (path, opened) = (self.path.clone(), self.opened.clone());
        let flushed = tokio::task::spawn_blocking(move || {
            let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
            if opened.is_none() {
                *opened = Some(File::options().write(true).open(path)?);
            }
            opened.as_ref().map_or(Ok(()), File::sync_data)
        });
        let flushed = flushed.await.map_err(|e| LedgerError(e.to_string()))?;
        flushed.map_err(|e| LedgerError(e.to_string()))
    }

    /// Waits until a turn was given since the previous call.
    pub(crate) async fn turn_given(&self) {
        self.turns.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ledger::database::any::{AnyDatabase, number};
    use crate::ledger::database::stopped::Stopped;
    use crate::ledger::sqlite::Sqlite;

    async fn visits(db: &AnyDatabase) -> i64 {
        let count = sqlx::query("SELECT count(*) FROM visits WHERE form = 'mine'");
        let rows = db.fetch(count).await.unwrap();
        number(&rows[0], 0).unwrap()
    }

    #[tokio::test]
    async fn writers_of_a_process_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let file = SqliteFile::at(&path);
        Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
        let mine = AnyDatabase::sqlite(&file).await.unwrap();
        // Without the turns of the others.
        let other = AnyDatabase::sqlite(&SqliteFile::at(&path)).await.unwrap();
        let turn = file.turn().await;
        let writing = tokio::spawn(async move {
            let write = "INSERT INTO visits (form, visitor, seen_at) VALUES ('mine', 'ann', 0)";
            mine.execute(sqlx::query(write)).await.unwrap();
        });
        for _ in 0..50 {
            let write = "INSERT INTO visits (form, visitor, seen_at) VALUES ('other', 'bob', 0)
                 ON CONFLICT DO NOTHING";
            other.execute(sqlx::query(write)).await.unwrap();
            assert_eq!(visits(&other).await, 0);
        }
        drop(turn);
        writing.await.unwrap();
        assert_eq!(visits(&other).await, 1);
    }

    #[tokio::test]
    async fn writers_wait_for_a_long_turn_without_a_connection() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteFile::at(folder.path().join("ledger.db"));
        Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
        let db = AnyDatabase::sqlite(&file).await.unwrap();
        let turn = file.turn().await;
        // More than there are connections.
        let writing = (0..8).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let write = "INSERT INTO visits (form, visitor, seen_at) VALUES ('mine', $1, 0)";
                let write = sqlx::query(write).bind(format!("visitor {n}"));
                db.execute(write).await.unwrap();
            })
        });
        let writing: Vec<_> = writing.collect();
        assert_eq!(visits(&db).await, 0);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(15)).await;
        tokio::time::resume();
        drop(turn);
        for written in writing {
            written.await.unwrap();
        }
        assert_eq!(visits(&db).await, 8);
    }
}
