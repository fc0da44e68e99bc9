//! SQL of the uploaded emblems of boards.

use leaderport::Slug;
use leaderport::audit::AuditNote;
use leaderport::service::error::LedgerError;
use sqlx::Row;

use super::any::{AnyDatabase, AnyQuery, LONG_PATIENCE};
use super::audit;
use super::columns::failed;

/// Stores the picture of an existing board, or removes it. `false` if nothing changed.
pub(super) async fn put(
    db: &AnyDatabase,
    board: &Slug,
    png: Option<&[u8]>,
    note: &AuditNote,
) -> Result<bool, LedgerError> {
    let slug = board.as_str().to_owned();
    let change: AnyQuery<'_> = match png {
        // A deletion of the board takes the same lock, so no picture remains of a deleted board.
        Some(png) => sqlx::query(
            "INSERT INTO emblems (board, png, updated_at)
             SELECT slug, $2, $3 FROM boards WHERE slug = $1
             ON CONFLICT (board) DO UPDATE SET png = excluded.png, updated_at = excluded.updated_at",
        )
        .bind(slug)
        .bind(png.to_vec())
        .bind(note.at.millis_i64()),
        None => sqlx::query("DELETE FROM emblems WHERE board = $1").bind(slug),
    };
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        let changed = change.execute(&mut **transaction).await.map_err(failed)?;
        if changed.rows_affected() != 1 {
            return Ok(Err(()));
        }
        audit::write(transaction, note).await?;
        Ok(Ok(()))
    });
    Ok(done.await?.is_ok())
}

/// The picture of a board, if one is stored.
pub(super) async fn read(db: &AnyDatabase, board: &Slug) -> Result<Option<Vec<u8>>, LedgerError> {
    let sql = "SELECT png FROM emblems WHERE board = $1";
    let rows = db.fetch(sqlx::query(sql).bind(board.as_str().to_owned()));
    let rows = rows.await?;
    let png = rows.first().map(|row| row.try_get(0).map_err(failed));
    png.transpose()
}
