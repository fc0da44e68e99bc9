//! A connection pool to the ledger's database for infrequent queries, which have one SQL text for
//! SQLite and PostgreSQL. It uses sqlx's `Any` driver. The ledger's migrations create the tables.

use std::time::Duration;

use leaderport::Timestamp;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::BatchId;
use sqlx::any::{Any, AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyQueryResult, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::columns::{corrupt, failed};
use super::locks;
use super::sqlite_file::SqliteFile;

/// Number of connections of a node.
const CONNECTIONS: u32 = 4;

/// Timeout for the turn to write to SQLite, during a long ruling: less than an HTTP request's.
const TURN: Duration = Duration::from_secs(20);

/// Timeout for acquiring a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Timeout of a statement, by the clock of this process: a half-open connection never reports its
/// failure.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Timeout of transactions that read all submissions of a player or a board.
pub(crate) const LONG_PATIENCE: Duration = Duration::from_mins(2);

/// SQL that differs between the databases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// Begins a transaction that writes.
    begin: &'static str,
    /// Makes the transaction wait until no other transaction writes, and excludes later writers.
    lock: &'static str,
    /// Makes the transaction wait for one under `lock`, and excludes later ones.
    pub(crate) share: &'static str,
    /// A submission's id as lowercase text.
    pub(crate) id_text: &'static str,
    /// Converts `$1`, a submission's id as text with hyphens, to the column's type.
    pub(crate) id: &'static str,
    /// Inserts standings, `$1`, and names, `$3`, into the outbox at `$2`; returns the batch.
    put_in_outbox: &'static str,
}

const POSTGRES: Dialect = Dialect {
    begin: "BEGIN",
    // Transactions that record submissions take the same lock in shared mode.
    lock: locks::ALONE,
    share: locks::SHARED,
    id_text: "CAST(s.id AS TEXT)",
    id: "CAST($1 AS UUID)",
    put_in_outbox: "INSERT INTO outbox (standings, at, names, submissions)
         VALUES ($1, to_timestamp(CAST($2 AS BIGINT) / 1000.0), $3, '{}') RETURNING id",
};

const SQLITE: Dialect = Dialect {
    begin: "BEGIN IMMEDIATE",
    lock: "SELECT 1",
    share: "SELECT 1",
    id_text: "lower(hex(s.id))",
    id: "unhex($1, '-')",
    put_in_outbox: "INSERT INTO outbox (id, standings, at, names, submissions)
         SELECT 1 + max(batch, coalesce((SELECT max(id) FROM outbox), 0)), $1, $2, $3, x''
         FROM removed RETURNING id",
};

pub(crate) type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

/// A statement whose text contains no user input.
pub(crate) fn query(sql: String) -> AnyQuery<'static> {
    sqlx::query(sqlx::AssertSqlSafe(sql))
}

/// The database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct AnyDatabase {
    pool: AnyPool,
    /// Connections of writers. In SQLite this is one of their own, which is free for each turn.
    writers: AnyPool,
    /// The file, in which writers take turns; none for `PostgreSQL`.
    file: Option<SqliteFile>,
    pub(crate) dialect: Dialect,
}

impl AnyDatabase {
    /// Connects to a `PostgreSQL` database with the ledger's tables.
    ///
    /// # Errors
    /// Fails if the URL is invalid, or the server is unreachable.
    pub async fn postgres(url: &str) -> Result<Self, LedgerError> {
        // A node that hangs must not hold a lock for which others wait. To compile a search
        // takes longer than to run it.
        let settings = "SET idle_in_transaction_session_timeout = '30s';
             SET statement_timeout = '2min'; SET lock_timeout = '30s'; SET jit = off";
        Self::connect(url, settings, POSTGRES, None).await
    }

    /// Opens a SQLite file with the ledger's tables.
    ///
    /// # Errors
    /// Fails if the file cannot be opened.
    pub async fn sqlite(file: &SqliteFile) -> Result<Self, LedgerError> {
        let path = file.path();
        let path = path
            .to_str()
            .ok_or_else(|| LedgerError(format!("{} is not UTF-8", path.display())))?;
        // Escape the characters that have a meaning in a URL.
        let path = path
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        // A commit treats the log as on the ledger's connections. A statement waits for a lock for a
        // shorter time than its caller's timeout.
        let settings = "PRAGMA wal_autocheckpoint = 32768; PRAGMA journal_size_limit = 134217728;
             PRAGMA busy_timeout = 3000";
        let file = Some(file.clone());
        Self::connect(&format!("sqlite:{path}"), settings, SQLITE, file).await
    }

    async fn connect(
        url: &str,
        settings: &'static str,
        dialect: Dialect,
        file: Option<SqliteFile>,
    ) -> Result<Self, LedgerError> {
        sqlx::any::install_default_drivers();
        let pool = open(url, settings, CONNECTIONS).await?;
        let writers = match &file {
            Some(_) => open(url, settings, 1).await?,
            None => pool.clone(),
        };
        Ok(Self {
            pool,
            writers,
            file,
            dialect,
        })
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// Fails if the database refuses the statement, or is unreachable.
    pub async fn execute(&self, query: AnyQuery<'_>) -> Result<AnyQueryResult, LedgerError> {
        let _turn = self.turn(TURN).await?;
        within(&self.writers, TIMEOUT, async |db| {
            query.execute(db).await.map_err(failed)
        })
        .await
    }

    pub(crate) async fn fetch(&self, query: AnyQuery<'_>) -> Result<Vec<AnyRow>, LedgerError> {
        self.with(TIMEOUT, async |db| {
            query.fetch_all(db).await.map_err(failed)
        })
        .await
    }

    /// Inserts standings and names into the outbox, as texts of `columns.rs`.
    pub(crate) async fn put_in_outbox(
        &self,
        db: &mut AnyConnection,
        standings: String,
        names: Option<String>,
        at: Timestamp,
    ) -> Result<BatchId, LedgerError> {
        let put = sqlx::query(self.dialect.put_in_outbox).bind(standings);
        let put = put.bind(at.millis_i64()).bind(names);
        let row = put.fetch_one(db).await.map_err(failed)?;
        Ok(BatchId(number(&row, 0)?))
    }

    /// Runs work that only reads. If it exceeds the timeout, its connection is discarded.
    pub(crate) async fn with<T>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        within(&self.pool, patience, work).await
    }

    /// The turn to write, if writers take turns. Waits without a connection, so that a long ruling
    /// costs the others time, and no connection.
    async fn turn(&self, patience: Duration) -> Result<Option<OwnedMutexGuard<()>>, LedgerError> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let turn = tokio::time::timeout(patience, file.turn()).await;
        let late = |_| LedgerError(format!("another change took longer than {patience:?}"));
        turn.map(Some).map_err(late)
    }

    /// Runs work in one transaction that excludes all other writers. A refusal rolls it back.
    pub(crate) async fn alone<T, R>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut Transaction<'_, Any>) -> Result<Result<T, R>, LedgerError>,
    ) -> Result<Result<T, R>, LedgerError> {
        let lock = self.dialect.lock;
        self.at_once(patience, async |transaction| {
            // Take the lock inside the transaction, so that a rollback releases it.
            let locked = transaction.execute(lock).await;
            locked.map_err(failed)?;
            work(transaction).await
        })
        .await
    }

    /// Runs work in one transaction. A refusal rolls it back.
    pub(crate) async fn at_once<T, R>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut Transaction<'_, Any>) -> Result<Result<T, R>, LedgerError>,
    ) -> Result<Result<T, R>, LedgerError> {
        let begin = self.dialect.begin;
        let _turn = self.turn(patience.max(TURN)).await?;
        within(&self.writers, patience, async |db| {
            let mut transaction = db.begin_with(begin).await.map_err(failed)?;
            let done = work(&mut transaction).await?;
            if done.is_ok() {
                transaction.commit().await.map_err(failed)?;
            }
            Ok(done)
        })
        .await
    }
}

/// Opens a pool. `settings` are run on each new connection.
async fn open(url: &str, settings: &'static str, connections: u32) -> Result<AnyPool, LedgerError> {
    let options: AnyConnectOptions = url.parse().map_err(failed)?;
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .after_connect(move |connection: &mut AnyConnection, _| {
            Box::pin(async move { connection.execute(settings).await.map(drop) })
        })
        .connect_with(options.disable_statement_logging())
        .await
        .map_err(failed)
}

/// Runs work with a connection of a pool. If it exceeds the timeout, the connection is discarded.
async fn within<T>(
    pool: &AnyPool,
    patience: Duration,
    work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let mut connection = pool.acquire().await.map_err(failed)?;
    let done = tokio::time::timeout(patience, work(&mut connection)).await;
    done.unwrap_or_else(|_| given_up(connection, patience))
}

/// Discards a connection that does not answer. Otherwise it would occupy a slot of the pool until
/// the system detects its failure.
fn given_up<T>(connection: PoolConnection<Any>, patience: Duration) -> Result<T, LedgerError> {
    drop(connection.detach());
    let why = format!("the database did not answer within {patience:?}");
    Err(LedgerError(why))
}

pub(crate) fn text(row: &AnyRow, column: usize) -> Result<String, LedgerError> {
    row.try_get(column).map_err(failed)
}

pub(crate) fn maybe_text(row: &AnyRow, column: usize) -> Result<Option<String>, LedgerError> {
    row.try_get(column).map_err(failed)
}

pub(crate) fn number(row: &AnyRow, column: usize) -> Result<i64, LedgerError> {
    row.try_get(column).map_err(failed)
}

pub(crate) fn instant(row: &AnyRow, column: usize) -> Result<Timestamp, LedgerError> {
    Timestamp::from_millis(number(row, column)?).map_err(corrupt)
}

pub(crate) fn maybe_instant(row: &AnyRow, column: usize) -> Result<Option<Timestamp>, LedgerError> {
    let millis: Option<i64> = row.try_get(column).map_err(failed)?;
    let instant = millis.map(Timestamp::from_millis).transpose();
    instant.map_err(corrupt)
}
