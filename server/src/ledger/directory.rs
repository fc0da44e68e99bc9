//! The directory in SQL: one text for SQLite and PostgreSQL, over connections of
//! its own. The tables are made by the ledger's migrations, in the same database.
//!
//! What it does is small and seldom, so it wants one implementation, not speed:
//! sqlx's `Any` driver speaks to both.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use leaderport::service::Directory;
use leaderport::service::directory::Digest;
use leaderport::service::ledger::LedgerError;
use leaderport::{Account, ApiKey, Handle, PlayerId, PlayerName, Role, Timestamp};
use sqlx::any::{Any, AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyQueryResult, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row};

use super::batch::{corrupt, failed};

/// Connections of a node.
const CONNECTIONS: u32 = 4;

/// How long a caller waits for one of them.
const ACQUIRE: Duration = Duration::from_secs(3);

/// How long a statement may take, by our own clock: a connection that is half
/// open never says that it is.
const PATIENCE: Duration = Duration::from_secs(5);

const ACCOUNT: &str = "a.player, a.handle, a.name, a.role, a.created_at";

const KEY: &str = "id, title, scopes, boards, created_at, last_used_at, revoked_at";

/// The directory of a database.
pub struct SqlDirectory {
    pool: AnyPool,
}

type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

impl SqlDirectory {
    /// Of a `PostgreSQL` database that has the ledger's tables.
    ///
    /// # Errors
    /// When the URL is not one, or the server is away.
    pub async fn postgres(url: &str) -> Result<Self, LedgerError> {
        Self::connect(url, "SELECT 1").await
    }

    /// Of a SQLite file that has the ledger's tables.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn sqlite(file: &Path) -> Result<Self, LedgerError> {
        let path = file
            .to_str()
            .ok_or_else(|| LedgerError(format!("{} is not UTF-8", file.display())))?;
        // What has a meaning in a URL.
        let path = path
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        // As the ledger has it: no statement of ours stops to tidy up for all, and
        // none waits for longer than its caller does.
        let settings = "PRAGMA wal_autocheckpoint = 16384; PRAGMA busy_timeout = 3000";
        Self::connect(&format!("sqlite:{path}"), settings).await
    }

    async fn connect(url: &str, settings: &'static str) -> Result<Self, LedgerError> {
        sqlx::any::install_default_drivers();
        let options: AnyConnectOptions = url.parse().map_err(failed)?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .after_connect(move |connection: &mut AnyConnection, _| {
                Box::pin(async move { connection.execute(settings).await.map(drop) })
            })
            .connect_with(options.disable_statement_logging())
            .await
            .map_err(failed)?;
        Ok(Self { pool })
    }

    async fn execute(&self, query: AnyQuery<'_>) -> Result<AnyQueryResult, LedgerError> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let done = tokio::time::timeout(PATIENCE, query.execute(&mut *connection)).await;
        done.map_or_else(|_| given_up(connection), |done| done.map_err(failed))
    }

    async fn fetch(&self, query: AnyQuery<'_>) -> Result<Vec<AnyRow>, LedgerError> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let rows = tokio::time::timeout(PATIENCE, query.fetch_all(&mut *connection)).await;
        rows.map_or_else(|_| given_up(connection), |rows| rows.map_err(failed))
    }
}

/// A connection that does not answer would take a place in the pool for as long
/// as the system believes in it.
fn given_up<T>(connection: PoolConnection<Any>) -> Result<T, LedgerError> {
    drop(connection.detach());
    let why = format!("the database does not answer within {PATIENCE:?}");
    Err(LedgerError(why))
}

#[async_trait]
impl Directory for SqlDirectory {
    async fn add_account(&self, account: &Account, hash: &str) -> Result<bool, LedgerError> {
        let sql = "INSERT INTO accounts (player, handle, name, role, created_at, password)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql)
            .bind(account.player.as_str())
            .bind(account.handle.as_str())
            .bind(account.name.as_str())
            .bind(account.role.as_str())
            .bind(account.created_at.millis_i64())
            .bind(hash);
        Ok(self.execute(query).await?.rows_affected() == 1)
    }

    async fn account(&self, player: &PlayerId) -> Result<Option<Account>, LedgerError> {
        let sql = format!("SELECT {ACCOUNT} FROM accounts AS a WHERE a.player = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(player.as_str());
        self.fetch(query).await?.first().map(account).transpose()
    }

    async fn account_of(&self, handle: &Handle) -> Result<Option<(Account, String)>, LedgerError> {
        let sql = format!("SELECT {ACCOUNT}, a.password FROM accounts AS a WHERE a.handle = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(handle.as_str());
        let rows = self.fetch(query).await?;
        let row = rows.first().map(|row| Ok((account(row)?, text(row, 5)?)));
        row.transpose()
    }

    async fn accounts(
        &self,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Account>, LedgerError> {
        let sql = format!(
            "SELECT {ACCOUNT} FROM accounts AS a WHERE a.handle > $1 ORDER BY a.handle LIMIT $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(after.map_or("", Handle::as_str))
            .bind(i64::from(limit));
        self.fetch(query).await?.iter().map(account).collect()
    }

    async fn set_password(&self, player: &PlayerId, hash: &str) -> Result<(), LedgerError> {
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let change = async {
            let mut both = connection.begin().await?;
            let query = sqlx::query("UPDATE accounts SET password = $2 WHERE player = $1");
            let query = query.bind(player.as_str()).bind(hash);
            query.execute(&mut *both).await?;
            let query = sqlx::query("DELETE FROM sessions WHERE player = $1");
            query.bind(player.as_str()).execute(&mut *both).await?;
            both.commit().await
        };
        let changed = tokio::time::timeout(PATIENCE, change).await;
        changed.map_or_else(|_| given_up(connection), |done| done.map_err(failed))
    }

    async fn set_name(&self, player: &PlayerId, name: &PlayerName) -> Result<(), LedgerError> {
        let query = sqlx::query("UPDATE accounts SET name = $2 WHERE player = $1");
        let query = query.bind(player.as_str()).bind(name.as_str());
        self.execute(query).await.map(drop)
    }

    async fn set_role(&self, player: &PlayerId, role: Role) -> Result<(), LedgerError> {
        let query = sqlx::query("UPDATE accounts SET role = $2 WHERE player = $1");
        let query = query.bind(player.as_str()).bind(role.as_str());
        self.execute(query).await.map(drop)
    }

    async fn add_session(
        &self,
        token: Digest,
        player: &PlayerId,
        hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, LedgerError> {
        let query = sqlx::query("DELETE FROM sessions WHERE player = $1 AND expires_at <= $2");
        let query = query.bind(player.as_str()).bind(now.millis_i64());
        self.execute(query).await?;
        let sql = "INSERT INTO sessions (token, player, created_at, expires_at)
             SELECT $1, player, $3, $4 FROM accounts WHERE player = $2 AND password = $5";
        let query = sqlx::query(sql)
            .bind(token.to_vec())
            .bind(player.as_str())
            .bind(now.millis_i64())
            .bind(expires_at.millis_i64())
            .bind(hash);
        Ok(self.execute(query).await?.rows_affected() == 1)
    }

    async fn session(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<(Account, Timestamp)>, LedgerError> {
        let sql = format!(
            "SELECT {ACCOUNT}, s.expires_at FROM sessions AS s
             JOIN accounts AS a ON a.player = s.player
             WHERE s.token = $1 AND s.expires_at > $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(token.to_vec())
            .bind(now.millis_i64());
        let rows = self.fetch(query).await?;
        let row = rows
            .first()
            .map(|row| Ok((account(row)?, instant(row, 5)?)));
        row.transpose()
    }

    async fn end_session(&self, token: Digest) -> Result<(), LedgerError> {
        let query = sqlx::query("DELETE FROM sessions WHERE token = $1").bind(token.to_vec());
        self.execute(query).await.map(drop)
    }

    async fn end_sessions(&self, player: &PlayerId) -> Result<(), LedgerError> {
        let query = sqlx::query("DELETE FROM sessions WHERE player = $1").bind(player.as_str());
        self.execute(query).await.map(drop)
    }

    async fn add_key(&self, key: &ApiKey, secret: Digest) -> Result<(), LedgerError> {
        let boards = key.boards.as_ref().map(serde_json::to_string).transpose();
        let sql = "INSERT INTO api_keys (id, title, scopes, boards, created_at, secret)
             VALUES ($1, $2, $3, $4, $5, $6)";
        let query = sqlx::query(sql)
            .bind(&key.id)
            .bind(&key.title)
            .bind(serde_json::to_string(&key.scopes).map_err(corrupt)?)
            .bind(boards.map_err(corrupt)?)
            .bind(key.created_at.millis_i64())
            .bind(secret.to_vec());
        self.execute(query).await.map(drop)
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, LedgerError> {
        let sql = format!("SELECT {KEY} FROM api_keys ORDER BY created_at DESC, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        self.fetch(query).await?.iter().map(key).collect()
    }

    async fn key_of(&self, secret: Digest) -> Result<Option<ApiKey>, LedgerError> {
        let sql = format!("SELECT {KEY} FROM api_keys WHERE secret = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(secret.to_vec());
        self.fetch(query).await?.first().map(key).transpose()
    }

    async fn touch_key(
        &self,
        id: &str,
        now: Timestamp,
        before: Timestamp,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE api_keys SET last_used_at = $2
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
        let query = sqlx::query(sql).bind(id).bind(now.millis_i64());
        let query = query.bind(before.millis_i64());
        self.execute(query).await.map(drop)
    }

    async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let sql = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(id).bind(now.millis_i64());
        Ok(self.execute(query).await?.rows_affected() == 1)
    }
}

/// The columns [`ACCOUNT`].
fn account(row: &AnyRow) -> Result<Account, LedgerError> {
    Ok(Account {
        player: PlayerId::new(&text(row, 0)?).map_err(corrupt)?,
        handle: Handle::new(&text(row, 1)?).map_err(corrupt)?,
        name: PlayerName::new(&text(row, 2)?).map_err(corrupt)?,
        role: text(row, 3)?.parse().map_err(corrupt)?,
        created_at: instant(row, 4)?,
    })
}

/// The columns [`KEY`].
fn key(row: &AnyRow) -> Result<ApiKey, LedgerError> {
    let boards: Option<String> = row.try_get(3).map_err(failed)?;
    let boards = boards.map(|json| serde_json::from_str(&json)).transpose();
    Ok(ApiKey {
        id: text(row, 0)?,
        title: text(row, 1)?,
        scopes: serde_json::from_str(&text(row, 2)?).map_err(corrupt)?,
        boards: boards.map_err(corrupt)?,
        created_at: instant(row, 4)?,
        last_used_at: maybe_instant(row, 5)?,
        revoked_at: maybe_instant(row, 6)?,
    })
}

fn text(row: &AnyRow, column: usize) -> Result<String, LedgerError> {
    row.try_get(column).map_err(failed)
}

fn instant(row: &AnyRow, column: usize) -> Result<Timestamp, LedgerError> {
    Timestamp::from_millis(row.try_get(column).map_err(failed)?).map_err(corrupt)
}

fn maybe_instant(row: &AnyRow, column: usize) -> Result<Option<Timestamp>, LedgerError> {
    let millis: Option<i64> = row.try_get(column).map_err(failed)?;
    let instant = millis.map(Timestamp::from_millis).transpose();
    instant.map_err(corrupt)
}
