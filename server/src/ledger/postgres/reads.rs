//! The rows that a batch reads, in one statement.

use std::sync::LazyLock;

use leaderport::service::error::{Error, LedgerError};
use leaderport::service::ports::ledger::{Entry, Renaming};
use leaderport::{PlayerId, Slug, SubmissionId};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::failure::Failure;
use crate::ledger::batch::{
    self, Batch, Content, Earlier, PEOPLE, People, PersonRow, StandingKey, StoredVersioned,
    versioned,
};
use crate::ledger::boards;
use crate::ledger::database::columns::{corrupt, failed, readable};

/// The columns that follow those of [`PEOPLE`]: the id of an earlier submission, and the kind of
/// the row.
const ID: usize = 10;
const KIND: usize = 11;

/// Selects rows of four kinds. Each kind uses those columns of [`PEOPLE`] that have its types:
///
/// - `person`: a player of the batch, `$1`.
/// - `earlier`: a recorded submission with one of the ids `$5`, and its answer.
/// - `standing`: a standing in the seasons of the entries, `$2` to `$4`. Those of a merged player
///   are of the player who receives them, who is found first: standings are then joined by their
///   whole key, also by a plan from when the table was empty. They are locked in the same order on
///   all nodes, to avoid deadlocks.
/// - `outdated`: another node redefined or deleted one of the boards `$6`, or began or ended its
///   recount, after the entries were admitted.
static READ: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH wanted AS (
           SELECT UNNEST($1::text[]) AS player
         ), receiving AS MATERIALIZED (
           SELECT e.board, e.season, coalesce(r.merged_into, e.player) AS player
           FROM UNNEST($2::text[], $3::text[], $4::text[]) AS e (board, season, player)
             LEFT JOIN player_rulings AS r ON r.player = e.player
         ), locked AS (
           SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version,
                  s.is_gone
           FROM receiving AS e
             JOIN standings AS s USING (board, season, player)
           ORDER BY s.board, s.season, s.player
           FOR UPDATE OF s
         )
         SELECT p.*, NULL::uuid, 'person'
         FROM ({PEOPLE}) AS p (text_1, text_2, number_1, text_3, number_2, number_3, number_4,
                               text_4, number_5, text_5)
         UNION ALL
         SELECT s.board, s.player, s.value, s.standings, s.claimed_at, NULL, NULL,
                a.ranks, NULL, NULL, s.id, 'earlier'
         FROM submissions AS s LEFT JOIN answers AS a ON a.id = s.id WHERE s.id = ANY($5)
         UNION ALL
         SELECT l.board, l.season, l.score, l.player, l.achieved_at, l.latest_at, l.version,
                NULL, l.is_gone, NULL, NULL, 'standing'
         FROM locked AS l
         UNION ALL
         SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'outdated'
         FROM UNNEST($6::text[], $7::bigint[], $8::boolean[]) AS known (slug, version, recounting)
           JOIN (SELECT slug, version FROM boards
                 UNION ALL SELECT slug, version FROM deleted_boards) AS stored USING (slug)
           LEFT JOIN recounts ON recounts.board = known.slug
         WHERE stored.version > known.version
           OR (recounts.board IS NOT NULL) <> known.recounting"
    )
});

/// The rows that a batch reads.
#[derive(Default)]
pub(super) struct Found {
    /// Whether the rules by which the entries were admitted are outdated.
    pub(super) is_outdated: bool,
    /// The people, earlier submissions and standings.
    pub(super) batch: Batch,
}

/// Reads the rows that the entries and renamings need, and locks the standings.
pub(super) async fn read(
    db: &mut PgConnection,
    entries: &[Entry],
    renamings: &[Renaming],
) -> Result<Found, Failure> {
    let players = batch::players(entries, renamings);
    if players.is_empty() {
        return Ok(Found::default());
    }
    let players: Vec<&str> = players.into_iter().map(PlayerId::as_str).collect();
    // Without people, no player counts as merged: the statement reads the merges itself.
    let people = People::default();
    let wanted = batch::wanted(entries, &people);
    let boards: Vec<&str> = wanted.iter().map(|(board, ..)| board.as_str()).collect();
    let seasons: Vec<String> = wanted.iter().map(|(_, s, _)| s.to_string()).collect();
    let submitters: Vec<&str> = wanted.iter().map(|(.., player)| player.as_str()).collect();
    let ids: Vec<Uuid> = entries.iter().map(|e| e.submission.id.0).collect();
    let rules = rules(entries);
    let slugs: Vec<&str> = rules.iter().map(|(slug, ..)| *slug).collect();
    let versions: Vec<i64> = rules.iter().map(|(_, version, _)| *version).collect();
    let recounting: Vec<bool> = rules.iter().map(|(.., recounting)| *recounting).collect();
    let rows = sqlx::query(READ.as_str())
        .bind(players)
        .bind(boards)
        .bind(seasons)
        .bind(submitters)
        .bind(ids)
        .bind(slugs)
        .bind(versions)
        .bind(recounting)
        .fetch_all(db)
        .await?;
    found(&rows)
}

fn found(rows: &[PgRow]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for row in rows {
        match row.try_get::<&str, _>(KIND)? {
            "person" => {
                let (player, person) = batch::person(PersonRow::from_row(row)?)?;
                found.batch.people.0.insert(player, person);
            }
            "earlier" => {
                let (id, earlier) = earlier(row)?;
                found.batch.earlier.insert(id, earlier);
            }
            // No entry needs a standing whose key cannot be read. A merge that another program
            // wrote may lead to one.
            "standing" => {
                let standing = readable("standings", standing(row));
                found.batch.standings.extend(standing);
            }
            _ => found.is_outdated = true,
        }
    }
    Ok(found)
}

fn earlier(row: &PgRow) -> Result<(SubmissionId, Earlier), sqlx::Error> {
    let content = Content {
        board: row.try_get(0)?,
        player: row.try_get(1)?,
        value: row.try_get(2)?,
        claimed_at: row.try_get(4)?,
    };
    let earlier = Earlier::new(content, row.try_get(3)?, row.try_get(7)?);
    Ok((SubmissionId(row.try_get(ID)?), earlier))
}

fn standing(row: &PgRow) -> Result<(StandingKey, StoredVersioned), LedgerError> {
    let text = |i: usize| row.try_get::<&str, _>(i).map_err(failed);
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(failed);
    let key = (
        Slug::new(text(0)?).map_err(corrupt)?,
        text(1)?.parse().map_err(corrupt)?,
        PlayerId::stored(text(3)?).map_err(corrupt)?,
    );
    let (score, achieved_at, latest_at) = (number(2)?, number(4)?, number(5)?);
    let standing = versioned(score, achieved_at, latest_at, number(6)?, number(8)?);
    Ok((key, standing))
}

/// The boards by whose rules the entries were admitted: slug, version, and whether they were being
/// recounted.
fn rules(entries: &[Entry]) -> Vec<(&str, i64, bool)> {
    let admitted = entries.iter().filter(|e| !is_without_rules(e));
    let mut rules: Vec<(&str, i64, bool)> = admitted
        .map(|e| {
            let board = &e.board;
            let slug = board.slug.as_str();
            (slug, boards::version(board), board.recounting)
        })
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Whether an entry is refused because the current rules of its board are missing, or cannot be
/// read. The rules that it was admitted by do not matter then.
fn is_without_rules(entry: &Entry) -> bool {
    let refusal = entry.refusal.as_ref();
    refusal.is_some_and(|e| matches!(e, Error::UnknownBoard(_) | Error::Unavailable { .. }))
}
