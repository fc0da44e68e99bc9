//! SQL of the uploaded emblems of boards.

use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::{Board, Slug};
use sqlx::Row;

use crate::ledger::database::any::{AnyDatabase, LONG_PATIENCE};
use crate::ledger::database::columns::failed;
use crate::ledger::{audit, boards};

/// Stores the picture of an existing board. `false` if there is no such board.
pub(super) async fn put(
    db: &AnyDatabase,
    board: &Slug,
    png: &[u8],
    note: &AuditNote,
) -> Result<bool, LedgerError> {
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        // A deletion of the board takes the same lock, so no picture remains of a deleted board.
        let put = sqlx::query(
            "INSERT INTO emblems (board, png, updated_at)
             SELECT slug, $2, $3 FROM boards WHERE slug = $1
             ON CONFLICT (board) DO UPDATE SET png = excluded.png, updated_at = excluded.updated_at",
        )
        .bind(board.as_str().to_owned())
        .bind(png.to_vec())
        .bind(note.at.millis_i64());
        let put = put.execute(&mut **transaction).await.map_err(failed)?;
        if put.rows_affected() != 1 {
            return Ok(Err(()));
        }
        audit::write(transaction, note).await?;
        Ok(Ok(()))
    });
    Ok(done.await?.is_ok())
}

/// Replaces the previous version of a board and removes its picture. `false` if another version is
/// stored.
pub(super) async fn remove(
    db: &AnyDatabase,
    board: &Board,
    note: &AuditNote,
) -> Result<bool, LedgerError> {
    let definition = boards::json(board)?;
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        let slug = board.slug.as_str().to_owned();
        let put = sqlx::query(boards::PUT)
            .bind(slug.clone())
            .bind(definition)
            .bind(boards::version(board));
        let put = put.execute(&mut **transaction).await.map_err(failed)?;
        if put.rows_affected() != 1 {
            return Ok(Err(()));
        }
        let remove = sqlx::query("DELETE FROM emblems WHERE board = $1").bind(slug);
        remove.execute(&mut **transaction).await.map_err(failed)?;
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
