//! The outbox: batches that are not known to be applied by the broker.

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::Unapplied;
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{PlayerId, SeasonKey};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

use super::ranked::read_stored;
use crate::ledger::database::columns::{self, Ruled, corrupt, failed};

/// Id, ids of submissions with 16 bytes each, standings and names, as in `outbox`.
type BatchRow = (i64, Vec<u8>, Option<String>, Option<String>);

/// Batches recorded up to an instant, those with the fewest failures first, then the oldest.
pub(super) async fn unapplied(
    readers: &SqlitePool,
    until: i64,
    limit: u32,
) -> Result<Vec<Unapplied>, LedgerError> {
    let mut snapshot = readers.begin().await.map_err(failed)?;
    let batches: Vec<BatchRow> = sqlx::query_as(
        "SELECT id, submissions, standings, names FROM outbox
         WHERE at <= ? AND dead_at IS NULL ORDER BY failures, id LIMIT ?",
    )
    .bind(until)
    .bind(limit)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(failed)?;
    let mut unapplied = Vec::with_capacity(batches.len());
    for batch in batches {
        let id = BatchId(batch.0);
        let read = read(&mut snapshot, batch).await;
        unapplied.push(read.unwrap_or_else(|error| Unapplied::unreadable(id, &error)));
    }
    Ok(unapplied)
}

/// Reads one batch.
async fn read(
    db: &mut SqliteConnection,
    (id, submissions, ruled, named): BatchRow,
) -> Result<Unapplied, LedgerError> {
    let Ruled {
        standings: mut keys,
        seasons,
        named,
    } = Ruled::read(ruled.as_deref(), named.as_deref())?;
    for id in submissions.chunks(16) {
        keys.extend(changed(db, id).await?);
    }
    let mut standings = Vec::with_capacity(keys.len());
    for (key, player) in keys {
        let now = read_stored(db, &key, &player).await?;
        standings.extend(now.map(|now| (key, now)));
    }
    let mut names = Vec::with_capacity(named.len());
    for player in named {
        names.push(name_of(db, player).await?);
    }
    Ok(Unapplied {
        id: BatchId(id),
        names,
        standings,
        seasons: seasons.into_iter().collect(),
        unreadable: None,
    })
}

/// A player with their name, or with their id if the name was removed.
async fn name_of(
    db: &mut SqliteConnection,
    player: PlayerId,
) -> Result<(PlayerId, StoredName), LedgerError> {
    let sql = "SELECT p.name, coalesce(p.version, e.name_version)
         FROM (SELECT ? AS player) AS w
           LEFT JOIN players AS p ON p.player = w.player
           LEFT JOIN erased_players AS e ON e.player = w.player";
    let (name, named): (Option<String>, Option<i64>) = sqlx::query_as(sql)
        .bind(player.as_str())
        .fetch_one(db)
        .await
        .map_err(failed)?;
    columns::named(player, name.as_deref(), named)
}

/// The standings that a submission may have changed.
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
    let player = PlayerId::stored(&player).map_err(corrupt)?;
    let seasons = columns::seasons(&board, &standings)?.into_iter();
    Ok(seasons.map(|key| (key, player.clone())).collect())
}
