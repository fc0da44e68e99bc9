//! SQL that stores a board, for both databases. The statement replaces only the previous version.

use leaderport::Board;

/// `$1` slug, `$2` definition, `$3` version. Changes one row, or none if another version is stored.
pub(super) fn put(board: &Board) -> &'static str {
    if board.version == 1 {
        "INSERT INTO boards (slug, definition, version) VALUES ($1, $2, $3)
         ON CONFLICT (slug) DO NOTHING"
    } else {
        "UPDATE boards SET definition = $2, version = $3
         WHERE slug = $1 AND version = $3 - 1"
    }
}

/// `$1` slug: its seasons, and the number of standings in each.
pub(super) const SEASONS: &str = "SELECT season, count(*) FROM standings
     WHERE board = $1 AND is_gone = 0 GROUP BY season";

/// `$1` slug, `$2` season, `$3` player: the version of the standing.
pub(super) const VERSION: &str =
    "SELECT version FROM standings WHERE board = $1 AND season = $2 AND player = $3";

/// A version as stored in the databases.
pub(super) fn version(board: &Board) -> i64 {
    i64::try_from(board.version).unwrap_or(i64::MAX)
}
