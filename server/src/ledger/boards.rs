//! SQL that stores a board, for both databases. The statement replaces only the previous version.

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::StoredBoards;
use leaderport::{Board, Slug};

use super::database::columns::{corrupt, readable};

/// `$1` slug, `$2` definition, `$3` version. Changes one row, or none if another version is stored.
/// A new board continues the versions of a deleted one, once nothing of that is left.
pub(super) const PUT: &str = "INSERT INTO boards (slug, definition, version)
     SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT)
     WHERE CAST($3 AS BIGINT) = 1 + coalesce(
         (SELECT version FROM boards WHERE slug = CAST($1 AS TEXT)),
         (SELECT version FROM deleted_boards WHERE slug = CAST($1 AS TEXT)), 0)
       AND NOT EXISTS (SELECT 1 FROM deleted_boards
         WHERE slug = CAST($1 AS TEXT) AND is_done = 0)
     ON CONFLICT (slug) DO UPDATE SET definition = excluded.definition, version = excluded.version
       WHERE boards.version = excluded.version - 1";

/// Selects definitions, for each 1 if its standings are being recounted, or else 0, and the slugs.
const SELECT: &str = "SELECT definition,
       (SELECT count(*) FROM recounts WHERE recounts.board = boards.slug), slug FROM boards";

/// Selects the boards that match a condition, for [`read`].
pub(super) fn select(condition: &str) -> String {
    format!("{SELECT} {condition}")
}

/// Reads rows of [`select`].
pub(super) fn read_all(rows: Vec<(String, i64, String)>) -> StoredBoards {
    let mut stored = StoredBoards::default();
    for (definition, recounting, slug) in rows {
        match read(&definition, recounting) {
            Ok(board) => stored.boards.push(board),
            Err(error) => {
                tracing::error!(
                    board = %slug,
                    %error,
                    "the definition of a board cannot be read; this node keeps the one it knows, if any, until it is upgraded or the row is corrected"
                );
                let slug = readable("boards", Slug::new(&slug).map_err(corrupt));
                stored.unreadable.extend(slug);
            }
        }
    }
    stored
}

/// Reads the first columns of [`select`].
pub(super) fn read(definition: &str, recounting: i64) -> Result<Board, LedgerError> {
    let mut board: Board = serde_json::from_str(definition).map_err(corrupt)?;
    board.recounting = recounting > 0;
    Ok(board)
}

/// The definition as text, for [`PUT`].
pub(super) fn json(board: &Board) -> Result<String, LedgerError> {
    let board = Board {
        recounting: false,
        ..board.clone()
    };
    serde_json::to_string(&board).map_err(corrupt)
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
