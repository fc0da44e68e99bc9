//! The outbox: batches that are not known to be applied by the broker.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::Unapplied;
use leaderport::service::ports::stored::{BatchId, StoredName, StoredStanding};
use leaderport::{PlayerId, SeasonKey};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::ledger::database::columns::{self, Ruled, StandingRow, corrupt, failed, stored};

/// Key of a standing: season and player.
type Key = (SeasonKey, PlayerId);

/// A row with its index among the requested ones, from 1.
type NumberedRow = (
    i64,
    String,
    Option<String>,
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<i64>,
);

/// Batches recorded at least `age` ago, those with the fewest failures first, then the oldest.
pub(super) async fn unapplied(
    db: &mut PgConnection,
    age: Duration,
    limit: u32,
) -> Result<Vec<Unapplied>, LedgerError> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM outbox
         WHERE at <= now() - make_interval(secs => $1) AND dead_at IS NULL
         ORDER BY failures, id LIMIT $2",
    )
    .bind(age.as_secs_f64())
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await
    .map_err(failed)?;
    if let Ok(mut batches) = read(db, &ids).await {
        let place = |batch: &Unapplied| ids.iter().position(|id| *id == batch.id.0);
        batches.sort_by_key(place);
        return Ok(batches);
    }
    // One batch is unreadable, or all are. Read each one alone.
    let mut unapplied = Vec::with_capacity(ids.len());
    for id in ids {
        match read(db, &[id]).await {
            Ok(batch) => unapplied.extend(batch),
            Err(error) => unapplied.push(Unapplied::unreadable(BatchId(id), &error)),
        }
    }
    Ok(unapplied)
}

/// Reads batches, in one snapshot.
async fn read(db: &mut PgConnection, ids: &[i64]) -> Result<Vec<Unapplied>, LedgerError> {
    let mut snapshot = db.begin().await.map_err(failed)?;
    let recorded: Vec<(i64, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT id, standings, names FROM outbox WHERE id = ANY($1)")
            .bind(ids)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(failed)?;
    let mut batches: BTreeMap<i64, Ruled> = BTreeMap::new();
    for (id, ruled, named) in recorded {
        let ruled = Ruled::read(ruled.as_deref(), named.as_deref())?;
        batches.insert(id, ruled);
    }
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
        "SELECT o.id, s.board, coalesce(r.merged_into, s.player), s.standings
         FROM outbox AS o
           CROSS JOIN UNNEST(o.submissions) AS submission (id)
           JOIN submissions AS s ON s.id = submission.id
           LEFT JOIN player_rulings AS r ON r.player = s.player
         WHERE o.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(&mut *snapshot)
    .await
    .map_err(failed)?;
    for (id, board, player, standings) in rows {
        let player = PlayerId::stored(&player).map_err(corrupt)?;
        let keys = columns::seasons(&board, &standings)?.into_iter();
        let keys = keys.map(|key| (key, player.clone()));
        batches.entry(id).or_default().standings.extend(keys);
    }
    let wanted: HashSet<&Key> = batches.values().flat_map(|b| &b.standings).collect();
    let now = standings(&mut snapshot, wanted).await?;
    let named: Vec<&str> = batches
        .values()
        .flat_map(|b| &b.named)
        .map(PlayerId::as_str)
        .collect();
    let names = names(&mut snapshot, named).await?;
    let unapplied = batches.into_iter().map(|(id, ruled)| Unapplied {
        id: BatchId(id),
        names: ruled
            .named
            .into_iter()
            .filter_map(|player| {
                let name = names.get(&player).cloned()?;
                Some((player, name))
            })
            .collect(),
        seasons: ruled.seasons.into_iter().collect(),
        unreadable: None,
        standings: ruled
            .standings
            .into_iter()
            .filter_map(|key| now.get(&key).map(|now| (key.0, now.clone())))
            .collect(),
    });
    Ok(unapplied.collect())
}

/// Players with their names, or with their ids if the names were removed.
async fn names(
    db: &mut PgConnection,
    players: Vec<&str>,
) -> Result<HashMap<PlayerId, StoredName>, LedgerError> {
    if players.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, Option<String>, Option<i64>)> = sqlx::query_as(
        "SELECT w.player, p.name, coalesce(p.version, e.name_version)
         FROM UNNEST($1::text[]) AS w (player)
           LEFT JOIN players AS p ON p.player = w.player
           LEFT JOIN erased_players AS e ON e.player = w.player",
    )
    .bind(players)
    .fetch_all(db)
    .await
    .map_err(failed)?;
    let pairs = rows.into_iter().map(|(player, name, named)| {
        let player = PlayerId::stored(&player).map_err(corrupt)?;
        columns::named(player, name.as_deref(), named)
    });
    pairs.collect()
}

async fn standings(
    db: &mut PgConnection,
    wanted: HashSet<&Key>,
) -> Result<HashMap<Key, StoredStanding>, LedgerError> {
    let wanted: Vec<&Key> = wanted.into_iter().collect();
    let boards: Vec<&str> = wanted.iter().map(|(key, _)| key.board.as_str()).collect();
    let seasons: Vec<String> = wanted.iter().map(|(k, _)| k.season.to_string()).collect();
    let players: Vec<&str> = wanted.iter().map(|(_, player)| player.as_str()).collect();
    // Each row has its index in `wanted`, so that its key need not be parsed again.
    let rows: Vec<NumberedRow> = sqlx::query_as(
        "SELECT w.number, s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version,
                s.is_gone, p.version
         FROM UNNEST($1::text[], $2::text[], $3::text[])
                WITH ORDINALITY AS w (board, season, player, number)
           JOIN standings AS s USING (board, season, player)
           LEFT JOIN players AS p ON p.player = s.player",
    )
    .bind(boards)
    .bind(seasons)
    .bind(players)
    .fetch_all(db)
    .await
    .map_err(failed)?;
    let found = rows.into_iter().map(|row| {
        let (number, player, name, score, achieved_at, latest_at, version, gone, named) = row;
        let row: StandingRow = (
            player,
            name,
            score,
            achieved_at,
            latest_at,
            version,
            gone,
            named,
        );
        let key = usize::try_from(number - 1).ok().and_then(|n| wanted.get(n));
        let key = key.ok_or_else(|| corrupt("a row that was not requested"))?;
        Ok(((*key).clone(), stored(row)?))
    });
    found.collect()
}
