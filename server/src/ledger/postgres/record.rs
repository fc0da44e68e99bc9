//! Records one batch in one transaction: reads and locks the rows that the entries need, decides by
//! [`Batch`], and writes everything in one statement.

use std::collections::{HashMap, HashSet};

use leaderport::service::error::{Error, LedgerError};
use leaderport::service::ports::ledger::{Entry, RecordedBatch, Renaming, Settlement};
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{PlayerId, Slug, Standing, SubmissionId, Timestamp};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use crate::ledger::batch::{
    self, Batch, Content, Earlier, PEOPLE, People, PersonRow, StandingKey, Versioned,
};
use crate::ledger::boards;
use crate::ledger::columns::{self, corrupt, failed, kept, version};
use crate::ledger::{locks, names};

/// Failure to record a batch.
pub(super) enum Failure {
    /// Another node wrote rows that the decision depends on: decide again.
    Raced(&'static str),
    /// The database refused, or is unreachable.
    Failed(LedgerError),
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error)
    }
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Raced(why) => {
                Self(format!("every attempt conflicted with other nodes: {why}"))
            }
            Failure::Failed(error) => error,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let refused = error.as_database_error();
        let code = refused.and_then(sqlx::error::DatabaseError::code);
        match code.as_deref() {
            Some("40P01") => Self::Raced("deadlock"),
            Some("40001") => Self::Raced("serialization"),
            _ => Self::Failed(failed(error)),
        }
    }
}

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
        let found = Earlier::new(content, &standings, ranks.as_deref())?;
        earlier.insert(SubmissionId(id), found);
    }
    Ok(earlier)
}

/// Whether another node redefined or deleted a board, or began or ended its recount, after the
/// entries were admitted.
async fn is_outdated(db: &mut PgConnection, entries: &[Entry]) -> Result<bool, Failure> {
    let mut known: Vec<(&str, i64, bool)> = entries
        .iter()
        .filter(|e| !matches!(e.refusal, Some(Error::UnknownBoard(_))))
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
) -> Result<HashMap<StandingKey, Versioned>, Failure> {
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
    let versioned = rows.into_iter().map(|row| {
        let (board, season, player, score, achieved_at, latest_at, counted, gone) = row;
        let key = (
            Slug::new(&board).map_err(corrupt)?,
            season.parse().map_err(corrupt)?,
            PlayerId::stored(&player).map_err(corrupt)?,
        );
        let standing = kept(score, achieved_at, latest_at, gone)?;
        Ok((key, (standing, version(counted)?)))
    });
    Ok(versioned.collect::<Result<_, LedgerError>>()?)
}

/// All rows that a batch writes: one array for each column.
#[derive(Default)]
struct Rows<'a> {
    submissions: Submissions<'a>,
    newcomers: Standings<'a>,
    moved: Standings<'a>,
    named: Vec<&'a str>,
    names: Vec<&'a str>,
    folded: Vec<String>,
    name_versions: Vec<i64>,
    words: Words<'a>,
}

/// Rows of `name_words`, and the number of them for each of the named players.
#[derive(Default)]
struct Words<'a> {
    counts: Vec<i64>,
    players: Vec<&'a str>,
    starts: Vec<i64>,
    folded: Vec<String>,
}

#[derive(Default)]
struct Submissions<'a> {
    ids: Vec<Uuid>,
    boards: Vec<&'a str>,
    players: Vec<&'a str>,
    values: Vec<i64>,
    claimed: Vec<Option<i64>>,
    times: Vec<i64>,
    standings: Vec<String>,
    /// Index in the order of recording, from 1.
    places: Vec<i64>,
}

#[derive(Default)]
struct Standings<'a> {
    boards: Vec<&'a str>,
    seasons: Vec<String>,
    players: Vec<&'a str>,
    scores: Vec<i64>,
    achieved: Vec<i64>,
    latest: Vec<i64>,
    versions: Vec<i64>,
}

impl<'a> Standings<'a> {
    fn push(&mut self, (board, season, player): &'a StandingKey, (s, version): (Standing, u64)) {
        self.boards.push(board.as_str());
        self.seasons.push(season.to_string());
        self.players.push(player.as_str());
        self.scores.push(s.score.get());
        self.achieved.push(s.achieved_at.millis_i64());
        self.latest.push(s.latest_at.millis_i64());
        self.versions.push(version.cast_signed());
    }
}

impl<'a> Rows<'a> {
    fn of(
        batch: &'a Batch,
        known: &HashSet<StandingKey>,
        entries: &'a [Entry],
        outcomes: &'a [leaderport::service::ports::ledger::Recorded],
    ) -> Result<Self, LedgerError> {
        let mut rows = Self::default();
        let mut new: Vec<_> = batch::new(entries, outcomes).zip(1..).collect();
        // The same order on all nodes avoids deadlocks.
        new.sort_by_key(|((entry, _), _)| entry.submission.id);
        for ((entry, standings), place) in new {
            let submission = &entry.submission;
            let to = &mut rows.submissions;
            to.ids.push(submission.id.0);
            to.places.push(place);
            to.boards.push(submission.board.as_str());
            to.players.push(submission.player.as_str());
            to.values.push(submission.value.get());
            to.claimed.push(submission.at.map(Timestamp::millis_i64));
            to.times.push(entry.at.millis_i64());
            to.standings.push(columns::standings_text(standings)?);
        }
        for (key, versioned) in batch.kept() {
            let to = if known.contains(key) {
                &mut rows.moved
            } else {
                &mut rows.newcomers
            };
            to.push(key, versioned);
        }
        for (player, StoredName { name, version }) in &batch.new_names {
            rows.name_versions.push(version.cast_signed());
            rows.named.push(player.as_str());
            rows.names.push(name.as_str());
            let folded = names::folded(name);
            let to = &mut rows.words;
            let mut count = 0;
            for (start, word) in names::words(&folded) {
                count = start;
                to.players.push(player.as_str());
                to.starts.push(start);
                to.folded.push(word.to_owned());
            }
            to.counts.push(count);
            rows.folded.push(folded);
        }
        Ok(rows)
    }

    /// Writes all rows. Fails as raced if another node has inserted one of the new rows first, or
    /// changed one of the names; the number of written rows shows it. `outbox_names` is that of the
    /// batch.
    async fn write(
        self,
        db: &mut PgConnection,
        outbox_names: Option<String>,
    ) -> Result<Option<BatchId>, Failure> {
        if self.submissions.ids.is_empty() && outbox_names.is_none() {
            return Ok(None);
        }
        let expected = (
            self.submissions.ids.len(),
            self.newcomers.boards.len(),
            self.named.len(),
        );
        let (submissions, newcomers, moved) = (self.submissions, self.newcomers, self.moved);
        let (id, recorded, entered, named): (i64, i64, i64, i64) = sqlx::query_as(
            "WITH block AS (
               SELECT nextval('submission_blocks') AS start
             ), recorded AS (
               INSERT INTO submissions (id, board, player, value, claimed_at, at, standings, seq)
               SELECT id, board, player, value, claimed_at, at, standings, start + place
               FROM block, UNNEST($1::uuid[], $2::text[], $3::text[], $4::bigint[],
                                  $5::bigint[], $6::bigint[], $7::text[], $24::bigint[])
                 AS new (id, board, player, value, claimed_at, at, standings, place)
               ON CONFLICT (id) DO NOTHING RETURNING 1
             ), entered AS (
               INSERT INTO standings (board, season, player, score, achieved_at, latest_at, version)
               SELECT * FROM UNNEST($8::text[], $9::text[], $10::text[], $11::bigint[],
                                    $12::bigint[], $13::bigint[], $14::bigint[])
               ON CONFLICT (board, season, player) DO NOTHING RETURNING 1
             ), moved AS (
               UPDATE standings AS s
               SET score = m.score, achieved_at = m.achieved_at, latest_at = m.latest_at,
                   version = m.version, is_gone = 0
               FROM UNNEST($15::text[], $16::text[], $17::text[], $18::bigint[],
                           $19::bigint[], $20::bigint[], $21::bigint[])
                 AS m (board, season, player, score, achieved_at, latest_at, version)
               WHERE (s.board, s.season, s.player) = (m.board, m.season, m.player)
             ), named AS (
               INSERT INTO players AS p (player, name, folded, version)
               SELECT * FROM UNNEST($22::text[], $23::text[], $25::text[], $26::bigint[])
               ON CONFLICT (player) DO UPDATE SET
                 name = excluded.name, folded = excluded.folded, version = excluded.version
               WHERE p.version = excluded.version - 1 RETURNING 1
             ), unworded AS (
               DELETE FROM name_words AS w USING UNNEST($22::text[], $28::bigint[]) AS n (player, words)
               WHERE w.player = n.player AND w.start > n.words
             ), worded AS (
               INSERT INTO name_words (player, start, folded)
               SELECT * FROM UNNEST($29::text[], $30::bigint[], $31::text[])
               ON CONFLICT (player, start) DO UPDATE SET folded = excluded.folded
             ), batch AS (
               INSERT INTO outbox (submissions, names) VALUES ($1, $27) RETURNING id
             )
             SELECT (SELECT id FROM batch), (SELECT count(*) FROM recorded),
                    (SELECT count(*) FROM entered), (SELECT count(*) FROM named)",
        )
        .bind(submissions.ids)
        .bind(submissions.boards)
        .bind(submissions.players)
        .bind(submissions.values)
        .bind(submissions.claimed)
        .bind(submissions.times)
        .bind(submissions.standings)
        .bind(newcomers.boards)
        .bind(newcomers.seasons)
        .bind(newcomers.players)
        .bind(newcomers.scores)
        .bind(newcomers.achieved)
        .bind(newcomers.latest)
        .bind(newcomers.versions)
        .bind(moved.boards)
        .bind(moved.seasons)
        .bind(moved.players)
        .bind(moved.scores)
        .bind(moved.achieved)
        .bind(moved.latest)
        .bind(moved.versions)
        .bind(self.named)
        .bind(self.names)
        .bind(submissions.places)
        .bind(self.folded)
        .bind(self.name_versions)
        .bind(outbox_names)
        .bind(self.words.counts)
        .bind(self.words.players)
        .bind(self.words.starts)
        .bind(self.words.folded)
        .fetch_one(db)
        .await?;
        let written = (
            usize::try_from(recorded).map_err(corrupt)?,
            usize::try_from(entered).map_err(corrupt)?,
            usize::try_from(named).map_err(corrupt)?,
        );
        if written != expected {
            return Err(Failure::Raced("a row that another node wrote first"));
        }
        Ok(Some(BatchId(id)))
    }
}
