//! Dead letters: batches of the outbox that fail by their own content. They wait for an admin, and
//! the others go on. Batches are independent of each other, because each is applied with the
//! current standings and names, which have versions.

use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::BatchId;
use leaderport::{DeadLetter, Timestamp};

use crate::ledger::audit;
use crate::ledger::database::any::{AnyDatabase, TIMEOUT, instant, number, query, text};
use crate::ledger::database::columns::{all_readable, failed, version};

/// Counts a failure. The batch is dead from the number of failures `dies_at`.
pub(super) async fn note_failure(
    db: &AnyDatabase,
    batch: BatchId,
    error: &str,
    dies_at: Option<u32>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let sql = "UPDATE outbox SET failures = failures + 1, error = $2,
           dead_at = CASE WHEN failures + 1 >= $3 THEN $4 ELSE dead_at END
         WHERE id = $1 AND dead_at IS NULL";
    let update = sqlx::query(sql)
        .bind(batch.0)
        .bind(error.to_owned())
        .bind(dies_at.map_or(i64::MAX, i64::from))
        .bind(now.millis_i64());
    db.execute(update).await.map(drop)
}

/// The number of dead letters, and the newest ones.
pub(super) async fn dead_letters(
    db: &AnyDatabase,
    limit: u32,
) -> Result<(u64, Vec<DeadLetter>), LedgerError> {
    let count = "SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL";
    let counted = db.fetch(sqlx::query(count)).await?;
    let count = counted.first().map_or(Ok(0), |row| number(row, 0))?;
    let sql = format!(
        "SELECT id, failures, coalesce(error, ''), dead_at FROM outbox
         WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC LIMIT {limit}"
    );
    let rows = db.fetch(query(sql)).await?;
    let letters = rows.iter().map(|row| {
        Ok(DeadLetter {
            id: number(row, 0)?,
            failures: version(number(row, 1)?)?,
            error: text(row, 2)?,
            since: instant(row, 3)?,
        })
    });
    Ok((version(count)?, all_readable("outbox", letters)))
}

/// Puts a dead letter, or all, back into the outbox. Returns their number.
pub(super) async fn retry(
    db: &AnyDatabase,
    batch: Option<BatchId>,
    note: &AuditNote,
) -> Result<u64, LedgerError> {
    let retried = db.at_once(TIMEOUT, async |transaction| {
        let of = batch.map_or("", |_| " AND id = $1");
        let sql =
            format!("UPDATE outbox SET failures = 0, dead_at = NULL WHERE dead_at IS NOT NULL{of}");
        let mut update = query(sql);
        if let Some(batch) = batch {
            update = update.bind(batch.0);
        }
        let done = update.execute(&mut **transaction).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Ok(Err(()));
        }
        audit::write(transaction, note).await?;
        Ok(Ok(done.rows_affected()))
    });
    Ok(retried.await?.unwrap_or(0))
}
