//! Push subscriptions in SQL, with one text for SQLite and PostgreSQL.

use async_trait::async_trait;
use leaderport::service::PushStore;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::push::{PushBrowser, PushSubscription, PushUse};
use leaderport::{PlayerId, Slug, Timestamp};
use sqlx::Executor;
use sqlx::any::AnyRow;

use super::database::any::{AnyDatabase, TIMEOUT, instant, number, text};
use super::database::columns::{all_readable, corrupt, failed};

const SUBSCRIPTION: &str =
    "id, board, player, endpoint, p256dh, auth, language, failures, created_at";

/// The push subscriptions of a database.
pub struct SqlPushStore {
    db: AnyDatabase,
}

impl SqlPushStore {
    /// Creates the store over a database with the ledger's tables.
    #[must_use]
    pub fn new(db: AnyDatabase) -> Self {
        Self { db }
    }
}

#[async_trait]
impl PushStore for SqlPushStore {
    async fn put(&self, subscription: &PushSubscription, limit: u32) -> Result<bool, LedgerError> {
        let PushSubscription {
            id,
            board,
            player,
            browser,
            language,
            created_at,
            ..
        } = subscription.clone();
        let share = self.db.dialect.share;
        let done = self.db.at_once(TIMEOUT, async |both| {
            // Excludes the deletion of a board, so that no subscription remains for the next board of
            // its slug.
            both.execute(share).await.map_err(failed)?;
            let sql = "DELETE FROM push_subscriptions WHERE endpoint = $1 AND player <> $2";
            let others = sqlx::query(sql)
                .bind(browser.endpoint.clone())
                .bind(player.as_str().to_owned());
            others.execute(&mut **both).await.map_err(failed)?;
            let sql = "SELECT count(*) FROM push_subscriptions
                 WHERE player = $1 AND NOT (endpoint = $2 AND board = $3)";
            let count = sqlx::query(sql)
                .bind(player.as_str().to_owned())
                .bind(browser.endpoint.clone())
                .bind(board.as_str().to_owned());
            let row = count.fetch_one(&mut **both).await.map_err(failed)?;
            if number(&row, 0)? >= i64::from(limit) {
                return Ok(Err(()));
            }
            let sql = "INSERT INTO push_subscriptions
                   (id, board, player, endpoint, p256dh, auth, language, created_at)
                 SELECT $1, slug, $3, $4, $5, $6, $7, $8 FROM boards WHERE slug = $2
                 ON CONFLICT (endpoint, board) DO UPDATE SET player = excluded.player,
                   p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language,
                   failures = 0";
            let put = sqlx::query(sql)
                .bind(id.clone())
                .bind(board.as_str().to_owned())
                .bind(player.as_str().to_owned())
                .bind(browser.endpoint.clone())
                .bind(browser.p256dh.clone())
                .bind(browser.auth.clone())
                .bind(language.clone())
                .bind(created_at.millis_i64());
            put.execute(&mut **both).await.map_err(failed)?;
            Ok(Ok(()))
        });
        Ok(done.await?.is_ok())
    }

    async fn last_use(
        &self,
        player: &PlayerId,
        board: &Slug,
        endpoint: &str,
    ) -> Result<Option<PushUse>, LedgerError> {
        let sql = "SELECT language, next_at FROM push_subscriptions
             WHERE endpoint = $1 AND board = $2 AND player = $3";
        let query = sqlx::query(sql)
            .bind(endpoint)
            .bind(board.as_str())
            .bind(player.as_str());
        let rows = self.db.fetch(query).await?;
        let read = |row: &AnyRow| {
            let (language, at) = (text(row, 0)?, instant(row, 1)?);
            Ok::<_, LedgerError>(PushUse { language, at })
        };
        rows.first().map(read).transpose()
    }

    async fn note_visit(
        &self,
        player: &PlayerId,
        endpoint: &str,
        visit: &PushUse,
    ) -> Result<(), LedgerError> {
        // A time in the past delays no notification, so the column also has the last use.
        let sql = "UPDATE push_subscriptions
             SET language = $3, next_at = CASE WHEN next_at < $4 THEN $4 ELSE next_at END
             WHERE endpoint = $1 AND player = $2";
        let query = sqlx::query(sql)
            .bind(endpoint)
            .bind(player.as_str())
            .bind(visit.language.as_str())
            .bind(visit.at.millis_i64());
        self.db.execute(query).await.map(drop)
    }

    async fn end_unused(&self, before: Timestamp) -> Result<u64, LedgerError> {
        // `next_at` is 0 before the first use.
        let sql = "DELETE FROM push_subscriptions WHERE next_at < $1 AND created_at < $1";
        let query = sqlx::query(sql).bind(before.millis_i64());
        Ok(self.db.execute(query).await?.rows_affected())
    }

    async fn remove(
        &self,
        player: &PlayerId,
        board: &Slug,
        endpoint: &str,
    ) -> Result<(), LedgerError> {
        let sql = "DELETE FROM push_subscriptions
             WHERE endpoint = $1 AND board = $2 AND player = $3";
        let query = sqlx::query(sql)
            .bind(endpoint)
            .bind(board.as_str())
            .bind(player.as_str());
        self.db.execute(query).await.map(drop)
    }

    async fn replace(
        &self,
        player: &PlayerId,
        old_endpoint: &str,
        new: &PushBrowser,
    ) -> Result<(), LedgerError> {
        // The page may have subscribed the new address already.
        let sql =
            "UPDATE push_subscriptions SET endpoint = $3, p256dh = $4, auth = $5, failures = 0
             WHERE player = $1 AND endpoint = $2 AND NOT EXISTS
               (SELECT 1 FROM push_subscriptions AS n
                WHERE n.endpoint = $3 AND n.board = push_subscriptions.board)";
        let query = sqlx::query(sql)
            .bind(player.as_str())
            .bind(old_endpoint)
            .bind(new.endpoint.as_str())
            .bind(new.p256dh.as_str())
            .bind(new.auth.as_str());
        self.db.execute(query).await.map(drop)
    }

    async fn stop(&self, id: &str) -> Result<bool, LedgerError> {
        let query = sqlx::query("DELETE FROM push_subscriptions WHERE id = $1").bind(id);
        Ok(self.db.execute(query).await?.rows_affected() == 1)
    }

    async fn forget(&self, endpoint: &str) -> Result<(), LedgerError> {
        let sql = "DELETE FROM push_subscriptions WHERE endpoint = $1";
        let query = sqlx::query(sql).bind(endpoint);
        self.db.execute(query).await.map(drop)
    }

    async fn watched(&self, limit: u32) -> Result<Vec<(Slug, PlayerId)>, LedgerError> {
        let sql = "SELECT board, player FROM push_subscriptions
             GROUP BY board, player ORDER BY min(created_at), board, player LIMIT $1";
        let rows = self.db.fetch(sqlx::query(sql).bind(i64::from(limit)));
        let rows = rows.await?;
        let pair = |row: &AnyRow| Ok((board(row, 0)?, player(row, 1)?));
        Ok(all_readable("push_subscriptions", rows.iter().map(pair)))
    }

    async fn all_of(&self, player: &PlayerId) -> Result<Vec<PushSubscription>, LedgerError> {
        let sql = format!(
            "SELECT {SUBSCRIPTION} FROM push_subscriptions WHERE player = $1
             ORDER BY created_at, id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(player.as_str());
        let rows = self.db.fetch(query).await?;
        let rows = rows.iter().map(subscription);
        Ok(all_readable("push_subscriptions", rows))
    }

    async fn of(
        &self,
        board: &Slug,
        player: &PlayerId,
    ) -> Result<Vec<PushSubscription>, LedgerError> {
        let sql = format!(
            "SELECT {SUBSCRIPTION} FROM push_subscriptions WHERE player = $1 AND board = $2
             ORDER BY created_at, id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(player.as_str())
            .bind(board.as_str());
        let rows = self.db.fetch(query).await?;
        let rows = rows.iter().map(subscription);
        Ok(all_readable("push_subscriptions", rows))
    }

    async fn claim(
        &self,
        id: &str,
        now: Timestamp,
        next_at: Timestamp,
    ) -> Result<bool, LedgerError> {
        let sql = "UPDATE push_subscriptions SET next_at = $3 WHERE id = $1 AND next_at <= $2";
        let query = sqlx::query(sql)
            .bind(id)
            .bind(now.millis_i64())
            .bind(next_at.millis_i64());
        Ok(self.db.execute(query).await?.rows_affected() == 1)
    }

    async fn settle(
        &self,
        id: &str,
        failures: u32,
        next_at: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE push_subscriptions
             SET failures = $2, next_at = coalesce($3, next_at) WHERE id = $1";
        let query = sqlx::query(sql)
            .bind(id)
            .bind(i64::from(failures))
            .bind(next_at.map(Timestamp::millis_i64));
        self.db.execute(query).await.map(drop)
    }
}

fn board(row: &AnyRow, column: usize) -> Result<Slug, LedgerError> {
    Slug::new(&text(row, column)?).map_err(corrupt)
}

fn player(row: &AnyRow, column: usize) -> Result<PlayerId, LedgerError> {
    PlayerId::stored(&text(row, column)?).map_err(corrupt)
}

/// Reads the columns [`SUBSCRIPTION`].
fn subscription(row: &AnyRow) -> Result<PushSubscription, LedgerError> {
    Ok(PushSubscription {
        id: text(row, 0)?,
        board: board(row, 1)?,
        player: player(row, 2)?,
        browser: PushBrowser {
            endpoint: text(row, 3)?,
            p256dh: text(row, 4)?,
            auth: text(row, 5)?,
        },
        language: text(row, 6)?,
        failures: u32::try_from(number(row, 7)?).map_err(corrupt)?,
        created_at: instant(row, 8)?,
    })
}
