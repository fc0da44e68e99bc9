//! Reads all standings of a season fast, because the start of a server waits for this read.
//!
//! A row fetched through sqlx costs a copy of every value, and a hand-over between threads. The
//! statement therefore packs thousands of rows, a *page*, into one text. Control characters, which
//! neither ids nor names contain, separate rows and values. SQLite packs the next page while the
//! previous one is unpacked. A page with another number of separators was not written by the
//! server alone: its rows, and those after it, are fetched one by one.
//!
//! The reader sends each unpacked page to the receiver at once. The broker works on it while SQLite
//! packs the next one.

use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{PlayerId, SeasonKey};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::mpsc;

use crate::ledger::columns::{
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
    let (sink, mut received) = mpsc::channel(1);
    let collect = async {
        let mut all = Vec::new();
        while let Some(part) = received.recv().await {
            all.extend(part);
        }
        all
    };
    let (sent, all) = tokio::join!(send(readers, key, sink), collect);
    sent.map(|()| all)
}

/// Sends all standings of a season in parts, in one snapshot, until the receiver is dropped.
pub(super) async fn send(
    readers: &SqlitePool,
    key: &SeasonKey,
    sink: mpsc::Sender<Vec<StoredStanding>>,
) -> Result<(), LedgerError> {
    let mut snapshot = readers.begin().await.map_err(failed)?;
    let mut before = String::new();
    let mut page = fetch(&mut snapshot, key, &before).await?;
    while let Some((last, rows)) = page {
        let send = async {
            let part = unpack_all(&rows)?;
            Some(send_part(&sink, part).await)
        };
        let (next, is_open) = tokio::join!(fetch(&mut snapshot, key, &last), send);
        let Some(is_open) = is_open else {
            let rest = fetch_unpacked(&mut snapshot, key, &before).await?;
            send_part(&sink, rest).await;
            return Ok(());
        };
        if !is_open {
            return Ok(());
        }
        page = next?;
        before = last;
    }
    Ok(())
}

/// Sends a part, unless it is empty. `false` if the receiver was dropped.
async fn send_part(sink: &mpsc::Sender<Vec<StoredStanding>>, part: Vec<StoredStanding>) -> bool {
    part.is_empty() || sink.send(part).await.is_ok()
}

/// The readable rows of a page. `None` if values contain the characters that separate them.
fn unpack_all(page: &str) -> Option<Vec<StoredStanding>> {
    let mut part = Vec::new();
    for row in page.split_terminator(ROW_END) {
        if row.matches(VALUE_END).count() != VALUES - 1 {
            return None;
        }
        part.extend(readable("standings", unpack(row)));
    }
    Some(part)
}

/// Reads the standings of a season after a player without packing them.
async fn fetch_unpacked(
    db: &mut SqliteConnection,
    key: &SeasonKey,
    after: &str,
) -> Result<Vec<StoredStanding>, LedgerError> {
    let rows: Vec<StandingRow> = sqlx::query_as(
        "SELECT s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version, s.is_gone, p.version
         FROM standings AS s LEFT JOIN players AS p ON p.player = s.player
         WHERE s.board = ? AND s.season = ? AND s.player > ?",
    )
    .bind(key.board.as_str())
    .bind(key.season.to_string())
    .bind(after)
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
    async fn page_with_separators_and_those_after_it_are_read_unpacked() {
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
