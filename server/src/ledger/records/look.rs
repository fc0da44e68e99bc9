//! Queries for readers of a board, except ranks: milestones of a player, held submissions, players by
//! the beginning of a word of their name, seasons with standings. Their cost does not grow with the
//! length of the board, above the length of a short season.

use leaderport::people::player::search_text::{folded, inner_words};
use leaderport::service::error::LedgerError;
use leaderport::{Milestone, PlayerId, Season, SeasonKey, Slug};

use sqlx::any::AnyRow;

use crate::ledger::database::any::{AnyDatabase, instant, maybe_text, query, text};
use crate::ledger::database::columns::{self, all_readable, corrupt, readable};
use crate::ledger::names;

/// Number of names that one query of a search reads.
const PAGE: usize = 500;

/// Maximum number of pages of names of a search, and of words.
const PAGES: usize = 20;

/// Maximum number of players of a short season.
const STANDINGS: usize = PAGE * PAGES;

/// A folded name or word, and its player: a place in the order of a search.
type Name = (String, String);

pub(super) async fn milestones(
    db: &AnyDatabase,
    key: &SeasonKey,
    player: &PlayerId,
    after: u64,
    limit: u32,
) -> Result<Vec<Milestone>, LedgerError> {
    // An index has this order, so the query reads only the newest submissions of a player.
    let newest = |of: &str| {
        format!(
            "SELECT * FROM (SELECT id, seq, player, at, standings FROM submissions
             WHERE player {of} AND board = $2 AND seq > $3 ORDER BY seq DESC LIMIT {limit}) AS n"
        )
    };
    let own = newest("= $1");
    let merged = newest("IN (SELECT player FROM player_rulings WHERE merged_into = $1)");
    let sql = format!(
        "SELECT s.at, s.standings, a.ranks FROM ({own} UNION ALL {merged}) AS s
           LEFT JOIN answers AS a ON a.id = s.id
           LEFT JOIN submission_rulings AS r ON r.seq = s.seq
           LEFT JOIN player_rulings AS p ON p.player = s.player
         WHERE coalesce(r.state, 'counted') = 'counted' AND coalesce(p.is_banned, 0) = 0
         ORDER BY s.seq DESC LIMIT {limit}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(player.as_str().to_owned())
        .bind(key.board.as_str().to_owned())
        .bind(i64::try_from(after).unwrap_or(i64::MAX));
    let mut milestones = Vec::new();
    for row in db.fetch(query).await? {
        let (standings, ranks) = (text(&row, 1)?, maybe_text(&row, 2)?);
        let settled = columns::settled(&standings, ranks.as_deref());
        let settled = readable("submissions", settled).unwrap_or_default();
        if let Some(one) = settled.iter().find(|s| s.season == key.season) {
            milestones.push(Milestone {
                at: instant(&row, 0)?,
                score: one.standing.score,
                rank: one.ranks.map(|ranks| ranks.rank),
            });
        }
    }
    milestones.reverse();
    Ok(milestones)
}

pub(super) async fn has_held(
    db: &AnyDatabase,
    player: &PlayerId,
    board: Option<&Slug>,
) -> Result<bool, LedgerError> {
    let sql = "SELECT s.seq FROM submission_rulings AS r JOIN submissions AS s ON s.seq = r.seq
         WHERE r.state = 'quarantined' AND s.player = $1 AND ($2 = '' OR s.board = $2) LIMIT 1";
    let query = sqlx::query(sql).bind(player.as_str().to_owned());
    let query = query.bind(board.map_or("", Slug::as_str).to_owned());
    Ok(!db.fetch(query).await?.is_empty())
}

pub(super) async fn find_standing(
    db: &AnyDatabase,
    key: &SeasonKey,
    text: &str,
    is_short: bool,
    limit: u32,
) -> Result<Vec<PlayerId>, LedgerError> {
    let Some((first, end)) = names::range(text) else {
        return Ok(Vec::new());
    };
    let limit = limit as usize;
    let mut found = Vec::new();
    for source in names::SOURCES {
        let mut after = (first.clone(), String::new());
        for number in 0..PAGES {
            // The names of a whole deployment can be many more than the players of a short season.
            let sql = if is_short && number > 0 {
                page_of_season(source)
            } else {
                page_of_names(source)
            };
            let (players, last) = read_page(db, sql, key, &after, &end).await?;
            for player in players {
                // A player can have several matching words.
                if found.len() < limit && !found.contains(&player) {
                    found.push(player);
                }
            }
            if found.len() >= limit {
                return Ok(found);
            }
            let Some(last) = last else { break };
            after = last;
        }
    }
    if found.len() < limit {
        found.extend(find_nameless(db, key, text, is_short).await?);
        found.truncate(limit);
    }
    Ok(found)
}

/// The next names of all players, each with its player if they have a standing.
fn page_of_names(source: &str) -> String {
    // Both engines can run a join by reading all standings of the season. The subquery reads one
    // standing for each name.
    format!(
        "SELECT p.folded, p.player, (
           SELECT s.player FROM standings AS s
           WHERE s.board = $4 AND s.season = $5 AND s.player = p.player AND s.is_gone = 0
         ) FROM (
           SELECT folded, player FROM {source} WHERE (folded, player) > ($1, $2) AND folded < $3
           ORDER BY folded, player LIMIT {PAGE}
         ) AS p ORDER BY p.folded, p.player"
    )
}

/// The next names of players with a standing, one for each player.
fn page_of_season(source: &str) -> String {
    // With the comparison in a WHERE clause, PostgreSQL could read the whole range of names for each
    // player.
    format!(
        "SELECT p.folded, p.player, p.player FROM (
           SELECT s.player, (
             SELECT min(CASE WHEN (n.folded, n.player) > ($1, $2) AND n.folded < $3 THEN n.folded END)
             FROM {source} AS n WHERE n.player = s.player
           ) AS folded FROM standings AS s
           WHERE s.board = $4 AND s.season = $5 AND s.is_gone = 0
           ORDER BY s.player LIMIT {STANDINGS}
         ) AS p WHERE p.folded IS NOT NULL ORDER BY p.folded, p.player LIMIT {PAGE}"
    )
}

/// The players of a page who have a standing, and the last name of a full page.
async fn read_page(
    db: &AnyDatabase,
    sql: String,
    key: &SeasonKey,
    (folded, player): &Name,
    end: &str,
) -> Result<(Vec<PlayerId>, Option<Name>), LedgerError> {
    let query = query(sql)
        .bind(folded.clone())
        .bind(player.clone())
        .bind(end.to_owned())
        .bind(key.board.as_str().to_owned())
        .bind(key.season.to_string());
    let rows = db.fetch(query).await?;
    let mut players = Vec::new();
    for row in &rows {
        let player = maybe_text(row, 2)?.map(|id| PlayerId::stored(&id).map_err(corrupt));
        players.extend(player.and_then(|player| readable("players", player)));
    }
    let name = |row: &AnyRow| Ok::<_, LedgerError>((text(row, 0)?, text(row, 1)?));
    Ok((players, rows.get(PAGE - 1).map(name).transpose()?))
}

/// Players of a season without a name, whom boards show by their ids. In a short season, the id is
/// compared like a name. In a long one, it must begin with exactly this text.
async fn find_nameless(
    db: &AnyDatabase,
    key: &SeasonKey,
    text: &str,
    is_short: bool,
) -> Result<Vec<PlayerId>, LedgerError> {
    let (range, candidates) = if is_short {
        ("", STANDINGS)
    } else {
        ("AND player >= $3 AND player < $4", PAGE)
    };
    let sql = format!(
        "SELECT s.player FROM (
           SELECT player FROM standings WHERE board = $1 AND season = $2 AND is_gone = 0 {range}
           ORDER BY player LIMIT {candidates}
         ) AS s LEFT JOIN players AS p ON p.player = s.player
         WHERE p.player IS NULL ORDER BY s.player"
    );
    let mut query = query(sql)
        .bind(key.board.as_str().to_owned())
        .bind(key.season.to_string());
    if !is_short {
        let end = format!("{text}\u{10ffff}");
        query = query.bind(text.to_owned()).bind(end);
    }
    let rows = db.fetch(query).await?;
    let player = |row: &AnyRow| PlayerId::stored(&self::text(row, 0)?).map_err(corrupt);
    let players = all_readable("standings", rows.iter().map(player));
    Ok(if is_short {
        begins_with(&folded(text), players)
    } else {
        players
    })
}

/// The players whose id begins with a folded text, and then those with a word inside it that does.
fn begins_with(text: &str, players: Vec<PlayerId>) -> Vec<PlayerId> {
    let (mut found, mut inside) = (Vec::new(), Vec::new());
    for player in players {
        let id = folded(player.as_str());
        if id.starts_with(text) {
            found.push(player);
        } else if inner_words(&id).any(|word| word.starts_with(text)) {
            inside.push(player);
        }
    }
    found.extend(inside);
    found
}

/// Merged players with the players who receive their standings, from an index of the merged ones.
pub(super) async fn merges(
    db: &AnyDatabase,
    limit: u32,
) -> Result<Vec<(PlayerId, PlayerId)>, LedgerError> {
    let sql = format!(
        "SELECT player, merged_into FROM player_rulings WHERE merged_into IS NOT NULL LIMIT {limit}"
    );
    let rows = db.fetch(sqlx::query(sqlx::AssertSqlSafe(sql))).await?;
    let id = |row: &AnyRow, column| PlayerId::stored(&text(row, column)?).map_err(corrupt);
    let merges = rows.iter().map(|row| Ok((id(row, 0)?, id(row, 1)?)));
    Ok(all_readable("player_rulings", merges))
}

/// The seasons of a board with recorded standings.
pub(super) async fn seasons(db: &AnyDatabase, board: &Slug) -> Result<Vec<Season>, LedgerError> {
    // One lookup in the primary key for each season: neither engine skips equal keys for DISTINCT.
    let sql = "WITH RECURSIVE found (season) AS (
           SELECT max(season) FROM standings WHERE board = $1
           UNION ALL
           SELECT (SELECT max(s.season) FROM standings AS s
                   WHERE s.board = $1 AND s.season < found.season)
           FROM found WHERE found.season IS NOT NULL)
         SELECT season FROM found WHERE season IS NOT NULL";
    let rows = db
        .fetch(sqlx::query(sql).bind(board.as_str().to_owned()))
        .await?;
    let season = |row: &AnyRow| text(row, 0)?.parse().map_err(corrupt);
    Ok(all_readable("standings", rows.iter().map(season)))
}
