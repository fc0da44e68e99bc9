//! Names as text for searches. `players.folded` is the whole name, and `name_words` has a row for each
//! word inside the name. Names of one word, which are most, need no row.
//!
//! A search is a range of each index, so its cost does not grow with the number of names.

use leaderport::people::player::search_text::{self, inner_words};
use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, PlayerName};
use sqlx::AnyConnection;

use super::database::any::{AnyDatabase, AnyQuery, LONG_PATIENCE, maybe_text, number, query, text};
use super::database::columns::{failed, version};

/// The tables with folded names. The first has whole names.
pub(super) const SOURCES: [&str; 2] = ["players", "name_words"];

/// Number of names that are folded again in one transaction, which other writers wait for.
const STEP: usize = 250;

/// A name for searches.
pub(super) fn folded(name: &PlayerName) -> String {
    search_text::folded(name.as_str())
}

/// The rows of `name_words` for a folded name: the number of the word, from 1, and the text.
pub(super) fn words(folded: &str) -> impl Iterator<Item = (i64, &str)> {
    (1..).zip(inner_words(folded))
}

/// The bounds of all folded names that begin with a text. `None` for a text without any character
/// that counts.
pub(super) fn range(text: &str) -> Option<(String, String)> {
    let folded = search_text::folded(text);
    let end = format!("{folded}\u{10ffff}");
    (!folded.is_empty()).then_some((folded, end))
}

/// Stores a player's name as its newest version, and returns it. The version continues after an
/// erasure, so that brokers take the name as newer.
pub(super) async fn put(
    db: &mut AnyConnection,
    player: &PlayerId,
    name: &PlayerName,
) -> Result<StoredName, LedgerError> {
    let folded = folded(name);
    let put = sqlx::query(
        "INSERT INTO players (player, name, folded, version) VALUES ($1, $2, $3,
           1 + coalesce((SELECT name_version FROM erased_players WHERE player = $1), 0))
         ON CONFLICT (player) DO UPDATE SET
           name = excluded.name, folded = excluded.folded, version = players.version + 1
         RETURNING version",
    );
    let put = put.bind(player.as_str().to_owned());
    let put = put.bind(name.as_str().to_owned()).bind(folded.clone());
    let row = put.fetch_one(&mut *db).await.map_err(failed)?;
    let stored = StoredName {
        name: name.clone(),
        version: version(number(&row, 0)?)?,
    };
    let clear = sqlx::query("DELETE FROM name_words WHERE player = $1");
    let clear = clear.bind(player.as_str().to_owned());
    clear.execute(&mut *db).await.map_err(failed)?;
    put_words(db, &[(player.as_str().to_owned(), folded)]).await?;
    Ok(stored)
}

/// Inserts the words of folded names, whose rows were deleted.
async fn put_words(db: &mut AnyConnection, names: &[(String, String)]) -> Result<(), LedgerError> {
    let words = names.iter().flat_map(|(player, folded)| {
        words(folded).map(move |(start, word)| (player.clone(), start, word.to_owned()))
    });
    let words: Vec<_> = words.collect();
    if words.is_empty() {
        return Ok(());
    }
    let row = |(n, (_, start, _)): (usize, &(String, i64, String))| {
        format!("(${}, {start}, ${})", 2 * n + 1, 2 * n + 2)
    };
    let rows: Vec<_> = words.iter().enumerate().map(row).collect();
    let sql = "INSERT INTO name_words (player, start, folded) VALUES";
    let mut insert: AnyQuery<'_> = query(format!("{sql} {}", rows.join(", ")));
    for (player, _, word) in words {
        insert = insert.bind(player).bind(word);
    }
    insert.execute(db).await.map_err(failed)?;
    Ok(())
}

/// Folds the next names of an earlier version. Returns whether some are left. Names of a newer
/// version stay: in a rolling upgrade, a newer node has folded them.
pub(super) async fn refold(db: &AnyDatabase) -> Result<bool, LedgerError> {
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        let state = sqlx::query("SELECT version, until FROM name_folding");
        let state = state.fetch_one(&mut **transaction).await.map_err(failed)?;
        let until = match (number(&state, 0)?, maybe_text(&state, 1)?) {
            (search_text::VERSION, None) => return Ok(Ok(false)),
            (newer, _) if newer > search_text::VERSION => return Ok(Ok(false)),
            (search_text::VERSION, Some(until)) => until,
            _ => String::new(),
        };
        let next = query(format!(
            "SELECT player, name, folded FROM players WHERE player > $1 ORDER BY player LIMIT {STEP}"
        ));
        let next = next.bind(until.clone());
        let rows = next.fetch_all(&mut **transaction).await.map_err(failed)?;
        let mut names = Vec::with_capacity(rows.len());
        for row in &rows {
            let (player, before) = (text(row, 0)?, text(row, 2)?);
            let folded = search_text::folded(&text(row, 1)?);
            if folded != before {
                let change = sqlx::query("UPDATE players SET folded = $2 WHERE player = $1");
                let change = change.bind(player.clone()).bind(folded.clone());
                change.execute(&mut **transaction).await.map_err(failed)?;
            }
            names.push((player, folded));
        }
        let last = names.last().map(|(player, _)| player.clone());
        if let Some(last) = &last {
            let sql = "DELETE FROM name_words WHERE player > $1 AND player <= $2";
            let clear = sqlx::query(sql).bind(until).bind(last.clone());
            clear.execute(&mut **transaction).await.map_err(failed)?;
            put_words(transaction, &names).await?;
        }
        let is_more = names.len() == STEP;
        let reached = sqlx::query("UPDATE name_folding SET version = $1, until = $2");
        let reached = reached.bind(search_text::VERSION).bind(last.filter(|_| is_more));
        reached.execute(&mut **transaction).await.map_err(failed)?;
        Ok(Ok::<_, std::convert::Infallible>(is_more))
    });
    let Ok(is_more) = done.await?;
    Ok(is_more)
}
