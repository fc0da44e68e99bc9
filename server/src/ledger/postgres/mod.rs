//! The ledger in `PostgreSQL`, for any number of nodes.
//!
//! A batch is one transaction ([`record`]). One statement reads and locks the rows that the entries
//! need, the shared [`batch`](super::batch) decides, and one statement writes everything. Row locks
//! serialise nodes that write the same rows. Locks cannot cover a row that does not exist yet: if
//! two nodes insert the same row, one is rolled back and decides its batch again.

mod failure;
mod outbox;
mod ranked;
mod reads;
mod record;
mod rows;

use std::time::Duration;

use async_trait::async_trait;
use futures::{TryFutureExt, TryStreamExt};
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
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use self::ranked::{read_place, read_place_of_rank, read_slice, send_all};
use super::audit::bind_note;
use super::database::columns::{
    all_readable, failed, readable, season_count, season_row, stored, version,
};
use super::database::{locks, migrations};
use super::{audit, boards};

/// Number of connections of a node.
const CONNECTIONS: u32 = 8;

/// Timeout for acquiring a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Time without use after which a connection is tested before its next use, with a round trip. In a
/// shorter time, the server hardly closes a connection.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// Delay before another attempt to connect at the start.
const RETRY: Duration = Duration::from_millis(100);

/// Timeout of a statement or a transaction, by the clock of this process: a half-open connection
/// never reports its failure.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Timeout for reading a whole season, or all seasons.
const LONG_PATIENCE: Duration = Duration::from_mins(2);

/// The caller of an export limits its duration.
const EXPORT_TIMEOUT: &str = "SET statement_timeout = '15min'";

/// Ends the sort of an export whose connection was dropped. Some systems do not support it.
const EXPORT_CHECK: &str = "SET client_connection_check_interval = '1s'";

/// Runs work with a connection of the pool. A connection that does not answer in time is discarded.
/// Otherwise it would occupy a slot of the pool until the system detects its failure.
macro_rules! within {
    ($patience:expr, $pool:expr, $db:ident => $work:expr) => {{
        let mut connection = $pool.acquire().await.map_err(failed)?;
        let answer = {
            let $db = &mut *connection;
            tokio::time::timeout($patience, $work).await
        };
        if let Ok(answer) = answer {
            answer
        } else {
            drop(connection.detach());
            Err(unanswered($patience))
        }
    }};
}

fn unanswered(patience: Duration) -> LedgerError {
    LedgerError(format!("PostgreSQL did not answer within {patience:?}"))
}

/// The ledger in `PostgreSQL`.
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects, and creates missing tables.
    ///
    /// # Errors
    /// Fails if the URL is invalid, the server is unreachable, or its tables have a newer version.
    pub async fn connect(url: &str) -> Result<Self, LedgerError> {
        let options: PgConnectOptions = url.parse().map_err(failed)?;
        let options = options
            .application_name("leaderport")
            // Neither a statement nor a wait for a lock may block a node indefinitely.
            .options([
                ("client_min_messages", "warning"),
                ("statement_timeout", "30s"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "30s"),
            ])
            .disable_statement_logging();
        check_connection(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|connection, last| {
                Box::pin(async move {
                    Ok(last.idle_for < TESTED_AFTER || connection.ping().await.is_ok())
                })
            })
            .connect_with(options)
            .await
            .map_err(failed)?;
        // Takes a lock, so that nodes that start concurrently migrate one after another.
        let known = sqlx::migrate!("migrations/postgres");
        if let Err(error) = known.run(&pool).await {
            let stored = sqlx::query_scalar(migrations::NEWEST);
            let stored = stored.fetch_one(&pool).await.unwrap_or_default();
            return Err(migrations::refused(error, &known, stored));
        }
        Ok(Self { pool })
    }
}

/// A server's refusal of a connection, with the remedy.
fn refusal(refused: &dyn DatabaseError) -> String {
    let remedy = match refused.code().as_deref() {
        Some("28P01" | "28000") => "correct the user or the password",
        Some("3D000") => "create the database, or correct its name",
        _ => "correct the server's settings, or the user and database",
    };
    let reason = refused.message();
    format!("refuses the connection: {reason}; {remedy} in --database (DATABASE_URL)")
}

/// Connects once, so that a failure has its reason: a pool reports only that it timed out. Waits
/// for a server that is just starting.
async fn check_connection(options: &PgConnectOptions) -> Result<(), LedgerError> {
    let until = Instant::now() + ACQUIRE;
    let may_wait = || Instant::now() + RETRY < until;
    let (host, port) = (options.get_host(), options.get_port());
    let reason = loop {
        match timeout_at(until, options.connect()).await {
            Ok(Ok(connection)) => {
                // The check is over; a failure to close is not one of the server.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(sqlx::Error::Io(_))) if may_wait() => sleep(RETRY).await,
            Ok(Err(sqlx::Error::Database(refused))) => {
                let is_starting = refused.code().as_deref() == Some("57P03");
                if !is_starting || !may_wait() {
                    let refusal = refusal(&*refused);
                    return Err(LedgerError(format!(
                        "PostgreSQL at {host}:{port} {refusal}"
                    )));
                }
                sleep(RETRY).await;
            }
            Ok(Err(error)) => break error.to_string(),
            Err(_) => break format!("it did not answer within {} s", ACQUIRE.as_secs()),
        }
    };
    Err(LedgerError(format!(
        "no connection to PostgreSQL at {host}:{port}: {reason}; start it, or correct the host, port, user and database in --database (DATABASE_URL)"
    )))
}

#[async_trait]
impl Ledger for Postgres {
    async fn boards(&self) -> Result<StoredBoards, LedgerError> {
        let query = sqlx::query_as(AssertSqlSafe(boards::select("ORDER BY slug")));
        let rows: Result<Vec<(String, i64, String)>, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_all(db).map_err(failed));
        Ok(boards::read_all(rows?))
    }

    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError> {
        let query = sqlx::query_as(AssertSqlSafe(boards::select("WHERE slug = $1")));
        let query = query.bind(slug.as_str());
        let row: Result<Option<(String, i64)>, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_optional(db).map_err(failed));
        row?.map(|(json, recounting)| boards::read(&json, recounting))
            .transpose()
    }

    async fn put_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError> {
        let query = sqlx::query(boards::PUT)
            .bind(board.slug.as_str())
            .bind(boards::json(board)?)
            .bind(boards::version(board));
        within!(TIMEOUT, self.pool, db => async {
            let mut both = db.begin().await.map_err(failed)?;
            // The lock prevents that a submission is recorded under the old rules during the
            // change.
            both.execute(locks::ALONE).await.map_err(failed)?;
            let put = query.execute(&mut *both).await.map_err(failed)?;
            if put.rows_affected() != 1 {
                return Ok(false);
            }
            let noted = bind_note!(sqlx::query(audit::NOTE), note);
            noted.execute(&mut *both).await.map_err(failed)?;
            both.commit().await.map_err(failed)?;
            Ok::<_, LedgerError>(true)
        })
    }

    async fn record_all(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
        renamings: &[Renaming],
    ) -> Result<RecordedBatch, LedgerError> {
        record::record(&self.pool, settlement, entries, renamings).await
    }

    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError> {
        within!(LONG_PATIENCE, self.pool, db => outbox::unapplied(db, age, limit))
    }

    async fn outbox(&self) -> Result<u64, LedgerError> {
        let query = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE dead_at IS NULL");
        let count: Result<i64, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_one(db).map_err(failed));
        version(count?)
    }

    async fn outbox_age(&self) -> Result<Option<Duration>, LedgerError> {
        let sql = "SELECT CAST(extract(epoch FROM now() - min(at)) AS DOUBLE PRECISION) FROM outbox
             WHERE dead_at IS NULL";
        let query = sqlx::query_scalar(sql);
        let age: Result<Option<f64>, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_one(db).map_err(failed));
        Ok(age?.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()))
    }

    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError> {
        let query = sqlx::query_as(
            "SELECT board, season, count(*) FROM standings WHERE is_gone = 0
             GROUP BY board, season ORDER BY board, season",
        );
        let rows: Result<Vec<(String, String, i64)>, LedgerError> =
            within!(LONG_PATIENCE, self.pool, db => query.fetch_all(db).map_err(failed));
        let rows = rows?.into_iter().map(season_row);
        Ok(all_readable("standings", rows))
    }

    async fn seasons_of(&self, board: &Slug) -> Result<Vec<(Season, u64)>, LedgerError> {
        let query = sqlx::query_as(boards::SEASONS).bind(board.as_str());
        let rows: Result<Vec<(String, i64)>, LedgerError> =
            within!(LONG_PATIENCE, self.pool, db => query.fetch_all(db).map_err(failed));
        let rows = rows?.into_iter().map(season_count);
        Ok(all_readable("standings", rows))
    }

    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError> {
        let query = sqlx::query_as(
            "SELECT s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version, s.is_gone,
                    p.version
             FROM standings AS s LEFT JOIN players AS p USING (player)
             WHERE s.board = $1 AND s.season = $2",
        )
        .bind(key.board.as_str())
        .bind(key.season.to_string());
        within!(LONG_PATIENCE, self.pool, db => {
            let rows = query.fetch(db).map_err(failed);
            rows.try_filter_map(async |row| Ok(readable("standings", stored(row)))).try_collect()
        })
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError> {
        within!(LONG_PATIENCE, self.pool, db => read_slice(db, key, ranking, start, limit))
    }

    async fn export(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        sink: mpsc::Sender<Vec<RankedStanding>>,
    ) -> Result<(), LedgerError> {
        let db = self.pool.acquire().await.map_err(failed)?;
        // A connection with unread rows is discarded: reading them all would take long. So is the
        // timeout, which is that of this export only.
        let mut db = db.detach();
        db.execute(EXPORT_TIMEOUT).await.map_err(failed)?;
        // Without it, only the row that follows the sort ends the export.
        let _ = db.execute(EXPORT_CHECK).await;
        send_all(&mut db, key, ranking, &sink).await.map(drop)
    }

    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError> {
        within!(LONG_PATIENCE, self.pool, db => read_place(db, key, ranking, player))
    }

    async fn version(&self, key: &SeasonKey, player: &PlayerId) -> Result<u64, LedgerError> {
        let query = sqlx::query_scalar(boards::VERSION)
            .bind(key.board.as_str())
            .bind(key.season.to_string())
            .bind(player.as_str());
        let found: Result<Option<i64>, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_optional(db).map_err(failed));
        found?.map_or(Ok(0), version)
    }

    async fn place_of_rank(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        rank: Rank,
    ) -> Result<u64, LedgerError> {
        within!(LONG_PATIENCE, self.pool, db => read_place_of_rank(db, key, ranking, rank))
    }

    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError> {
        let query = sqlx::query_scalar("SELECT count(*) FROM submissions WHERE id = $1");
        let query = query.bind(id.0);
        let count: Result<i64, LedgerError> =
            within!(TIMEOUT, self.pool, db => query.fetch_one(db).map_err(failed));
        version(count?)
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        let query = sqlx::query("SELECT 1");
        within!(TIMEOUT, self.pool, db => query.execute(db).map_ok(drop).map_err(failed))
    }
}
