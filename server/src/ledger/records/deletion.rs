//! Deletes boards. The first transaction removes the definition, so that the board is unknown from
//! then on. Further transactions remove its rows in steps, which any node continues after a crash.

use std::collections::BTreeSet;

use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::{DeletedBoard, Deletion};
use leaderport::{Board, BoardSize, Slug};
use sqlx::AnyConnection;

use crate::ledger::database::any::{AnyDatabase, LONG_PATIENCE, TIMEOUT, instant, number, text};
use crate::ledger::database::columns::{corrupt, failed, readable, version};
use crate::ledger::{audit, boards};

/// Number of rows that one step removes from a table.
const ROWS_IN_A_STEP: u32 = 1_000;

/// Numbers of submissions of a board, and of the players who made them.
pub(super) async fn size(db: &AnyDatabase, slug: &Slug) -> Result<BoardSize, LedgerError> {
    let sql = "SELECT count(*), count(DISTINCT player) FROM submissions WHERE board = $1";
    let query = sqlx::query(sql).bind(slug.as_str().to_owned());
    db.with(LONG_PATIENCE, async |connection| {
        let row = query.fetch_one(connection).await.map_err(failed)?;
        Ok(BoardSize {
            submissions: version(number(&row, 0)?)?,
            players: version(number(&row, 1)?)?,
        })
    })
    .await
}

/// Removes a definition and an emblem. `false`, without a change, if another version is stored.
pub(super) async fn begin(
    db: &AnyDatabase,
    board: &Board,
    note: &AuditNote,
) -> Result<bool, LedgerError> {
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        let slug = board.slug.as_str();
        let removed = sqlx::query("DELETE FROM boards WHERE slug = $1 AND version = $2")
            .bind(slug.to_owned())
            .bind(boards::version(board));
        let removed = removed.execute(&mut **transaction).await;
        if removed.map_err(failed)?.rows_affected() != 1 {
            return Ok(Err(()));
        }
        let sql = "INSERT INTO deleted_boards (slug, version, deleted_at, is_done)
             VALUES ($1, $2, $3, 0)
             ON CONFLICT (slug) DO UPDATE SET version = excluded.version,
               deleted_at = excluded.deleted_at, is_done = 0";
        let noted = sqlx::query(sql)
            .bind(slug.to_owned())
            .bind(boards::version(board) + 1)
            .bind(note.at.millis_i64());
        noted.execute(&mut **transaction).await.map_err(failed)?;
        for sql in [
            "DELETE FROM recounts WHERE board = $1",
            "DELETE FROM emblems WHERE board = $1",
            "DELETE FROM push_subscriptions WHERE board = $1",
        ] {
            let remove = sqlx::query(sql).bind(slug.to_owned());
            remove.execute(&mut **transaction).await.map_err(failed)?;
        }
        remove_from_keys(transaction, &board.slug, note).await?;
        audit::write(transaction, note).await?;
        Ok(Ok(()))
    });
    Ok(done.await?.is_ok())
}

/// Removes a board from the keys that name it. A key without a board left is revoked.
async fn remove_from_keys(
    db: &mut AnyConnection,
    slug: &Slug,
    note: &AuditNote,
) -> Result<(), LedgerError> {
    let keys = sqlx::query("SELECT id, boards FROM api_keys WHERE boards IS NOT NULL");
    for row in keys.fetch_all(&mut *db).await.map_err(failed)? {
        let named = serde_json::from_str(&text(&row, 1)?).map_err(corrupt);
        // A key that cannot be read allows nothing.
        let named: Option<BTreeSet<Slug>> = readable("api_keys", named);
        let Some(mut named) = named.filter(|named| named.contains(slug)) else {
            continue;
        };
        named.remove(slug);
        let revoked_at = named.is_empty().then(|| note.at.millis_i64());
        let sql = "UPDATE api_keys SET boards = $2, revoked_at = coalesce(revoked_at, $3)
             WHERE id = $1";
        let update = sqlx::query(sql)
            .bind(text(&row, 0)?)
            .bind(serde_json::to_string(&named).map_err(corrupt)?)
            .bind(revoked_at);
        update.execute(&mut *db).await.map_err(failed)?;
    }
    Ok(())
}

/// The last version of a deleted board.
pub(super) async fn deleted(
    db: &AnyDatabase,
    slug: &Slug,
) -> Result<Option<DeletedBoard>, LedgerError> {
    let sql = "SELECT version, is_done FROM deleted_boards WHERE slug = $1";
    let rows = db.fetch(sqlx::query(sql).bind(slug.as_str().to_owned()));
    let rows = rows.await?;
    let deleted = rows.first().map(|row| {
        Ok(DeletedBoard {
            version: version(number(row, 0)?)?,
            is_done: number(row, 1)? > 0,
        })
    });
    deleted.transpose()
}

/// Removes some rows of a deleted board. `None` if no deletion is unfinished.
pub(super) async fn step(db: &AnyDatabase) -> Result<Option<Deletion>, LedgerError> {
    let sql = "SELECT slug, deleted_at, version FROM deleted_boards WHERE is_done = 0
         ORDER BY deleted_at, slug LIMIT 1";
    let rows = db.fetch(sqlx::query(sql)).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let slug = Slug::new(&text(row, 0)?).map_err(corrupt)?;
    let began_at = instant(row, 1)?;
    let version = version(number(row, 2)?)?;
    let done = db.at_once(TIMEOUT, async |transaction| {
        let is_empty = remove_submissions(transaction, &slug).await?
            && remove_standings(transaction, &slug).await?;
        Ok(Ok::<_, std::convert::Infallible>(is_empty))
    });
    let Ok(is_empty) = done.await?;
    Ok(Some(Deletion {
        slug,
        version,
        began_at,
        is_empty,
    }))
}

/// Removes the first submissions of a board. Returns whether there were none.
async fn remove_submissions(db: &mut AnyConnection, slug: &Slug) -> Result<bool, LedgerError> {
    let first = format!(
        "SELECT coalesce(max(seq), -1) FROM (
           SELECT seq FROM submissions WHERE board = $1 ORDER BY seq LIMIT {ROWS_IN_A_STEP}
         ) AS head"
    );
    let first = crate::ledger::database::any::query(first).bind(slug.as_str().to_owned());
    let last = number(&first.fetch_one(&mut *db).await.map_err(failed)?, 0)?;
    if last < 0 {
        return Ok(true);
    }
    for remove in [
        "DELETE FROM answers WHERE id IN
           (SELECT id FROM submissions WHERE board = $1 AND seq <= $2)",
        "DELETE FROM submission_rulings WHERE seq IN
           (SELECT seq FROM submissions WHERE board = $1 AND seq <= $2)",
        "DELETE FROM submissions WHERE board = $1 AND seq <= $2",
    ] {
        let remove = sqlx::query(remove)
            .bind(slug.as_str().to_owned())
            .bind(last);
        remove.execute(&mut *db).await.map_err(failed)?;
    }
    Ok(false)
}

/// Removes the first standings of a board. Returns whether there were none.
async fn remove_standings(db: &mut AnyConnection, slug: &Slug) -> Result<bool, LedgerError> {
    let remove = format!(
        "DELETE FROM standings WHERE board = $1 AND (season, player) IN
           (SELECT season, player FROM standings WHERE board = $1
            ORDER BY season, player LIMIT {ROWS_IN_A_STEP})"
    );
    let remove = crate::ledger::database::any::query(remove).bind(slug.as_str().to_owned());
    let removed = remove.execute(db).await.map_err(failed)?;
    Ok(removed.rows_affected() == 0)
}

/// Ends a deletion, but no later one of the slug. The slug may be used again from then on.
pub(super) async fn finish(db: &AnyDatabase, deletion: &Deletion) -> Result<(), LedgerError> {
    let done = "UPDATE deleted_boards SET is_done = 1 WHERE slug = $1 AND version = $2";
    let done = sqlx::query(done)
        .bind(deletion.slug.as_str().to_owned())
        .bind(deletion.version.cast_signed());
    db.execute(done).await.map(drop)
}
