//! How a board is stored, in the words of both databases: in the place of the
//! version before it, or not at all.

use leaderport::Board;

/// `$1` slug, `$2` definition, `$3` version: changes one row, or none.
pub(super) fn put(board: &Board) -> &'static str {
    if board.version == 1 {
        "INSERT INTO boards (slug, definition, version) VALUES ($1, $2, $3)
         ON CONFLICT (slug) DO NOTHING"
    } else {
        "UPDATE boards SET definition = $2, version = $3
         WHERE slug = $1 AND version = $3 - 1"
    }
}

/// `$1` slug: its seasons and how many stand in each.
pub(super) const SEASONS: &str = "SELECT season, count(*) FROM standings
     WHERE board = $1 AND is_gone = 0 GROUP BY season";

/// A version as databases store it.
pub(super) fn version(board: &Board) -> i64 {
    i64::try_from(board.version).unwrap_or(i64::MAX)
}
