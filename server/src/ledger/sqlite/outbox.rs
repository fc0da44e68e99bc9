//! The outbox: batches that the broker is not known to have.

use leaderport::service::ledger::{BatchId, LedgerError, Unapplied};
use leaderport::{PlayerId, SeasonKey};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

use super::read_stored;
use crate::ledger::batch::{self, Ruled, corrupt, failed};

/// Batches recorded up to an instant, oldest first.
pub(super) async fn unapplied(
    readers: &SqlitePool,
    until: i64,
    limit: u32,
) -> Result<Vec<Unapplied>, LedgerError> {
    let mut snapshot = readers.begin().await.map_err(failed)?;
    let batches: Vec<(i64, Vec<u8>, Option<String>)> = sqlx::query_as(
        "SELECT id, submissions, standings FROM outbox WHERE at <= ? ORDER BY id LIMIT ?",
    )
    .bind(until)
    .bind(limit)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(failed)?;
    let mut unapplied = Vec::with_capacity(batches.len());
    for (id, submissions, ruled) in batches {
        let Ruled {
            standings: mut keys,
            seasons,
        } = Ruled::read(ruled.as_deref())?;
        for id in submissions.chunks(16) {
            keys.extend(changed(&mut snapshot, id).await?);
        }
        let mut standings = Vec::with_capacity(keys.len());
        for (key, player) in keys {
            let now = read_stored(&mut snapshot, &key, &player).await?;
            standings.extend(now.map(|now| (key, now)));
        }
        let id = BatchId(id);
        unapplied.push(Unapplied {
            id,
            standings,
            seasons: seasons.into_iter().collect(),
        });
    }
    Ok(unapplied)
}

/// Which standings a submission fed.
async fn changed(
    db: &mut SqliteConnection,
    id: &[u8],
) -> Result<Vec<(SeasonKey, PlayerId)>, LedgerError> {
    let row: Option<(String, String, String)> = sqlx::query_as(
        "SELECT s.board, coalesce(r.merged_into, s.player), s.standings
             FROM submissions AS s LEFT JOIN player_rulings AS r ON r.player = s.player
             WHERE s.id = ?",
    )
    .bind(id)
    .fetch_optional(db)
    .await
    .map_err(failed)?;
    let Some((board, player, standings)) = row else {
        return Ok(Vec::new());
    };
    let player = PlayerId::new(&player).map_err(corrupt)?;
    let seasons = batch::seasons(&board, &standings)?.into_iter();
    Ok(seasons.map(|key| (key, player.clone())).collect())
}
