//! The statements of a batch.
//!
//! Each call costs a hand-over to SQLite's thread and back, so a call has several statements, and
//! all rows of a batch are bound as one JSON text. The texts are constant, so each is prepared once.
//! `jsonb_each` parses the rows once; `json_each` is for lists of single values.

use std::sync::LazyLock;

use crate::ledger::batch::PEOPLE;

/// Stores the ranks of answers. `$1`: `[[id, ranks], ...]`. The first ranks of an answer stay.
const SETTLE: &str = "UPDATE submissions SET ranks = w.value ->> 1 FROM jsonb_each($1) AS w
     WHERE submissions.id = unhex(w.value ->> 0, '-') AND submissions.ranks IS NULL";

/// Removes batches from the outbox. `$2`: `[batch, ...]`.
const REMOVE: &str = "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each($2))";

/// Reads the rows that a batch needs. `$2`: `[player, ...]`, `$3`: `[id, ...]`, `$4`:
/// `[[board, season, player], ...]`, where the player is the submitter. Column [`KIND`] has the kind
/// of a row:
///
/// - [`PERSON`]: the columns of [`PEOPLE`];
/// - [`EARLIER`]: id, board, player, value, claimed time, standings and ranks of a submission;
/// - [`STANDING`]: board, season, receiving player, score, instants achieved and latest, version,
///   whether it was removed;
/// - [`LAST`], one row: the highest places of submissions and ids of batches that were ever given.
const READ: &str = "SELECT people.*, 0 FROM ($PEOPLE) AS people
     UNION ALL
     SELECT s.id, s.board, s.player, s.value, s.claimed_at, s.standings, s.ranks,
       NULL, NULL, NULL, 1
     FROM json_each($3) AS w CROSS JOIN submissions AS s ON s.id = unhex(w.value, '-')
     UNION ALL
     SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version, s.is_gone,
       NULL, NULL, 2
     FROM jsonb_each($4) AS w LEFT JOIN player_rulings AS r ON r.player = w.value ->> 2
       CROSS JOIN standings AS s ON s.board = w.value ->> 0 AND s.season = w.value ->> 1
         AND s.player = coalesce(r.merged_into, w.value ->> 2)
     UNION ALL
     SELECT max(seq, coalesce((SELECT max(seq) FROM submissions), 0)),
       max(batch, coalesce((SELECT max(id) FROM outbox), 0)),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3 FROM removed";

/// The column with the kind of a row of [`READ`].
pub(super) const KIND: usize = 10;
/// A player.
pub(super) const PERSON: i64 = 0;
/// A recorded submission.
pub(super) const EARLIER: i64 = 1;
/// A standing.
pub(super) const STANDING: i64 = 2;
/// The highest ids.
pub(super) const LAST: i64 = 3;

/// Writes a batch. `$1`: submissions, `[[id, board, player, value, claimed time, time, standings],
/// ...]`, `$3`: the place of the first one, `$4`: standings, `[[board, season, player, score,
/// achieved, latest, version], ...]`, `$5` to `$8`: the row of the outbox. The new row comes before
/// the removal of applied ones, so that the removal does not have to note the highest id.
const WRITE: &str = "INSERT INTO submissions
       (seq, id, board, player, value, claimed_at, at, standings)
     SELECT $3 + w.key, unhex(w.value ->> 0, '-'), w.value ->> 1, w.value ->> 2, w.value ->> 3,
       w.value ->> 4, w.value ->> 5, w.value ->> 6 FROM jsonb_each($1) AS w;
     INSERT INTO standings (board, season, player, score, achieved_at, latest_at, version)
     SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3, w.value ->> 4,
       w.value ->> 5, w.value ->> 6 FROM jsonb_each($4) AS w WHERE true
     ON CONFLICT (board, season, player) DO UPDATE SET
       score = excluded.score, achieved_at = excluded.achieved_at,
       latest_at = excluded.latest_at, version = excluded.version, is_gone = 0;
     INSERT INTO outbox (id, at, submissions, names) VALUES ($5, $6, $7, $8)";

/// [`SETTLE`], then [`REMOVE`].
pub(super) static SETTLE_AND_REMOVE: LazyLock<String> =
    LazyLock::new(|| format!("{SETTLE}; {REMOVE}"));

/// [`SETTLE`], then [`READ`].
pub(super) static SETTLE_AND_READ: LazyLock<String> = LazyLock::new(|| {
    let read = READ.replace("$PEOPLE", PEOPLE);
    format!("{SETTLE}; WITH wanted (player) AS (SELECT value FROM json_each($2)) {read}")
});

/// [`WRITE`], then [`REMOVE`].
pub(super) static WRITE_AND_REMOVE: LazyLock<String> =
    LazyLock::new(|| format!("{WRITE}; {REMOVE}"));

/// Writes names. `$1`: `[[player, name, folded name, version], ...]`, `$2`: words inside them,
/// `[[player, start, word], ...]`.
pub(super) const NAME: &str = "INSERT INTO players (player, name, folded, version)
     SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2, w.value ->> 3
     FROM jsonb_each($1) AS w WHERE true
     ON CONFLICT (player) DO UPDATE SET
       name = excluded.name, folded = excluded.folded, version = excluded.version;
     DELETE FROM name_words WHERE player IN (SELECT w.value ->> 0 FROM jsonb_each($1) AS w);
     INSERT INTO name_words (player, start, folded)
     SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2 FROM jsonb_each($2) AS w";
