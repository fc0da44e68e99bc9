//! Reads all standings of a season fast, because the start of a server waits for this read.
//!
//! A row fetched through sqlx costs a copy of every value, and a hand-over between threads. The
//! statement therefore packs thousands of rows, a *page*, into one text. Control characters, which
//! neither ids nor names contain, separate rows and values. SQLite packs the next page while the
//! previous one is unpacked. A page with another number of separators was not written by the
//! server alone: its rows are fetched one by one.

use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{PlayerId, SeasonKey};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

use crate::ledger::database::columns::{
    StandingRow, all_readable, corrupt, failed, readable, shown, stored, stored_name, version,
};

/// Number of rows in a page.
const PAGE: i64 = 4096;

/// Ends a row; `char(30)` in the statement.
const ROW_END: char = '\u{1e}';
/// Ends a value; `char(31)` in the statement.
const VALUE_END: char = '\u{1f}';

/// Number of values of a row.
const VALUES: usize = 8;

/// Reads all standings of a season, in one snapshot.
pub(super) async fn standings(
    readers: &SqlitePool,
    key: &SeasonKey,
) -> Result<Vec<StoredStanding>, LedgerError> {
    let mut snapshot = readers.begin().await.map_err(failed)?;
    let mut all = Vec::new();
    let mut page = fetch(&mut snapshot, key, "").await?;
    while let Some((last, rows)) = page {
        let unpack = async { unpack_all(&rows, &mut all) };
        let (next, unpacked) = tokio::join!(fetch(&mut snapshot, key, &last), unpack);
        if !unpacked {
            return fetch_unpacked(&mut snapshot, key).await;
        }
        page = next?;
    }
    Ok(all)
}

/// Adds the readable rows of a page. `false` if values contain the characters that separate them.
fn unpack_all(page: &str, all: &mut Vec<StoredStanding>) -> bool {
    for row in page.split_terminator(ROW_END) {
        if row.matches(VALUE_END).count() != VALUES - 1 {
            return false;
        }
        all.extend(readable("standings", unpack(row)));
    }
    true
}

/// Reads all standings of a season without packing them.
async fn fetch_unpacked(
    db: &mut SqliteConnection,
    key: &SeasonKey,
) -> Result<Vec<StoredStanding>, LedgerError> {
    let rows: Vec<StandingRow> = sqlx::query_as(
        "SELECT s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version, s.is_gone, p.version
         FROM standings AS s LEFT JOIN players AS p ON p.player = s.player
         WHERE s.board = ? AND s.season = ?",
    )
    .bind(key.board.as_str())
    .bind(key.season.to_string())
    .fetch_all(db)
    .await
    .map_err(failed)?;
    Ok(all_readable("standings", rows.into_iter().map(stored)))
}

/// The packed page of rows after a player, and the last player in it. `None` past the end.
async fn fetch(
    db: &mut SqliteConnection,
    key: &SeasonKey,
    after: &str,
) -> Result<Option<(String, String)>, LedgerError> {
    let page: (Option<String>, Option<String>) = sqlx::query_as(
        "SELECT max(player), group_concat(row, '') FROM (
           SELECT s.player,
                  format('%s' || char(31) || '%s' || char(31) || '%d' || char(31) || '%d'
                         || char(31) || '%d' || char(31) || '%d' || char(31) || '%d'
                         || char(31) || '%d' || char(30),
                         s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version,
                         s.is_gone, p.version) AS row
           FROM standings AS s LEFT JOIN players AS p ON p.player = s.player
           WHERE s.board = ? AND s.season = ? AND s.player > ?
           ORDER BY s.player LIMIT ?)",
    )
    .bind(key.board.as_str())
    .bind(key.season.to_string())
    .bind(after)
    .bind(PAGE)
    .fetch_one(db)
    .await
    .map_err(failed)?;
    Ok(page.0.zip(page.1))
}

fn unpack(row: &str) -> Result<StoredStanding, LedgerError> {
    let mut values = row.split(VALUE_END);
    let mut text = || values.next().ok_or_else(|| corrupt("a row is cut short"));
    let (player, name) = (text()?, text()?);
    let mut number = || text()?.parse::<i64>().map_err(corrupt);
    let (score, achieved_at, latest_at) = (number()?, number()?, number()?);
    let (counted, gone, named) = (number()?, number()?, number()?);
    let player = PlayerId::stored(player).map_err(corrupt)?;
    // A missing name is packed as an empty text.
    let name = Some(name).filter(|name| !name.is_empty());
    Ok(StoredStanding {
        name: stored_name(&player, name, Some(named))?,
        player,
        standing: shown(score, achieved_at, latest_at, gone),
        version: version(counted)?,
    })
}

#[cfg(test)]
mod tests {
    use leaderport::Slug;
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    #[tokio::test]
    async fn season_with_separators_in_its_values_is_read_unpacked() {
        // A database in memory lasts as long as its only connection.
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        sqlx::migrate!("migrations/sqlite")
            .run(&pool)
            .await
            .unwrap();
        let rows = "WITH RECURSIVE numbers (n) AS (
               SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9000
             )
             INSERT INTO standings
               (board, season, player, score, achieved_at, latest_at, version)
             SELECT 'arena', 'all', format('p%04d', n), n, 0, 0, 1 FROM numbers";
        sqlx::query(rows).execute(&pool).await.unwrap();
        let name = "INSERT INTO players (player, name) VALUES ('p5000', 'A' || char(31) || 'nn')";
        sqlx::query(name).execute(&pool).await.unwrap();
        let key = SeasonKey {
            board: Slug::new("arena").unwrap(),
            season: "all".parse().unwrap(),
        };
        let all = standings(&pool, &key).await.unwrap();
        let mut players: Vec<&str> = all.iter().map(|stored| stored.player.as_str()).collect();
        players.sort_unstable();
        let expected: Vec<String> = (1..=9000).map(|n| format!("p{n:04}")).collect();
        assert_eq!(players, expected);
        let named = all.iter().filter(|stored| stored.name.is_some());
        assert_eq!(named.count(), 1);
    }
}
