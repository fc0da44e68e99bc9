//! What readers of a board ask of the tables besides ranks: what became of somebody, who
//! begins with a text, which seasons there were. Each costs no more on a long board.

use leaderport::service::ledger::LedgerError;
use leaderport::{Milestone, PlayerId, Season, SeasonKey, Slug};

use super::any::{AnyDatabase, instant, maybe_text, text};
use super::batch::{self, corrupt};

/// Players whose name begins with a text, of whom those of a season are chosen.
const CANDIDATES: u32 = 500;

/// The most seasons that are listed.
const SEASONS: u32 = 1_000;

pub(super) async fn milestones(
    db: &AnyDatabase,
    key: &SeasonKey,
    player: &PlayerId,
    limit: u32,
) -> Result<Vec<Milestone>, LedgerError> {
    let sql = format!(
        "SELECT s.at, s.standings, a.ranks FROM submissions AS s
           LEFT JOIN answers AS a ON a.id = s.id
           LEFT JOIN submission_rulings AS r ON r.seq = s.seq
           LEFT JOIN player_rulings AS p ON p.player = s.player
         WHERE s.player IN (SELECT $1 UNION SELECT player FROM player_rulings WHERE merged_into = $1)
           AND s.board = $2 AND coalesce(r.state, 'counted') = 'counted'
           AND coalesce(p.is_banned, 0) = 0
         ORDER BY s.seq DESC LIMIT {limit}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(player.as_str().to_owned())
        .bind(key.board.as_str().to_owned());
    let mut milestones = Vec::new();
    for row in db.fetch(query).await? {
        let (standings, ranks) = (text(&row, 1)?, maybe_text(&row, 2)?);
        let settled = batch::settled(&standings, ranks.as_deref())?;
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

pub(super) async fn find_standing(
    db: &AnyDatabase,
    key: &SeasonKey,
    text: &str,
    limit: u32,
) -> Result<Vec<PlayerId>, LedgerError> {
    let folded = text.to_lowercase();
    // After every text that begins with it.
    let end = format!("{folded}\u{10ffff}");
    let sql = format!(
        "SELECT p.player FROM (
           SELECT player, folded FROM players WHERE folded >= $1 AND folded < $2
           ORDER BY folded, player LIMIT {CANDIDATES}
         ) AS p JOIN standings AS s
           ON s.board = $3 AND s.season = $4 AND s.player = p.player AND s.is_gone = 0
         ORDER BY p.folded, p.player LIMIT {limit}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(folded)
        .bind(end)
        .bind(key.board.as_str().to_owned())
        .bind(key.season.to_string());
    let rows = db.fetch(query).await?;
    let player = |row| PlayerId::new(&self::text(row, 0)?).map_err(corrupt);
    rows.iter().map(player).collect()
}

pub(super) async fn past_seasons(
    db: &AnyDatabase,
    board: &Slug,
) -> Result<Vec<Season>, LedgerError> {
    // From one to the next by the primary key: the rows between are not read.
    let sql = format!(
        "WITH RECURSIVE seasons(season) AS (
           SELECT min(season) FROM standings WHERE board = $1
           UNION ALL
           SELECT (SELECT min(season) FROM standings WHERE board = $1 AND season > seasons.season)
           FROM seasons WHERE seasons.season IS NOT NULL
         ) SELECT season FROM seasons WHERE season IS NOT NULL LIMIT {SEASONS}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(board.as_str().to_owned());
    let rows = db.fetch(query).await?;
    let season = |row| text(row, 0)?.parse().map_err(corrupt);
    rows.iter().map(season).collect()
}
