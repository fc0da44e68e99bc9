//! Records one batch inside one transaction: reads the rows that the entries need, decides by
//! [`Batch`], and writes all changes.

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{
    Entry, RecordedBatch, RecordedStanding, Renaming, Settlement,
};
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{PlayerId, Slug, SubmissionId, Timestamp};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{FromRow, Row};

use super::statements::{self, KIND};
use crate::ledger::batch::{
    self, Batch, Content, Earlier, People, StandingKey, StoredVersioned, versioned,
};
use crate::ledger::database::columns::{self, corrupt, failed};
use crate::ledger::names;

/// Stores a settlement, and records entries and renamings in order, each with the effects of the
/// previous ones. `now` is the recording time, which the outbox stores.
pub(super) async fn record(
    db: &mut SqliteConnection,
    settlement: &Settlement,
    entries: &[Entry],
    renamings: &[Renaming],
    now: Timestamp,
) -> Result<RecordedBatch, LedgerError> {
    let answers = settlement.answers.iter();
    let answers = answers.map(|settled| Ok((settled.id.0, columns::ranks_text(settled)?)));
    let answers = json(&answers.collect::<Result<Vec<_>, LedgerError>>()?)?;
    let applied: Vec<i64> = settlement.applied.iter().map(|batch| batch.0).collect();
    let applied = json(&applied)?;
    if entries.is_empty() && renamings.is_empty() {
        settle(db, answers, applied).await?;
        return Ok(RecordedBatch::default());
    }
    let Found {
        mut batch,
        last_seq,
        last_batch,
    } = read(db, answers, entries, renamings).await?;
    let outcomes = batch.record(entries);
    let renamed = batch.rename(renamings);
    let new: Vec<_> = batch::new(entries, &outcomes).collect();
    if !batch.new_names.is_empty() {
        write_names(db, &batch).await?;
    }
    let names = batch::changed_names(renamings, &renamed).collect::<Vec<_>>();
    name_accounts(db, &names).await?;
    let outbox_names = batch.outbox_names(&names)?;
    let id = if new.is_empty() && outbox_names.is_none() {
        settle(db, "[]".to_owned(), applied).await?;
        None
    } else {
        let id = last_batch + 1;
        let ids = new
            .iter()
            .map(|(entry, _)| *entry.submission.id.0.as_bytes());
        let write = sqlx::query(statements::WRITE_AND_REMOVE.as_str())
            .bind(submission_rows(&new)?)
            .bind(applied)
            .bind(last_seq + 1)
            .bind(standing_rows(&batch)?)
            .bind(id)
            .bind(now.millis_i64())
            .bind(ids.collect::<Vec<_>>().concat())
            .bind(outbox_names);
        write.execute(db).await.map_err(failed)?;
        Some(BatchId(id))
    };
    Ok(RecordedBatch {
        id,
        outcomes,
        renamed,
        names: batch.names(),
        // There is only one node, which also redefines the boards, so its rules are never outdated.
        is_outdated: false,
    })
}

/// Stores the ranks of answers, and removes applied batches from the outbox.
async fn settle(
    db: &mut SqliteConnection,
    answers: String,
    applied: String,
) -> Result<(), LedgerError> {
    let settle = sqlx::query(statements::SETTLE_AND_REMOVE.as_str());
    let settle = settle.bind(answers).bind(applied).execute(db);
    settle.await.map(drop).map_err(failed)
}

async fn write_names(db: &mut SqliteConnection, batch: &Batch) -> Result<(), LedgerError> {
    let names = batch.new_names.iter();
    let folded: Vec<_> = names
        .map(|(player, stored)| (player.as_str(), stored, names::folded(&stored.name)))
        .collect();
    let players = folded.iter();
    let players = players.map(|(player, StoredName { name, version }, folded)| {
        (player, name.as_str(), folded.as_str(), *version)
    });
    let words: Vec<(&str, i64, &str)> = folded
        .iter()
        .flat_map(|(player, _, folded)| {
            names::words(folded).map(move |(start, word)| (*player, start, word))
        })
        .collect();
    let write = sqlx::query(statements::NAME)
        .bind(json(&players.collect::<Vec<_>>())?)
        .bind(json(&words)?);
    write.execute(db).await.map(drop).map_err(failed)
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

type NewEntry<'a> = (&'a Entry, &'a [RecordedStanding]);

fn submission_rows(new: &[NewEntry<'_>]) -> Result<String, LedgerError> {
    let rows = new.iter().map(|(entry, recorded)| {
        let submission = &entry.submission;
        Ok((
            submission.id.0,
            submission.board.as_str(),
            submission.player.as_str(),
            submission.value.get(),
            submission.at.map(Timestamp::millis_i64),
            entry.at.millis_i64(),
            columns::standings_text(recorded)?,
        ))
    });
    json(&rows.collect::<Result<Vec<_>, LedgerError>>()?)
}

/// The standings to store, in the order of their keys.
fn standing_rows(batch: &Batch) -> Result<String, LedgerError> {
    let rows = batch.kept().map(|((board, season, player), (s, version))| {
        (
            board.as_str(),
            season.to_string(),
            player.as_str(),
            s.score.get(),
            s.achieved_at.millis_i64(),
            s.latest_at.millis_i64(),
            version,
        )
    });
    json(&rows.collect::<Vec<_>>())
}

fn json<T: Serialize + ?Sized>(rows: &T) -> Result<String, LedgerError> {
    serde_json::to_string(rows).map_err(corrupt)
}

/// The rows that a batch needs.
struct Found {
    batch: Batch,
    /// The highest place that a submission ever had.
    last_seq: i64,
    /// The highest id that a batch of the outbox ever had.
    last_batch: i64,
}

/// Stores the ranks of answers, and reads the rows that a batch needs.
async fn read(
    db: &mut SqliteConnection,
    answers: String,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<Found, LedgerError> {
    let players = batch::players(entries, renamings).into_iter();
    let players: Vec<&str> = players.map(PlayerId::as_str).collect();
    let ids: Vec<_> = entries.iter().map(|entry| entry.submission.id.0).collect();
    // The statement finds the receiving players of merged ones itself.
    let not_merged = People::default();
    let keys = batch::wanted(entries, &not_merged).into_iter();
    let keys =
        keys.map(|(board, season, player)| (board.as_str(), season.to_string(), player.as_str()));
    let read = sqlx::query(statements::SETTLE_AND_READ.as_str())
        .bind(answers)
        .bind(json(&players)?)
        .bind(json(&ids)?)
        .bind(json(&keys.collect::<Vec<_>>())?);
    let rows = read.fetch_all(db).await.map_err(failed)?;
    let mut batch = Batch::default();
    let mut last = None;
    for row in &rows {
        match row.try_get::<i64, _>(KIND).map_err(failed)? {
            statements::PERSON => {
                let person = batch::PersonRow::from_row(row).map_err(failed)?;
                let (player, person) = batch::person(person)?;
                batch.people.0.insert(player, person);
            }
            statements::EARLIER => {
                let (id, earlier) = earlier(row)?;
                batch.earlier.insert(id, earlier);
            }
            statements::STANDING => batch.standings.extend(standing(row)?),
            statements::LAST => {
                let seq: i64 = row.try_get(0).map_err(failed)?;
                let id: i64 = row.try_get(1).map_err(failed)?;
                last = Some((seq, id));
            }
            kind => return Err(corrupt(format!("a row of kind {kind}"))),
        }
    }
    let (last_seq, last_batch) = last.ok_or_else(|| corrupt("the table removed has no row"))?;
    Ok(Found {
        batch,
        last_seq,
        last_batch,
    })
}

fn earlier(row: &SqliteRow) -> Result<(SubmissionId, Earlier), LedgerError> {
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
    Ok((id, Earlier::new(content, standings, ranks)))
}

/// A standing with its key. `None` for a receiving player that cannot be read: submissions of the
/// merged player are refused without it.
fn standing(row: &SqliteRow) -> Result<Option<(StandingKey, StoredVersioned)>, LedgerError> {
    let text = |i: usize| row.try_get::<&str, _>(i).map_err(failed);
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(failed);
    let Ok(player) = PlayerId::stored(text(2)?) else {
        return Ok(None);
    };
    let key = (
        Slug::new(text(0)?).map_err(corrupt)?,
        text(1)?.parse().map_err(corrupt)?,
        player,
    );
    let (score, achieved_at, latest_at) = (number(3)?, number(4)?, number(5)?);
    let standing = versioned(score, achieved_at, latest_at, number(6)?, number(7)?);
    Ok(Some((key, standing)))
}
