//! Records one batch in one transaction of four round trips. It begins under a lock, reads the rows
//! that the entries need ([`reads`]), writes all decided rows ([`rows`](super::rows)), and commits.

use std::collections::HashSet;

use leaderport::SubmissionId;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{Entry, RecordedBatch, Renaming, Settlement};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPool};
use tokio::time::timeout;

use super::failure::Failure;
use super::reads::{self, Found};
use super::rows::{Rows, Settling};
use super::{CONNECTIONS, TIMEOUT, unanswered};
use crate::ledger::batch::{self, StandingKey};
use crate::ledger::database::locks;

/// Maximum number of attempts to record a batch. It exceeds the number of connections: if the
/// server closed all of them, the last attempt has a new one.
const ATTEMPTS: u32 = CONNECTIONS + 1;

/// Stores the settlement of earlier batches, and records entries and renamings in order.
pub(super) async fn record(
    pool: &PgPool,
    settlement: &Settlement,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<RecordedBatch, LedgerError> {
    let mut attempt = 1;
    loop {
        let recorded = record_once(pool, settlement, entries, renamings).await;
        match recorded {
            Err(Failure::Raced(why)) if attempt < ATTEMPTS => {
                tracing::debug!(
                    attempt,
                    why,
                    "another node wrote the same rows first; the batch is decided again"
                );
                metrics::counter!("leaderport_ledger_races_total").increment(1);
            }
            Err(Failure::Unbegun(error)) if attempt < ATTEMPTS => {
                tracing::debug!(attempt, %error, "a transaction did not begin; the batch gets another connection");
            }
            recorded => return Ok(recorded?),
        }
        attempt += 1;
    }
}

async fn record_once(
    pool: &PgPool,
    settlement: &Settlement,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<RecordedBatch, Failure> {
    let mut connection = pool.acquire().await?;
    let recording = record_by(&mut connection, settlement, entries, renamings);
    let failure = match timeout(TIMEOUT, recording).await {
        Ok(recorded @ (Ok(_) | Err(Failure::Raced(_)))) => return recorded,
        Ok(Err(failure)) => failure,
        Err(_) => unanswered(TIMEOUT).into(),
    };
    // The connection may be broken, or have a transaction that failed as it began, which the pool
    // does not end.
    drop(connection.detach());
    Err(failure)
}

async fn record_by(
    db: &mut PgConnection,
    settlement: &Settlement,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<RecordedBatch, Failure> {
    let mut settling = Settling::of(settlement)?;
    let transaction = db.begin_with(locks::BEGIN_SHARED).await;
    let mut transaction = transaction.map_err(Failure::unbegun)?;
    let db = &mut *transaction;
    if is_repeated(settlement, entries) {
        // A repeat reads the answer that this settlement stores.
        let settling = std::mem::take(&mut settling);
        Rows::settling(settling).write(db).await?;
    }
    let Found {
        is_outdated,
        mut batch,
    } = reads::read(db, entries, renamings).await?;
    if is_outdated {
        Rows::settling(settling).write(db).await?;
        transaction.commit().await?;
        return Ok(RecordedBatch {
            is_outdated: true,
            ..RecordedBatch::default()
        });
    }
    let known: HashSet<StandingKey> = batch.standings.keys().cloned().collect();
    let outcomes = batch.record(entries);
    let renamed = batch.rename(renamings);
    let names: Vec<_> = batch::changed_names(renamings, &renamed).collect();
    let mut rows = Rows::settling(settling);
    rows.add(&batch, &known, entries, &outcomes)?;
    rows.add_names(&batch, &names)?;
    let id = rows.write(db).await?;
    transaction.commit().await?;
    Ok(RecordedBatch {
        id,
        outcomes,
        names: batch.names(),
        renamed,
        is_outdated: false,
    })
}

/// Whether an entry repeats a submission whose answer is being settled.
fn is_repeated(settlement: &Settlement, entries: &[Entry]) -> bool {
    let settled: HashSet<SubmissionId> = settlement.answers.iter().map(|s| s.id).collect();
    entries.iter().any(|e| settled.contains(&e.submission.id))
}
