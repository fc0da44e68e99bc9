//! Records one batch inside one transaction: reads the rows that the entries need, decides by
//! [`Batch`], and writes all changes.

use std::collections::HashMap;

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{
    Entry, RecordedBatch, RecordedStanding, Renaming, Settlement,
};
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{PlayerId, Slug, SubmissionId, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{FromRow, Row};

use super::rows::{Cell, execute, fetch};
use crate::ledger::batch::{
    self, Batch, Content, Earlier, PEOPLE, People, StandingKey, StoredVersioned, versioned,
};
use crate::ledger::columns::{self, corrupt, failed};
use crate::ledger::names;

/// Stores the settlement of earlier batches.
pub(super) async fn settle(
    db: &mut SqliteConnection,
    settlement: &Settlement,
) -> Result<(), LedgerError> {
    let rows = settlement.answers.iter().map(|s| {
        let ranks = columns::ranks_text(s)?;
        Ok([Cell::Bytes(s.id.0.as_bytes()), Cell::Owned(ranks)])
    });
    let rows = rows.collect::<Result<Vec<_>, LedgerError>>()?;
    let sql = (
        "WITH settled (id, ranks) AS (",
        ") INSERT INTO answers (id, ranks)
           SELECT settled.id, settled.ranks
           FROM settled CROSS JOIN submissions AS s ON s.id = settled.id
           WHERE true ON CONFLICT (id) DO NOTHING",
    );
    execute(db, sql, &rows).await?;
    let applied = settlement.applied.iter();
    let applied: Vec<_> = applied.map(|batch| [Cell::Number(batch.0)]).collect();
    execute(db, ("DELETE FROM outbox WHERE id IN (", ")"), &applied).await
}

/// Records entries and renamings in order, each with the effects of the previous ones. `now` is the
/// recording time, which the outbox stores.
pub(super) async fn record(
    db: &mut SqliteConnection,
    entries: &[Entry],
    renamings: &[Renaming],
    now: Timestamp,
) -> Result<RecordedBatch, LedgerError> {
    if entries.is_empty() && renamings.is_empty() {
        return Ok(RecordedBatch::default());
    }
    let people = people(db, batch::players(entries, renamings)).await?;
    let mut batch = Batch {
        earlier: earlier(db, entries).await?,
        standings: standings(db, entries, &people).await?,
        people,
        ..Batch::default()
    };
    let outcomes = batch.record(entries);
    let renamed = batch.rename(renamings);
    let new: Vec<_> = batch::new(entries, &outcomes).collect();
    write(db, &batch, &new).await?;
    let names = batch::changed_names(renamings, &renamed).collect::<Vec<_>>();
    name_accounts(db, &names).await?;
    let id = put_in_outbox(db, &new, batch.outbox_names(&names)?, now).await?;
    Ok(RecordedBatch {
        id,
        outcomes,
        renamed,
        names: batch.names(),
        // There is only one node, which also redefines the boards, so its rules are never outdated.
        is_outdated: false,
    })
}

async fn write_names(db: &mut SqliteConnection, batch: &Batch) -> Result<(), LedgerError> {
    let names = batch.new_names.iter();
    let folded: Vec<_> = names
        .map(|(player, stored)| (player.as_str(), stored, names::folded(&stored.name)))
        .collect();
    let players: Vec<_> = folded
        .iter()
        .map(|(player, StoredName { name, version }, folded)| {
            [
                Cell::Text(player),
                Cell::Text(name.as_str()),
                Cell::Text(folded),
                Cell::Number(version.cast_signed()),
            ]
        })
        .collect();
    let sql = (
        "INSERT INTO players (player, name, folded, version)",
        "ON CONFLICT (player) DO UPDATE SET
                name = excluded.name, folded = excluded.folded, version = excluded.version",
    );
    execute(db, sql, &players).await?;
    let renamed: Vec<_> = folded
        .iter()
        .map(|(player, ..)| [Cell::Text(player)])
        .collect();
    let sql = ("DELETE FROM name_words WHERE player IN (", ")");
    execute(db, sql, &renamed).await?;
    let words: Vec<_> = folded
        .iter()
        .flat_map(|(player, _, folded)| {
            names::words(folded).map(move |(start, word)| {
                [Cell::Text(player), Cell::Number(start), Cell::Text(word)]
            })
        })
        .collect();
    let sql = "INSERT INTO name_words (player, start, folded)";
    execute(db, (sql, ""), &words).await
}

type NewEntry<'a> = (&'a Entry, &'a [RecordedStanding]);

async fn write(
    db: &mut SqliteConnection,
    batch: &Batch,
    new: &[NewEntry<'_>],
) -> Result<(), LedgerError> {
    let submissions = new
        .iter()
        .map(|(entry, standings)| submission_row(entry, standings));
    let submissions = submissions.collect::<Result<Vec<_>, LedgerError>>()?;
    let sql = "INSERT INTO submissions (id, board, player, value, claimed_at, at, standings)";
    execute(db, (sql, ""), &submissions).await?;

    write_names(db, batch).await?;

    let standings = batch.kept();
    let standings: Vec<_> = standings
        .map(|((board, season, player), (s, version))| {
            [
                Cell::Text(board.as_str()),
                Cell::Owned(season.to_string()),
                Cell::Text(player.as_str()),
                Cell::Number(s.score.get()),
                Cell::Number(s.achieved_at.millis_i64()),
                Cell::Number(s.latest_at.millis_i64()),
                Cell::Number(version.cast_signed()),
            ]
        })
        .collect();
    let sql = (
        "INSERT INTO standings (board, season, player, score, achieved_at, latest_at, version)",
        "ON CONFLICT (board, season, player) DO UPDATE SET
                score = excluded.score, achieved_at = excluded.achieved_at,
                latest_at = excluded.latest_at, version = excluded.version, is_gone = 0",
    );
    execute(db, sql, &standings).await
}

/// Copies names that players chose to their accounts.
async fn name_accounts(
    db: &mut SqliteConnection,
    names: &[(&PlayerId, &StoredName)],
) -> Result<(), LedgerError> {
    for (player, stored) in names {
        let update = sqlx::query("UPDATE accounts SET name = ? WHERE player = ?");
        let update = update.bind(stored.name.as_str()).bind(player.as_str());
        update.execute(&mut *db).await.map_err(failed)?;
    }
    Ok(())
}

/// Inserts one row for the batch: the ids of its submissions, 16 bytes each, and its names.
async fn put_in_outbox(
    db: &mut SqliteConnection,
    new: &[NewEntry<'_>],
    names: Option<String>,
    now: Timestamp,
) -> Result<Option<BatchId>, LedgerError> {
    if new.is_empty() && names.is_none() {
        return Ok(None);
    }
    let ids = new
        .iter()
        .map(|(entry, _)| *entry.submission.id.0.as_bytes());
    let put = sqlx::query("INSERT INTO outbox (at, submissions, names) VALUES (?, ?, ?)")
        .bind(now.millis_i64())
        .bind(ids.collect::<Vec<_>>().concat())
        .bind(names)
        .execute(db)
        .await
        .map_err(failed)?;
    Ok(Some(BatchId(put.last_insert_rowid())))
}

fn submission_row<'a>(
    entry: &'a Entry,
    recorded: &[RecordedStanding],
) -> Result<[Cell<'a>; 7], LedgerError> {
    let submission = &entry.submission;
    let claimed = submission
        .at
        .map_or(Cell::Nothing, |at| Cell::Number(at.millis_i64()));
    Ok([
        Cell::Bytes(submission.id.0.as_bytes()),
        Cell::Text(submission.board.as_str()),
        Cell::Text(submission.player.as_str()),
        Cell::Number(submission.value.get()),
        claimed,
        Cell::Number(entry.at.millis_i64()),
        Cell::Owned(columns::standings_text(recorded)?),
    ])
}

async fn earlier(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<SubmissionId, Earlier>, LedgerError> {
    let ids = entries
        .iter()
        .map(|e| [Cell::Bytes(e.submission.id.0.as_bytes())]);
    let sql = (
        "WITH wanted (id) AS (",
        ") SELECT s.id, s.board, s.player, s.value, s.claimed_at, s.standings, a.ranks
           FROM wanted CROSS JOIN submissions AS s ON s.id = wanted.id
           LEFT JOIN answers AS a ON a.id = s.id",
    );
    let rows = fetch(db, sql, &ids.collect::<Vec<_>>()).await?;
    let mut earlier = HashMap::with_capacity(rows.len());
    for row in rows {
        let id: &[u8] = row.try_get(0).map_err(failed)?;
        let content = Content {
            board: row.try_get(1).map_err(failed)?,
            player: row.try_get(2).map_err(failed)?,
            value: row.try_get(3).map_err(failed)?,
            claimed_at: row.try_get(4).map_err(failed)?,
        };
        let standings = row.try_get(5).map_err(failed)?;
        let ranks = row.try_get(6).map_err(failed)?;
        let id = SubmissionId(uuid::Uuid::from_slice(id).map_err(corrupt)?);
        earlier.insert(id, Earlier::new(content, standings, ranks));
    }
    Ok(earlier)
}

async fn people(db: &mut SqliteConnection, players: Vec<&PlayerId>) -> Result<People, LedgerError> {
    let players = players.into_iter();
    let players = players.map(|player| [Cell::Text(player.as_str())]);
    let sql = ("WITH wanted (player) AS (", &format!(") {PEOPLE}")[..]);
    let rows = fetch(db, sql, &players.collect::<Vec<_>>()).await?;
    let people = rows.iter().map(|row| {
        let row = batch::PersonRow::from_row(row).map_err(failed)?;
        batch::person(row)
    });
    Ok(People(people.collect::<Result<_, _>>()?))
}

async fn standings(
    db: &mut SqliteConnection,
    entries: &[Entry],
    people: &People,
) -> Result<HashMap<StandingKey, StoredVersioned>, LedgerError> {
    let keys = batch::wanted(entries, people).into_iter();
    let keys = keys.map(|(board, season, player)| {
        [
            Cell::Text(board.as_str()),
            Cell::Owned(season.to_string()),
            Cell::Text(player.as_str()),
        ]
    });
    let sql = (
        "WITH wanted (board, season, player) AS (",
        ") SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version,
                    s.is_gone
           FROM wanted AS w CROSS JOIN standings AS s
             ON s.board = w.board AND s.season = w.season AND s.player = w.player",
    );
    let rows = fetch(db, sql, &keys.collect::<Vec<_>>()).await?;
    rows.iter().map(standing_row).collect()
}

fn standing_row(row: &SqliteRow) -> Result<(StandingKey, StoredVersioned), LedgerError> {
    let text = |i: usize| row.try_get::<&str, _>(i).map_err(failed);
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(failed);
    let key = (
        Slug::new(text(0)?).map_err(corrupt)?,
        text(1)?.parse().map_err(corrupt)?,
        PlayerId::stored(text(2)?).map_err(corrupt)?,
    );
    let (score, achieved_at, latest_at) = (number(3)?, number(4)?, number(5)?);
    let standing = versioned(score, achieved_at, latest_at, number(6)?, number(7)?);
    Ok((key, standing))
}
