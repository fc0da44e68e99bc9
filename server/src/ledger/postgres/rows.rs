//! The rows that a batch writes, in one statement.

use std::collections::HashSet;

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{Entry, Recorded};
use leaderport::service::ports::stored::{BatchId, StoredName};
use leaderport::{Standing, Timestamp};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::failure::Failure;
use crate::ledger::batch::{self, Batch, StandingKey};
use crate::ledger::columns::{self, corrupt};
use crate::ledger::names;

/// All rows that a batch writes: one array for each column.
#[derive(Default)]
pub(super) struct Rows<'a> {
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
    pub(super) fn of(
        batch: &'a Batch,
        known: &HashSet<StandingKey>,
        entries: &'a [Entry],
        outcomes: &'a [Recorded],
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
    pub(super) async fn write(
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
