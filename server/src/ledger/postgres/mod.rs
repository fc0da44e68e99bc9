//! The ledger in `PostgreSQL`, for any number of nodes.
//!
//! A batch is one transaction: it reads and locks what the entries meet, lets
//! the shared [`batch`](super::batch) decide, and writes everything in one
//! statement ([`record`]). Nodes that write at once are ordered by the rows'
//! locks; what a lock cannot order (a row that neither had seen) is noticed,
//! rolled back and decided again.

mod outbox;
mod record;

use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use leaderport::service::Ledger;
use leaderport::service::broker::Ranking;
use leaderport::service::ledger::{
    Entry, LedgerError, LedgerPlace, LedgerSlice, RecordedBatch, Settlement, StoredStanding,
    Unapplied,
};
use leaderport::{Board, PlayerId, SeasonKey, Slug, SubmissionId};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use self::record::Failure;
use super::batch::{StandingRow, corrupt, failed, season_row, stored, version};
use super::ranked::{self, ranked_reads};

/// Connections of a node.
const CONNECTIONS: u32 = 8;

/// How long a caller waits for one of them.
const ACQUIRE: Duration = Duration::from_secs(3);

/// How often a batch is decided again because another node was faster.
const ATTEMPTS: u32 = 8;

/// The ledger in `PostgreSQL`.
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects, and makes the tables where they are not.
    ///
    /// # Errors
    /// When the URL is not one, the server is away, or its tables are of a newer version.
    pub async fn connect(url: &str) -> Result<Self, LedgerError> {
        let options: PgConnectOptions = url.parse().map_err(failed)?;
        let options = options
            .application_name("leaderport")
            // No statement and no lock may hold a node for ever.
            .options([
                ("client_min_messages", "warning"),
                ("statement_timeout", "30s"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "30s"),
            ])
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options)
            .await
            .map_err(failed)?;
        // Nodes that start at once take turns here.
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(|e| LedgerError(e.to_string()))?;
        Ok(Self { pool })
    }
}

ranked_reads!(sqlx::Postgres);

#[async_trait]
impl Ledger for Postgres {
    async fn boards(&self) -> Result<Vec<Board>, LedgerError> {
        let rows: Vec<String> = sqlx::query_scalar("SELECT definition FROM boards ORDER BY slug")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|json| serde_json::from_str(json).map_err(corrupt))
            .collect()
    }

    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError> {
        let json: Option<String> =
            sqlx::query_scalar("SELECT definition FROM boards WHERE slug = $1")
                .bind(slug.as_str())
                .fetch_optional(&self.pool)
                .await
                .map_err(failed)?;
        json.map(|json| serde_json::from_str(&json).map_err(corrupt))
            .transpose()
    }

    async fn put_board(&self, board: &Board) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO boards (slug, definition) VALUES ($1, $2)
             ON CONFLICT (slug) DO UPDATE SET definition = excluded.definition",
        )
        .bind(board.slug.as_str())
        .bind(serde_json::to_string(board).map_err(corrupt)?)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn record(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
    ) -> Result<RecordedBatch, LedgerError> {
        let mut attempt = 1;
        loop {
            match record::record(&self.pool, settlement, entries).await {
                Err(Failure::Raced(why)) if attempt < ATTEMPTS => {
                    tracing::debug!(attempt, why, "another node was faster; deciding again");
                    metrics::counter!("leaderport_ledger_races_total").increment(1);
                    attempt += 1;
                }
                recorded => return Ok(recorded?),
            }
        }
    }

    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError> {
        outbox::unapplied(&self.pool, age, limit).await
    }

    async fn outbox(&self) -> Result<u64, LedgerError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        version(count)
    }

    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT board, season, count(*) FROM standings
             GROUP BY board, season ORDER BY board, season",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows.into_iter().map(season_row).collect()
    }

    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError> {
        let rows = sqlx::query_as(
            "SELECT s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version
             FROM standings AS s LEFT JOIN players AS p USING (player)
             WHERE s.board = $1 AND s.season = $2",
        )
        .bind(key.board.as_str())
        .bind(key.season.to_string())
        .fetch(&self.pool);
        let rows = rows.map_err(failed);
        rows.and_then(async |row| stored(row)).try_collect().await
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError> {
        read_slice(&self.pool, key, ranking, start, limit).await
    }

    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError> {
        read_place(&self.pool, key, ranking, player).await
    }

    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM submissions WHERE id = $1")
            .bind(id.0)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        u64::try_from(count).map_err(corrupt)
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
