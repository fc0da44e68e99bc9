//! Records one batch in one transaction: reads and locks the rows that the entries need, decides by
//! [`Batch`], and writes everything in one statement.

use std::collections::{HashMap, HashSet};

use leaderport::service::error::{Error, LedgerError};
use leaderport::service::ports::ledger::{Entry, RecordedBatch, Renaming, Settlement};
use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, Slug, SubmissionId};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use super::failure::Failure;
use super::rows::Rows;
use crate::ledger::batch::{
    self, Batch, Content, Earlier, PEOPLE, People, PersonRow, StandingKey, StoredVersioned,
    versioned,
};
use crate::ledger::boards;
use crate::ledger::columns::{self, corrupt};
use crate::ledger::locks;

/// Stores the settlement of earlier batches, then records entries and renamings in order.
pub(super) async fn record(
    db: &mut PgConnection,
    settlement: &Settlement,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<RecordedBatch, Failure> {
    let mut transaction = db.begin().await?;
    let db = &mut *transaction;
    // Rulings take this lock exclusively, so they cannot run during this transaction.
    db.execute(locks::SHARED).await?;
    settle(db, settlement).await?;
    if is_outdated(db, entries).await? {
        transaction.commit().await?;
        return Ok(RecordedBatch {
            is_outdated: true,
            ..RecordedBatch::default()
        });
    }
    let people = people(db, batch::players(entries, renamings)).await?;
    let mut batch = Batch {
        earlier: earlier(db, entries).await?,
        standings: standings(db, entries, &people).await?,
        people,
        ..Batch::default()
    };
    let known: HashSet<StandingKey> = batch.standings.keys().cloned().collect();
    let outcomes = batch.record(entries);
    let renamed = batch.rename(renamings);
    let names: Vec<_> = batch::changed_names(renamings, &renamed).collect();
    name_accounts(db, &names).await?;
    let rows = Rows::of(&batch, &known, entries, &outcomes)?;
    let id = rows.write(db, batch.outbox_names(&names)?).await?;
    transaction.commit().await?;
    Ok(RecordedBatch {
        id,
        outcomes,
        names: batch.names(),
        renamed,
        is_outdated: false,
    })
}

/// Copies names that players chose to their accounts.
async fn name_accounts(
    db: &mut PgConnection,
    names: &[(&PlayerId, &StoredName)],
) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let players: Vec<&str> = names.iter().map(|(player, _)| player.as_str()).collect();
    let names: Vec<&str> = names.iter().map(|(_, name)| name.name.as_str()).collect();
    sqlx::query(
        "UPDATE accounts AS a SET name = n.name
         FROM UNNEST($1::text[], $2::text[]) AS n (player, name) WHERE a.player = n.player",
    )
    .bind(players)
    .bind(names)
    .execute(db)
    .await?;
    Ok(())
}

async fn settle(db: &mut PgConnection, settlement: &Settlement) -> Result<(), Failure> {
    if settlement.is_empty() {
        return Ok(());
    }
    let answers = settlement.answers.iter();
    let (ids, ranks): (Vec<Uuid>, Vec<String>) = answers
        .map(|s| Ok((s.id.0, columns::ranks_text(s)?)))
        .collect::<Result<Vec<_>, LedgerError>>()?
        .into_iter()
        .unzip();
    let applied: Vec<i64> = settlement.applied.iter().map(|batch| batch.0).collect();
    sqlx::query(
        "WITH applied AS (DELETE FROM outbox WHERE id = ANY($3))
         INSERT INTO answers (id, ranks)
         SELECT id, ranks FROM UNNEST($1::uuid[], $2::text[]) AS settled (id, ranks)
           JOIN submissions USING (id)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(ids)
    .bind(ranks)
    .bind(applied)
    .execute(db)
    .await?;
    Ok(())
}

type EarlierRow = (
    Uuid,
    String,
    String,
    i64,
    Option<i64>,
    String,
    Option<String>,
);

async fn earlier(
    db: &mut PgConnection,
    entries: &[Entry],
) -> Result<HashMap<SubmissionId, Earlier>, Failure> {
    if entries.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = entries.iter().map(|e| e.submission.id.0).collect();
    let rows: Vec<EarlierRow> = sqlx::query_as(
        "SELECT s.id, s.board, s.player, s.value, s.claimed_at, s.standings, a.ranks
         FROM submissions AS s LEFT JOIN answers AS a USING (id)
         WHERE s.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(db)
    .await?;
    let mut earlier = HashMap::with_capacity(rows.len());
    for (id, board, player, value, claimed_at, standings, ranks) in rows {
        let content = Content {
            board,
            player,
            value,
            claimed_at,
        };
        let found = Earlier::new(content, &standings, ranks.as_deref());
        earlier.insert(SubmissionId(id), found);
    }
    Ok(earlier)
}

/// Whether an entry is refused because the current rules of its board are missing, or cannot be
/// read. The rules that it was admitted by do not matter then.
fn is_without_rules(entry: &Entry) -> bool {
    let refusal = entry.refusal.as_ref();
    refusal.is_some_and(|e| matches!(e, Error::UnknownBoard(_) | Error::Unavailable { .. }))
}

/// Whether another node redefined or deleted a board, or began or ended its recount, after the
/// entries were admitted.
async fn is_outdated(db: &mut PgConnection, entries: &[Entry]) -> Result<bool, Failure> {
    let mut known: Vec<(&str, i64, bool)> = entries
        .iter()
        .filter(|e| !is_without_rules(e))
        .map(|e| {
            let board = &e.board;
            (
                board.slug.as_str(),
                boards::version(board),
                board.recounting,
            )
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return Ok(false);
    }
    let slugs: Vec<&str> = known.iter().map(|(slug, ..)| *slug).collect();
    let versions: Vec<i64> = known.iter().map(|(_, version, _)| *version).collect();
    let recounting: Vec<bool> = known.iter().map(|(.., recounting)| *recounting).collect();
    let newer: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM UNNEST($1::text[], $2::bigint[], $3::boolean[])
             AS known (slug, version, recounting)
           JOIN (SELECT slug, version FROM boards UNION ALL SELECT slug, version FROM deleted_boards)
             AS stored USING (slug)
           LEFT JOIN recounts ON recounts.board = known.slug
           WHERE stored.version > known.version
             OR (recounts.board IS NOT NULL) <> known.recounting)",
    )
    .bind(slugs)
    .bind(versions)
    .bind(recounting)
    .fetch_one(db)
    .await?;
    Ok(newer)
}

async fn people(db: &mut PgConnection, players: Vec<&PlayerId>) -> Result<People, Failure> {
    let players: Vec<&str> = players.into_iter().map(PlayerId::as_str).collect();
    if players.is_empty() {
        return Ok(People::default());
    }
    let sql = format!("WITH wanted AS (SELECT UNNEST($1::text[]) AS player) {PEOPLE}");
    let rows: Vec<PersonRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(players)
        .fetch_all(db)
        .await?;
    let people = rows.into_iter().map(batch::person);
    Ok(People(people.collect::<Result<_, _>>()?))
}

/// Board, season, player, score, instants achieved and latest, version, whether it was removed.
type LockedRow = (String, String, String, i64, i64, i64, i64, i64);

/// Reads and locks standings, in the same order on all nodes, to avoid deadlocks.
async fn standings(
    db: &mut PgConnection,
    entries: &[Entry],
    people: &People,
) -> Result<HashMap<StandingKey, StoredVersioned>, Failure> {
    let wanted = batch::wanted(entries, people);
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let boards: Vec<&str> = wanted.iter().map(|(board, ..)| board.as_str()).collect();
    let seasons: Vec<String> = wanted.iter().map(|(_, s, _)| s.to_string()).collect();
    let players: Vec<&str> = wanted.iter().map(|(.., player)| player.as_str()).collect();
    let rows: Vec<LockedRow> = sqlx::query_as(
        "SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version,
                s.is_gone
         FROM UNNEST($1::text[], $2::text[], $3::text[]) AS wanted (board, season, player)
           JOIN standings AS s USING (board, season, player)
         ORDER BY s.board, s.season, s.player
         FOR UPDATE OF s",
    )
    .bind(boards)
    .bind(seasons)
    .bind(players)
    .fetch_all(db)
    .await?;
    let standings = rows.into_iter().map(|row| {
        let (board, season, player, score, achieved_at, latest_at, counted, gone) = row;
        let key = (
            Slug::new(&board).map_err(corrupt)?,
            season.parse().map_err(corrupt)?,
            PlayerId::stored(&player).map_err(corrupt)?,
        );
        let standing = versioned(score, achieved_at, latest_at, counted, gone);
        Ok((key, standing))
    });
    Ok(standings.collect::<Result<_, LedgerError>>()?)
}
