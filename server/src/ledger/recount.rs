//! Recounts a board's standings from its submissions, when new rules change them or a season is
//! restarted. The transaction that changes the rules reads the submissions once, in the order of
//! recording.

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt;
use leaderport::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::{Recount, Redefined};
use leaderport::service::ports::stored::{BatchId, StoredName, StoredStanding};
use leaderport::standing::Count;
use leaderport::{Board, PlayerId, Season, SeasonKey, Slug, Standing};
use sqlx::AnyConnection;

use super::any::{AnyDatabase, LONG_PATIENCE, number, query, text};
use super::columns::{self, corrupt, failed, kept, version};
use super::judged::{judged, submissions};
use super::{audit, boards};

/// Number of standings in one statement: well below the databases' limits of bound values.
const ROWS_AT_ONCE: usize = 100;

type Counted = HashMap<(Season, PlayerId), Count<()>>;

/// Replaces the previous version of a board, and recounts its standings under its rules. `None`,
/// without a change, if another version is stored.
pub(super) async fn redefine(
    db: &AnyDatabase,
    mut board: Board,
    recount: Recount,
    note: &AuditNote,
) -> Result<Option<Redefined>, LedgerError> {
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        if let Recount::StartOver(season) = recount {
            let last = "SELECT coalesce(max(seq), 0) FROM submissions";
            let last = sqlx::query(last).fetch_one(&mut **transaction).await;
            let last = version(number(&last.map_err(failed)?, 0)?)?;
            board.season_rules.entry(season).or_default().begun_after = last;
        }
        let json = serde_json::to_string(&board).map_err(corrupt)?;
        let put = sqlx::query(boards::PUT)
            .bind(board.slug.as_str().to_owned())
            .bind(json.clone())
            .bind(boards::version(&board));
        let put = put.execute(&mut **transaction).await.map_err(failed)?;
        if put.rows_affected() != 1 {
            return Ok(Err(()));
        }
        let of = match recount {
            Recount::All => None,
            Recount::Season(season) | Recount::StartOver(season) => Some(season),
        };
        let counted = count(db, transaction, &board, of).await?;
        let changed = compare(transaction, &board.slug, of, counted).await?;
        let standings = changed.len() as u64;
        let seasons: BTreeSet<Season> = changed.iter().map(|change| change.season).collect();
        write(transaction, &board.slug, changed).await?;
        let id = put_in_outbox(db, transaction, &board.slug, &seasons, note).await?;
        let note = AuditNote {
            after: Some(json),
            ..note.clone()
        };
        audit::write(transaction, &note).await?;
        let slug = &board.slug;
        let seasons = seasons.into_iter().map(|season| SeasonKey {
            board: slug.clone(),
            season,
        });
        Ok(Ok(Redefined {
            seasons: seasons.collect(),
            board,
            id,
            standings,
        }))
    });
    Ok(done.await?.ok())
}

/// The standings of a season under the given rules, without storing them.
pub(super) async fn preview(
    db: &AnyDatabase,
    board: &Board,
    season: Season,
) -> Result<Vec<StoredStanding>, LedgerError> {
    db.with(LONG_PATIENCE, async |connection| {
        let counted = count(db, connection, board, Some(season)).await?;
        let names = names(connection, &board.slug, season).await?;
        let made = counted.into_iter().filter_map(|((_, player), count)| {
            let (standing, ()) = count.made()?;
            Some(StoredStanding {
                name: names.get(&player).cloned(),
                player,
                standing: Some(standing),
                version: 0,
            })
        });
        Ok(made.collect())
    })
    .await
}

async fn names(
    db: &mut AnyConnection,
    board: &Slug,
    season: Season,
) -> Result<HashMap<PlayerId, StoredName>, LedgerError> {
    let sql = "SELECT s.player, p.name, p.version FROM standings AS s JOIN players AS p ON p.player = s.player
         WHERE s.board = $1 AND s.season = $2";
    let query = sqlx::query(sql).bind(board.as_str().to_owned());
    let mut rows = query.bind(season.to_string()).fetch(db);
    let mut names = HashMap::new();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let player = PlayerId::stored(&text(&row, 0)?).map_err(corrupt)?;
        let name = columns::stored_name(&player, Some(&text(&row, 1)?), Some(number(&row, 2)?))?;
        names.extend(name.map(|name| (player, name)));
    }
    Ok(names)
}

async fn banned(db: &mut AnyConnection) -> Result<BTreeSet<String>, LedgerError> {
    let rows = sqlx::query("SELECT player FROM player_rulings WHERE is_banned = 1");
    let rows = rows.fetch_all(db).await.map_err(failed)?;
    rows.iter().map(|row| text(row, 0)).collect()
}

async fn count(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    board: &Board,
    of: Option<Season>,
) -> Result<Counted, LedgerError> {
    let banned = banned(&mut *db).await?;
    let query = query(submissions(any, "WHERE s.board = $1 ORDER BY s.seq"));
    let mut rows = query.bind(board.slug.as_str().to_owned()).fetch(db);
    let mut counted = Counted::new();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let judged = judged(&row)?;
        if !judged.counts() || banned.contains(judged.feeds.as_str()) {
            continue;
        }
        for season in &judged.record.seasons {
            let is_asked = of.is_none_or(|of| of == *season);
            if !is_asked || judged.record.seq <= board.season_rule(*season).begun_after {
                continue;
            }
            let count = counted.entry((*season, judged.feeds.clone()));
            let count = count.or_insert_with(|| Count::new(board.policy, board.order));
            count.add(judged.record.value, judged.at, ());
        }
    }
    Ok(counted)
}

/// A changed standing to store; `now` is absent if it is removed.
struct Changed {
    season: Season,
    player: PlayerId,
    now: Option<Standing>,
    /// The previous standing. A removed standing keeps its columns.
    before: Option<Standing>,
    version: u64,
}

/// Compares the stored standings with the recount. Returns the standings that differ.
async fn compare(
    db: &mut AnyConnection,
    board: &Slug,
    of: Option<Season>,
    mut counted: Counted,
) -> Result<Vec<Changed>, LedgerError> {
    let of_season = of.map_or("", |_| " AND season = $2");
    let sql = format!(
        "SELECT season, player, score, achieved_at, latest_at, version, is_gone FROM standings
         WHERE board = $1{of_season}"
    );
    let mut query = query(sql).bind(board.as_str().to_owned());
    if let Some(season) = of {
        query = query.bind(season.to_string());
    }
    let mut changed = Vec::new();
    let mut rows = query.fetch(&mut *db);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let season: Season = text(&row, 0)?.parse().map_err(corrupt)?;
        let player = PlayerId::stored(&text(&row, 1)?).map_err(corrupt)?;
        let (score, achieved, latest) = (number(&row, 2)?, number(&row, 3)?, number(&row, 4)?);
        let before = kept(score, achieved, latest, number(&row, 6)?)?;
        let made = counted.remove(&(season, player.clone()));
        let now = made.and_then(Count::made).map(|(standing, ())| standing);
        if before != now {
            changed.push(Changed {
                season,
                player,
                now,
                before,
                version: version(number(&row, 5)?)? + 1,
            });
        }
    }
    let new = counted.into_iter().filter_map(|((season, player), count)| {
        let (standing, ()) = count.made()?;
        Some(Changed {
            season,
            player,
            now: Some(standing),
            before: None,
            version: 1,
        })
    });
    changed.extend(new);
    // The same order on all nodes avoids deadlocks.
    changed.sort_unstable_by(|a, b| (a.season, &a.player).cmp(&(b.season, &b.player)));
    Ok(changed)
}

async fn write(
    db: &mut AnyConnection,
    board: &Slug,
    changed: Vec<Changed>,
) -> Result<(), LedgerError> {
    for rows in changed.chunks(ROWS_AT_ONCE) {
        let places = (0..rows.len()).map(|n| {
            let at = |column: usize| n * 7 + column + 2;
            let columns: Vec<_> = (0..7).map(|column| format!("${}", at(column))).collect();
            format!("($1, {})", columns.join(", "))
        });
        let places = places.collect::<Vec<_>>().join(", ");
        let sql = format!(
            "INSERT INTO standings
               (board, season, player, score, achieved_at, latest_at, version, is_gone)
             VALUES {places}
             ON CONFLICT (board, season, player) DO UPDATE SET
               score = excluded.score, achieved_at = excluded.achieved_at,
               latest_at = excluded.latest_at, version = excluded.version,
               is_gone = excluded.is_gone"
        );
        let mut write = query(sql).bind(board.as_str().to_owned());
        for change in rows {
            let Some(shown) = change.now.or(change.before) else {
                return Err(corrupt("a changed standing without an old or a new value"));
            };
            write = write
                .bind(change.season.to_string())
                .bind(change.player.as_str().to_owned())
                .bind(shown.score.get())
                .bind(shown.achieved_at.millis_i64())
                .bind(shown.latest_at.millis_i64())
                .bind(change.version.cast_signed())
                .bind(i64::from(change.now.is_none()));
        }
        write.execute(&mut *db).await.map_err(failed)?;
    }
    Ok(())
}

async fn put_in_outbox(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    board: &Slug,
    seasons: &BTreeSet<Season>,
    note: &AuditNote,
) -> Result<Option<BatchId>, LedgerError> {
    if seasons.is_empty() {
        return Ok(None);
    }
    let standings = columns::whole_seasons_text(board, seasons)?;
    any.put_in_outbox(db, standings, None, note.at)
        .await
        .map(Some)
}
