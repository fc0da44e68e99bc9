//! Statements over many rows, whose values are bound.
//!
//! Each statement costs a hand-over to SQLite's thread, so rows are sent in chunks. The length of a
//! chunk is a power of two. There are therefore few different statements, and each is prepared
//! once.

use leaderport::service::error::LedgerError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite};

use crate::ledger::columns::failed;

/// Maximum number of rows in one statement: well below SQLite's 32,766 bound values.
const CHUNK: usize = 256;

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// A bound value.
pub(super) enum Cell<'a> {
    Text(&'a str),
    Owned(String),
    Bytes(&'a [u8]),
    Number(i64),
    Nothing,
}

/// Runs `head VALUES (?, …), … tail` over all rows.
pub(super) async fn execute<const N: usize>(
    db: &mut SqliteConnection,
    (head, tail): (&str, &str),
    rows: &[[Cell<'_>; N]],
) -> Result<(), LedgerError> {
    for chunk in chunks(rows) {
        let query = sqlx::query(AssertSqlSafe(sql::<N>(head, chunk.len(), tail)));
        bound(query, chunk)
            .execute(&mut *db)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Fetches `head VALUES (?, …), … tail` over all rows.
pub(super) async fn fetch<const N: usize>(
    db: &mut SqliteConnection,
    (head, tail): (&str, &str),
    rows: &[[Cell<'_>; N]],
) -> Result<Vec<SqliteRow>, LedgerError> {
    let mut found = Vec::new();
    for chunk in chunks(rows) {
        let query = sqlx::query(AssertSqlSafe(sql::<N>(head, chunk.len(), tail)));
        found.extend(
            bound(query, chunk)
                .fetch_all(&mut *db)
                .await
                .map_err(failed)?,
        );
    }
    Ok(found)
}

fn bound<'q, const N: usize>(mut query: Query<'q>, rows: &[[Cell<'q>; N]]) -> Query<'q> {
    for cell in rows.iter().flatten() {
        query = match cell {
            Cell::Text(text) => query.bind(*text),
            Cell::Owned(text) => query.bind(text.clone()),
            Cell::Bytes(bytes) => query.bind(*bytes),
            Cell::Number(number) => query.bind(*number),
            Cell::Nothing => query.bind(None::<i64>),
        };
    }
    query
}

/// The text consists only of constants of this crate and a number of rows.
fn sql<const N: usize>(head: &str, rows: usize, tail: &str) -> String {
    let row = format!("({})", ["?"; N].join(", "));
    format!("{head} VALUES {} {tail}", vec![row; rows].join(", "))
}

/// The rows in chunks of [`CHUNK`], then of smaller powers of two.
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNK.min(1 << rows.len().checked_ilog2()?);
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_powers_of_two_and_cover_all_rows() {
        for len in [0, 1, 2, 3, 255, 256, 257, 1000, 4000] {
            let rows: Vec<usize> = (0..len).collect();
            let all: Vec<&[usize]> = chunks(&rows).collect();
            assert!(
                all.iter()
                    .all(|c| c.len().is_power_of_two() && c.len() <= CHUNK)
            );
            assert_eq!(all.concat(), rows);
        }
    }

    #[test]
    fn statement_has_a_placeholder_for_each_value() {
        assert_eq!(
            sql::<2>("INSERT INTO t (a, b)", 2, "RETURNING a"),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) RETURNING a"
        );
    }
}
