//! The directory in SQL, with one text for SQLite and PostgreSQL. Its queries are small and
//! infrequent, so one implementation is better than a faster one for each database.

use std::collections::BTreeSet;

use async_trait::async_trait;
use leaderport::admin::audit::AuditNote;
use leaderport::people::settings::Settings;
use leaderport::service::Directory;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::directory::Digest;
use leaderport::{Account, ApiKey, Handle, PlayerId, PlayerName, Role, Slug, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::audit;
use super::database::any::{
    AnyDatabase, AnyQuery, TIMEOUT, instant, maybe_instant, maybe_text, query, text,
};
use super::database::columns::{self, all_readable, corrupt, failed};

const ACCOUNT: &str = "a.player, a.handle, a.name, a.role, a.created_at";

const KEY: &str = "id, title, scopes, boards, created_at, last_used_at, revoked_at";

/// The directory of a database.
pub struct SqlDirectory {
    db: AnyDatabase,
}

impl SqlDirectory {
    /// Creates the directory over a database with the ledger's tables.
    #[must_use]
    pub fn new(db: AnyDatabase) -> Self {
        Self { db }
    }

    /// Runs a statement, and writes the note if the statement changed a row. Returns whether a row
    /// changed.
    async fn do_and_note(
        &self,
        query: AnyQuery<'_>,
        note: &AuditNote,
    ) -> Result<bool, LedgerError> {
        let done = self.db.at_once(TIMEOUT, async |transaction| {
            let done = query.execute(&mut **transaction).await.map_err(failed)?;
            if done.rows_affected() != 1 {
                return Ok(Err(()));
            }
            audit::write(transaction, note).await?;
            Ok(Ok(()))
        });
        Ok(done.await?.is_ok())
    }
}

/// Inserts an account. A player with a name on boards keeps it.
fn add_account(account: &Account, hash: &str) -> AnyQuery<'static> {
    let sql = "INSERT INTO accounts (player, handle, name, role, created_at, password)
         VALUES ($1, $2, coalesce((SELECT name FROM players WHERE player = $1), $3), $4, $5, $6)
         ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(account.player.as_str().to_owned())
        .bind(account.handle.as_str().to_owned())
        .bind(account.name.as_str().to_owned())
        .bind(account.role.as_str())
        .bind(account.created_at.millis_i64())
        .bind(hash.to_owned())
}

#[async_trait]
impl Directory for SqlDirectory {
    async fn add_account(
        &self,
        account: &Account,
        hash: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError> {
        let query = add_account(account, hash);
        self.do_and_note(query, note).await
    }

    async fn add_account_by(
        &self,
        account: &Account,
        hash: &str,
        issuer: &str,
        subject: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError> {
        let done = self.db.at_once(TIMEOUT, async |both| {
            let add = add_account(account, hash);
            let added = add.execute(&mut **both).await.map_err(failed)?;
            if added.rows_affected() != 1 {
                return Ok(Err(()));
            }
            let sql = "INSERT INTO identities (issuer, subject, player) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING";
            let known = sqlx::query(sql)
                .bind(issuer.to_owned())
                .bind(subject.to_owned())
                .bind(account.player.as_str().to_owned());
            let known = known.execute(&mut **both).await.map_err(failed)?;
            if known.rows_affected() != 1 {
                return Ok(Err(()));
            }
            audit::write(both, note).await?;
            Ok(Ok(()))
        });
        Ok(done.await?.is_ok())
    }

    async fn account_by(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<(Account, String)>, LedgerError> {
        let sql = format!(
            "SELECT {ACCOUNT}, a.password FROM identities AS i
             JOIN accounts AS a ON a.player = i.player
             WHERE i.issuer = $1 AND i.subject = $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = query.bind(issuer).bind(subject);
        let rows = self.db.fetch(query).await?;
        let row = rows.first().map(|row| Ok((account(row)?, text(row, 5)?)));
        row.transpose()
    }

    async fn has_identity(&self, player: &PlayerId) -> Result<bool, LedgerError> {
        let sql = "SELECT issuer FROM identities WHERE player = $1 LIMIT 1";
        let query = sqlx::query(sql).bind(player.as_str());
        Ok(!self.db.fetch(query).await?.is_empty())
    }

    async fn account(&self, player: &PlayerId) -> Result<Option<Account>, LedgerError> {
        let sql = format!("SELECT {ACCOUNT} FROM accounts AS a WHERE a.player = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(player.as_str());
        self.db.fetch(query).await?.first().map(account).transpose()
    }

    async fn account_of(&self, handle: &Handle) -> Result<Option<(Account, String)>, LedgerError> {
        let sql = format!("SELECT {ACCOUNT}, a.password FROM accounts AS a WHERE a.handle = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(handle.as_str());
        let rows = self.db.fetch(query).await?;
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
        let rows = self.db.fetch(query).await?;
        Ok(all_readable("accounts", rows.iter().map(account)))
    }

    async fn set_password(
        &self,
        player: &PlayerId,
        hash: &str,
        note: &AuditNote,
    ) -> Result<(), LedgerError> {
        let done = self.db.at_once(TIMEOUT, async |both| {
            let query = sqlx::query("UPDATE accounts SET password = $2 WHERE player = $1");
            let query = query.bind(player.as_str().to_owned()).bind(hash.to_owned());
            query.execute(&mut **both).await.map_err(failed)?;
            end_proofs(both, player, note.at).await?;
            audit::write(both, note).await?;
            Ok(Ok::<(), ()>(()))
        });
        done.await.map(drop)
    }

    async fn set_name(&self, player: &PlayerId, name: &PlayerName) -> Result<(), LedgerError> {
        let query = sqlx::query(
            "UPDATE accounts SET name = $2 WHERE player = $1 AND NOT EXISTS
             (SELECT 1 FROM player_rulings WHERE player = $1 AND is_name_fixed = 1)",
        );
        let query = query.bind(player.as_str()).bind(name.as_str());
        self.db.execute(query).await.map(drop)
    }

    async fn settings(&self, player: &PlayerId) -> Result<Option<Settings>, LedgerError> {
        let query = sqlx::query("SELECT settings FROM accounts WHERE player = $1");
        let rows = self.db.fetch(query.bind(player.as_str())).await?;
        let stored = rows.first().map(|row| maybe_text(row, 0)).transpose()?;
        Ok(stored.flatten().map(|json| Settings::read(&json)))
    }

    async fn set_settings(
        &self,
        player: &PlayerId,
        settings: &Settings,
    ) -> Result<(), LedgerError> {
        let query = sqlx::query("UPDATE accounts SET settings = $2 WHERE player = $1");
        let query = query.bind(player.as_str()).bind(settings.to_json());
        self.db.execute(query).await.map(drop)
    }

    async fn set_role(
        &self,
        player: &PlayerId,
        role: Role,
        note: &AuditNote,
    ) -> Result<(), LedgerError> {
        let query = sqlx::query("UPDATE accounts SET role = $2 WHERE player = $1");
        let query = query.bind(player.as_str()).bind(role.as_str());
        self.do_and_note(query, note).await.map(drop)
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
        self.db.execute(query).await?;
        let sql = "INSERT INTO sessions (token, player, created_at, expires_at)
             SELECT $1, player, $3, $4 FROM accounts WHERE player = $2 AND password = $5";
        let query = sqlx::query(sql)
            .bind(token.to_vec())
            .bind(player.as_str())
            .bind(now.millis_i64())
            .bind(expires_at.millis_i64())
            .bind(hash);
        Ok(self.db.execute(query).await?.rows_affected() == 1)
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
        let rows = self.db.fetch(query).await?;
        let row = rows
            .first()
            .map(|row| Ok((account(row)?, instant(row, 5)?)));
        row.transpose()
    }

    async fn end_session(&self, token: Digest) -> Result<(), LedgerError> {
        let query = sqlx::query("DELETE FROM sessions WHERE token = $1").bind(token.to_vec());
        self.db.execute(query).await.map(drop)
    }

    async fn end_proofs(&self, player: &PlayerId, note: &AuditNote) -> Result<(), LedgerError> {
        let done = self.db.at_once(TIMEOUT, async |both| {
            end_proofs(both, player, note.at).await?;
            audit::write(both, note).await?;
            Ok(Ok::<(), ()>(()))
        });
        done.await.map(drop)
    }

    async fn ended_at(&self, player: &PlayerId) -> Result<Option<Timestamp>, LedgerError> {
        let query = sqlx::query("SELECT ended_at FROM ended_proofs WHERE player = $1");
        let rows = self.db.fetch(query.bind(player.as_str())).await?;
        rows.first().map(|row| instant(row, 0)).transpose()
    }

    async fn add_key(
        &self,
        key: &ApiKey,
        secret: Digest,
        note: &AuditNote,
    ) -> Result<Vec<Slug>, LedgerError> {
        let boards = key.boards.as_ref().map(serde_json::to_string).transpose();
        let sql = "INSERT INTO api_keys (id, title, scopes, boards, created_at, secret)
             VALUES ($1, $2, $3, $4, $5, $6)";
        let add: AnyQuery<'_> = sqlx::query(sql)
            .bind(key.id.clone())
            .bind(key.title.clone())
            .bind(serde_json::to_string(&key.scopes).map_err(corrupt)?)
            .bind(boards.map_err(corrupt)?)
            .bind(key.created_at.millis_i64())
            .bind(secret.to_vec());
        let done = self.db.alone(TIMEOUT, async |both| {
            if let Some(boards) = &key.boards {
                let unknown = unknown_boards(both, boards).await?;
                if !unknown.is_empty() {
                    return Ok(Err(unknown));
                }
            }
            add.execute(&mut **both).await.map_err(failed)?;
            audit::write(both, note).await?;
            Ok(Ok(()))
        });
        Ok(done.await?.err().unwrap_or_default())
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, LedgerError> {
        let sql = format!("SELECT {KEY} FROM api_keys ORDER BY created_at DESC, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let rows = self.db.fetch(query).await?;
        Ok(all_readable("api_keys", rows.iter().map(key)))
    }

    async fn key_of(&self, secret: Digest) -> Result<Option<ApiKey>, LedgerError> {
        let sql = format!("SELECT {KEY} FROM api_keys WHERE secret = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(secret.to_vec());
        self.db.fetch(query).await?.first().map(key).transpose()
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
        self.db.execute(query).await.map(drop)
    }

    async fn revoke_key(
        &self,
        id: &str,
        now: Timestamp,
        note: &AuditNote,
    ) -> Result<bool, LedgerError> {
        let sql = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(id).bind(now.millis_i64());
        self.do_and_note(query, note).await
    }
}

/// Those of the slugs that name no board.
async fn unknown_boards(
    db: &mut AnyConnection,
    slugs: &BTreeSet<Slug>,
) -> Result<Vec<Slug>, LedgerError> {
    let places: Vec<String> = (1..=slugs.len()).map(|n| format!("${n}")).collect();
    let places = places.join(", ");
    let mut query = query(format!("SELECT slug FROM boards WHERE slug IN ({places})"));
    for slug in slugs {
        query = query.bind(slug.as_str().to_owned());
    }
    let rows = query.fetch_all(db).await.map_err(failed)?;
    let known: Result<BTreeSet<String>, _> = rows.iter().map(|row| text(row, 0)).collect();
    let known = known?;
    let unknown = slugs.iter().filter(|slug| !known.contains(slug.as_str()));
    Ok(unknown.cloned().collect())
}

/// Ends every session of a player, and revokes all other credentials issued until an instant.
pub(super) async fn end_proofs(
    db: &mut AnyConnection,
    player: &PlayerId,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let sessions = sqlx::query("DELETE FROM sessions WHERE player = $1");
    let sessions = sessions.bind(player.as_str().to_owned());
    sessions.execute(&mut *db).await.map_err(failed)?;
    let push = sqlx::query("DELETE FROM push_subscriptions WHERE player = $1");
    let push = push.bind(player.as_str().to_owned());
    push.execute(&mut *db).await.map_err(failed)?;
    let sql = "INSERT INTO ended_proofs (player, ended_at) VALUES ($1, $2)
         ON CONFLICT (player) DO UPDATE SET ended_at = excluded.ended_at
         WHERE excluded.ended_at > ended_proofs.ended_at";
    let proofs = sqlx::query(sql).bind(player.as_str().to_owned());
    let proofs = proofs.bind(at.millis_i64()).execute(db);
    proofs.await.map_err(failed).map(drop)
}

/// Reads the columns [`ACCOUNT`].
fn account(row: &AnyRow) -> Result<Account, LedgerError> {
    let player = PlayerId::stored(&text(row, 0)?).map_err(corrupt)?;
    Ok(Account {
        handle: Handle::new(&text(row, 1)?).map_err(corrupt)?,
        name: PlayerName::shown(&text(row, 2)?, &player),
        player,
        role: columns::role(&text(row, 3)?),
        created_at: instant(row, 4)?,
    })
}

/// Reads the columns [`KEY`].
fn key(row: &AnyRow) -> Result<ApiKey, LedgerError> {
    let boards = maybe_text(row, 3)?;
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
