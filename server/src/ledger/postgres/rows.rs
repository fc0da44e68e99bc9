//! The rows that a batch writes, in one statement.

use std::collections::HashSet;

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{Entry, Recorded, Settlement};
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{PlayerId, Standing, Timestamp};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::failure::Failure;
use crate::ledger::batch::{self, Batch, StandingKey};
use crate::ledger::database::columns::{self, corrupt};
use crate::ledger::names;

/// Writes all rows. Returns the id in the outbox, if the broker has to apply something, and the
/// numbers of new submissions, standings and names.
const WRITE: &str = "WITH block AS (
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
     ), chosen AS (
       UPDATE accounts AS a SET name = n.name
       FROM UNNEST($35::text[], $36::text[]) AS n (player, name) WHERE a.player = n.player
     ), settled AS (
       INSERT INTO answers (id, ranks)
       SELECT id, ranks FROM UNNEST($32::uuid[], $33::text[]) AS answered (id, ranks)
         JOIN submissions USING (id)
       ON CONFLICT (id) DO NOTHING
     ), applied AS (
       DELETE FROM outbox WHERE id = ANY($34)
     ), batch AS (
       INSERT INTO outbox (submissions, names)
       SELECT $1, $27 WHERE cardinality($1) > 0 OR $27 IS NOT NULL RETURNING id
     )
     SELECT (SELECT id FROM batch), (SELECT count(*) FROM recorded),
            (SELECT count(*) FROM entered), (SELECT count(*) FROM named)";

/// All rows that a batch writes: one array for each column.
#[derive(Default)]
pub(super) struct Rows<'a> {
    settling: Settling,
    submissions: Submissions<'a>,
    newcomers: Standings<'a>,
    moved: Standings<'a>,
    named: Vec<&'a str>,
    names: Vec<&'a str>,
    folded: Vec<String>,
    name_versions: Vec<i64>,
    words: Words<'a>,
    chosen: Chosen<'a>,
    /// `outbox.names`.
    outbox_names: Option<String>,
}

/// The settlement of earlier batches: the answers to store, and the batches to remove from the
/// outbox.
#[derive(Default)]
pub(super) struct Settling {
    ids: Vec<Uuid>,
    ranks: Vec<String>,
    applied: Vec<i64>,
}

impl Settling {
    pub(super) fn of(settlement: &Settlement) -> Result<Self, LedgerError> {
        let answers = settlement.answers.iter();
        let ranks = answers.clone().map(columns::ranks_text);
        Ok(Self {
            ranks: ranks.collect::<Result<_, _>>()?,
            ids: answers.map(|s| s.id.0).collect(),
            applied: settlement.applied.iter().map(|batch| batch.0).collect(),
        })
    }
}

/// Players who chose their names, which are copied to their accounts.
#[derive(Default)]
struct Chosen<'a> {
    players: Vec<&'a str>,
    names: Vec<&'a str>,
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
    /// The rows of a settlement alone.
    pub(super) fn settling(settling: Settling) -> Self {
        Self {
            settling,
            ..Self::default()
        }
    }

    /// Adds the new submissions and standings. `known` are the standings that are stored.
    pub(super) fn add(
        &mut self,
        batch: &'a Batch,
        known: &HashSet<StandingKey>,
        entries: &'a [Entry],
        outcomes: &'a [Recorded],
    ) -> Result<(), LedgerError> {
        let mut new: Vec<_> = batch::new(entries, outcomes).zip(1..).collect();
        // The same order on all nodes avoids deadlocks.
        new.sort_by_key(|((entry, _), _)| entry.submission.id);
        for ((entry, standings), place) in new {
            let submission = &entry.submission;
            let to = &mut self.submissions;
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
                &mut self.moved
            } else {
                &mut self.newcomers
            };
            to.push(key, versioned);
        }
        Ok(())
    }

    /// Adds the new names. `chosen` are those that their players chose.
    pub(super) fn add_names(
        &mut self,
        batch: &'a Batch,
        chosen: &[(&'a PlayerId, &'a StoredName)],
    ) -> Result<(), LedgerError> {
        for (player, StoredName { name, version }) in &batch.new_names {
            self.name_versions.push(version.cast_signed());
            self.named.push(player.as_str());
            self.names.push(name.as_str());
            let folded = names::folded(name);
            let to = &mut self.words;
            let mut count = 0;
            for (start, word) in names::words(&folded) {
                count = start;
                to.players.push(player.as_str());
                to.starts.push(start);
                to.folded.push(word.to_owned());
            }
            to.counts.push(count);
            self.folded.push(folded);
        }
        for (player, StoredName { name, .. }) in chosen {
            self.chosen.players.push(player.as_str());
            self.chosen.names.push(name.as_str());
        }
        self.outbox_names = batch.outbox_names(chosen)?;
        Ok(())
    }

    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool {
        let Settling { ids, applied, .. } = &self.settling;
        let is_settled = ids.is_empty() && applied.is_empty();
        is_settled && self.submissions.ids.is_empty() && self.outbox_names.is_none()
    }

    /// Writes all rows. Fails as raced if another node has inserted one of the new rows first, or
    /// changed one of the names; the number of written rows shows it.
    pub(super) async fn write(self, db: &mut PgConnection) -> Result<Option<BatchId>, Failure> {
        if self.is_empty() {
            return Ok(None);
        }
        let expected = (
            self.submissions.ids.len(),
            self.newcomers.boards.len(),
            self.named.len(),
        );
        let (submissions, newcomers, moved) = (self.submissions, self.newcomers, self.moved);
        let written: (Option<i64>, i64, i64, i64) = sqlx::query_as(WRITE)
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
            .bind(self.outbox_names)
            .bind(self.words.counts)
            .bind(self.words.players)
            .bind(self.words.starts)
            .bind(self.words.folded)
            .bind(self.settling.ids)
            .bind(self.settling.ranks)
            .bind(self.settling.applied)
            .bind(self.chosen.players)
            .bind(self.chosen.names)
            .fetch_one(db)
            .await?;
        let (id, recorded, entered, named) = written;
        let written = (
            usize::try_from(recorded).map_err(corrupt)?,
            usize::try_from(entered).map_err(corrupt)?,
            usize::try_from(named).map_err(corrupt)?,
        );
        if written != expected {
            return Err(Failure::Raced("a row that another node wrote first"));
        }
        Ok(id.map(BatchId))
    }
}
