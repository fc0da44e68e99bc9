//! Recounts a board's standings from its submissions, when new rules change them or a season is
//! restarted.
//!
//! The first transaction stores the rules and a row of `recounts`, so that no node records for the
//! board until the row is removed. The submissions are then counted without a lock, and the changed
//! standings are stored in short transactions, between which others write. A ruling that changes a
//! standing in between gives it a new version, and the recount leaves it alone.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures::TryStreamExt;
use leaderport::admin::audit::AuditNote;
use leaderport::ranking::standing::Count;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::{Recount, Recounted};
use leaderport::service::ports::stored::{StoredName, StoredStanding};
use leaderport::{Board, PlayerId, RecountState, Season, SeasonKey, Slug, Standing, Timestamp};
use sqlx::AnyConnection;
use sqlx::Executor;
use sqlx::any::AnyRow;
use tokio::time::Instant;

use super::judged::{judged, submissions};
use crate::ledger::database::any::{
    AnyDatabase, LONG_PATIENCE, TIMEOUT, instant, maybe_text, number, query, text,
};
use crate::ledger::database::columns::{
    self, all_readable, corrupt, failed, kept, readable, version,
};
use crate::ledger::{audit, boards};

/// Number of standings in one statement: well below the databases' limits of bound values.
const ROWS_AT_ONCE: usize = 100;

/// Number of standings in one transaction.
const ROWS_IN_A_STEP: usize = 1_000;

/// Number of submissions in one read.
const SUBMISSIONS_AT_ONCE: usize = 20_000;

/// Longest break between two steps.
const LONGEST_BREAK: Duration = Duration::from_millis(100);

type Key = (Season, PlayerId);
type Counted = HashMap<Key, Count<()>>;

/// Replaces the previous version of a board and begins to recount its standings. `None`, without a
/// change, if another version is stored.
pub(super) async fn begin(
    db: &AnyDatabase,
    mut board: Board,
    recount: Recount,
    note: &AuditNote,
) -> Result<Option<Board>, LedgerError> {
    let done = db.alone(LONG_PATIENCE, async |transaction| {
        if let Recount::StartOver(season) = recount {
            let last = "SELECT coalesce(max(seq), 0) FROM submissions";
            let last = sqlx::query(last).fetch_one(&mut **transaction).await;
            let last = version(number(&last.map_err(failed)?, 0)?)?;
            board.season_rules.entry(season).or_default().begun_after = last;
        }
        let json = boards::json(&board)?;
        let put = sqlx::query(boards::PUT)
            .bind(board.slug.as_str().to_owned())
            .bind(json.clone())
            .bind(boards::version(&board));
        let put = put.execute(&mut **transaction).await.map_err(failed)?;
        if put.rows_affected() != 1 {
            return Ok(Err(()));
        }
        let season = match recount {
            Recount::All => None,
            Recount::Season(season) | Recount::StartOver(season) => Some(season.to_string()),
        };
        // An interrupted recount of other seasons becomes one of all seasons.
        let begin = "INSERT INTO recounts (board, version, season, begun_at, seen_at)
             VALUES ($1, $2, $3, $4, $4)
             ON CONFLICT (board) DO UPDATE SET version = excluded.version,
               season = CASE WHEN recounts.season = excluded.season THEN excluded.season END,
               begun_at = excluded.begun_at, seen_at = excluded.seen_at, to_write = NULL";
        let begin = sqlx::query(begin)
            .bind(board.slug.as_str().to_owned())
            .bind(boards::version(&board))
            .bind(season)
            .bind(note.at.millis_i64());
        begin.execute(&mut **transaction).await.map_err(failed)?;
        let note = AuditNote {
            after: Some(json),
            ..note.clone()
        };
        audit::write(transaction, &note).await?;
        board.recounting = true;
        Ok(Ok(board))
    });
    Ok(done.await?.ok())
}

/// A row of `recounts`.
struct Task {
    board: Board,
    version: i64,
    season: Option<Season>,
    seasons: BTreeSet<Season>,
}

/// Recounts the standings of a board, if a recount was begun.
pub(super) async fn run(db: &AnyDatabase, slug: &Slug) -> Result<Option<Recounted>, LedgerError> {
    while let Some(task) = task(db, slug).await? {
        if let Some(done) = attempt(db, task).await? {
            return Ok(Some(done));
        }
        // Newer rules came in between: count by those.
    }
    Ok(None)
}

async fn task(db: &AnyDatabase, slug: &Slug) -> Result<Option<Task>, LedgerError> {
    let sql = "SELECT b.definition, r.version, r.season, r.seasons
         FROM recounts AS r JOIN boards AS b ON b.slug = r.board WHERE r.board = $1";
    let rows = db.fetch(sqlx::query(sql).bind(slug.as_str().to_owned()));
    let rows = rows.await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let season = maybe_text(row, 2)?;
    let season = season.map(|season| season.parse().map_err(corrupt));
    Ok(Some(Task {
        board: boards::read(&text(row, 0)?, 1)?,
        version: number(row, 1)?,
        season: season.transpose()?,
        seasons: serde_json::from_str(&text(row, 3)?).map_err(corrupt)?,
    }))
}

/// Recounts by the rules of a task. `None` if newer rules were stored in between.
async fn attempt(db: &AnyDatabase, task: Task) -> Result<Option<Recounted>, LedgerError> {
    let Task {
        board,
        version: rules,
        season,
        mut seasons,
    } = task;
    let slug = &board.slug;
    // Read the versions before the submissions: a ruling in between is then detected.
    let before = stored(db, slug, season).await?;
    let counted = count(db, &board, season).await?;
    let changed = compare(before, counted);
    seasons.extend(changed.iter().map(|change| change.season));
    let plan = sqlx::query(
        "UPDATE recounts SET seasons = $3, to_write = written + $4
         WHERE board = $1 AND version = $2",
    )
    .bind(slug.as_str().to_owned())
    .bind(rules)
    .bind(serde_json::to_string(&seasons).map_err(corrupt)?)
    .bind(i64::try_from(changed.len()).map_err(corrupt)?);
    if db.execute(plan).await?.rows_affected() != 1 {
        return Ok(None);
    }
    for rows in changed.chunks(ROWS_IN_A_STEP) {
        let began = Instant::now();
        if !step(db, slug, rules, rows).await? {
            return Ok(None);
        }
        // Others write at least as long as the recount.
        tokio::time::sleep(began.elapsed().min(LONGEST_BREAK)).await;
    }
    publish(db, slug, rules, &seasons).await
}

/// Stores some standings. Returns whether the rules are still the newest.
async fn step(
    db: &AnyDatabase,
    slug: &Slug,
    rules: i64,
    rows: &[Changed],
) -> Result<bool, LedgerError> {
    let done = db.at_once(TIMEOUT, async |transaction| {
        // Excludes rulings, but not other boards' submissions.
        let shared = transaction.execute(db.dialect.share).await;
        shared.map_err(failed)?;
        let count = "UPDATE recounts SET written = written + $3 WHERE board = $1 AND version = $2";
        let count = sqlx::query(count)
            .bind(slug.as_str().to_owned())
            .bind(rules)
            .bind(i64::try_from(rows.len()).map_err(corrupt)?);
        let count = count.execute(&mut **transaction).await.map_err(failed)?;
        if count.rows_affected() != 1 {
            return Ok(Err(()));
        }
        write(transaction, slug, rows).await?;
        Ok(Ok(()))
    });
    Ok(done.await?.is_ok())
}

/// Adds the changed seasons to the outbox. `None` if the rules are not the newest.
async fn publish(
    db: &AnyDatabase,
    slug: &Slug,
    rules: i64,
    seasons: &BTreeSet<Season>,
) -> Result<Option<Recounted>, LedgerError> {
    let done = db.at_once(TIMEOUT, async |transaction| {
        let sql = "UPDATE recounts SET to_write = written WHERE board = $1 AND version = $2
             RETURNING written, seen_at";
        let row = sqlx::query(sql).bind(slug.as_str().to_owned()).bind(rules);
        let row = row.fetch_optional(&mut **transaction).await;
        let Some(row) = row.map_err(failed)? else {
            return Ok(Err(()));
        };
        let id = if seasons.is_empty() {
            None
        } else {
            let standings = columns::whole_seasons_text(slug, seasons)?;
            let at = instant(&row, 1)?;
            Some(db.put_in_outbox(transaction, standings, None, at).await?)
        };
        let season = |season: &Season| SeasonKey {
            board: slug.clone(),
            season: *season,
        };
        Ok(Ok(Recounted {
            version: version(rules)?,
            id,
            seasons: seasons.iter().map(season).collect(),
            standings: version(number(&row, 0)?)?,
        }))
    });
    Ok(done.await?.ok())
}

/// Notes that a node works on a recount.
pub(super) async fn see(db: &AnyDatabase, slug: &Slug, at: Timestamp) -> Result<(), LedgerError> {
    let see = sqlx::query("UPDATE recounts SET seen_at = $2 WHERE board = $1")
        .bind(slug.as_str().to_owned())
        .bind(at.millis_i64());
    db.execute(see).await.map(drop)
}

/// Ends a recount, so that the board accepts submissions again.
pub(super) async fn end(db: &AnyDatabase, slug: &Slug, rules: u64) -> Result<(), LedgerError> {
    let end = sqlx::query("DELETE FROM recounts WHERE board = $1 AND version = $2")
        .bind(slug.as_str().to_owned())
        .bind(rules.cast_signed());
    db.execute(end).await.map(drop)
}

/// The unfinished recounts, oldest first.
pub(super) async fn unfinished(db: &AnyDatabase) -> Result<Vec<RecountState>, LedgerError> {
    let sql = "SELECT board, begun_at, seen_at, written, coalesce(to_write, -1) FROM recounts
         ORDER BY begun_at, board";
    let rows = db.fetch(sqlx::query(sql)).await?;
    let state = |row: &AnyRow| {
        let to_write = number(row, 4)?;
        Ok(RecountState {
            board: Slug::new(&text(row, 0)?).map_err(corrupt)?,
            begun_at: instant(row, 1)?,
            seen_at: instant(row, 2)?,
            written: version(number(row, 3)?)?,
            to_write: u64::try_from(to_write).ok(),
        })
    };
    Ok(all_readable("recounts", rows.iter().map(state)))
}

/// The standings of a season under the given rules, without storing them.
pub(super) async fn preview(
    db: &AnyDatabase,
    board: &Board,
    season: Season,
) -> Result<Vec<StoredStanding>, LedgerError> {
    let counted = count(db, board, Some(season)).await?;
    let names = db.with(LONG_PATIENCE, async |connection| {
        names(connection, &board.slug, season).await
    });
    let names = names.await?;
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
        names.extend(readable("players", named(&row)));
    }
    Ok(names)
}

fn named(row: &AnyRow) -> Result<(PlayerId, StoredName), LedgerError> {
    let player = PlayerId::stored(&text(row, 0)?).map_err(corrupt)?;
    columns::named(player, Some(&text(row, 1)?), Some(number(row, 2)?))
}

async fn banned(db: &AnyDatabase) -> Result<BTreeSet<String>, LedgerError> {
    let rows = sqlx::query("SELECT player FROM player_rulings WHERE is_banned = 1");
    let rows = db.fetch(rows).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

/// Counts all submissions of a board, in the order of recording. Fails if one cannot be read: its
/// player would lose its part.
async fn count(
    db: &AnyDatabase,
    board: &Board,
    of: Option<Season>,
) -> Result<Counted, LedgerError> {
    let banned = banned(db).await?;
    let sql =
        format!("WHERE s.board = $1 AND s.seq > $2 ORDER BY s.seq LIMIT {SUBMISSIONS_AT_ONCE}");
    let sql = submissions(db, &sql);
    let mut counted = Counted::new();
    let mut after = 0;
    loop {
        let page = query(sql.clone()).bind(board.slug.as_str().to_owned());
        let rows = db.fetch(page.bind(after)).await?;
        for row in &rows {
            after = number(row, 7)?;
            let judged = judged(row)?;
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
        if rows.len() < SUBMISSIONS_AT_ONCE {
            return Ok(counted);
        }
    }
}

/// A stored standing; absent if it was removed, or cannot be read.
struct Stored {
    standing: Option<Standing>,
    is_readable: bool,
    version: u64,
}

/// A changed standing to store; `now` is absent if it is removed.
struct Changed {
    season: Season,
    player: PlayerId,
    now: Option<Standing>,
    /// The previous standing. A removed standing keeps its columns, if they can be read.
    before: Option<Standing>,
    version: u64,
}

/// The standings of a board, in one season or in all.
async fn stored(
    db: &AnyDatabase,
    board: &Slug,
    of: Option<Season>,
) -> Result<HashMap<Key, Stored>, LedgerError> {
    let of_season = of.map_or("", |_| " AND season = $2");
    let sql = format!(
        "SELECT season, player, score, achieved_at, latest_at, version, is_gone FROM standings
         WHERE board = $1{of_season}"
    );
    let mut query = query(sql).bind(board.as_str().to_owned());
    if let Some(season) = of {
        query = query.bind(season.to_string());
    }
    db.with(LONG_PATIENCE, async |connection| {
        let mut stored = HashMap::new();
        let mut rows = query.fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            // A row of another program is no standing of a season and a player.
            if let Some(key) = readable("standings", stored_key(&row)) {
                stored.insert(key, stored_standing(&row)?);
            }
        }
        Ok(stored)
    })
    .await
}

fn stored_key(row: &AnyRow) -> Result<Key, LedgerError> {
    let season: Season = text(row, 0)?.parse().map_err(corrupt)?;
    let player = PlayerId::stored(&text(row, 1)?).map_err(corrupt)?;
    Ok((season, player))
}

fn stored_standing(row: &AnyRow) -> Result<Stored, LedgerError> {
    let (score, achieved, latest) = (number(row, 2)?, number(row, 3)?, number(row, 4)?);
    let standing = readable("standings", kept(score, achieved, latest, number(row, 6)?));
    Ok(Stored {
        is_readable: standing.is_some(),
        standing: standing.flatten(),
        version: version(number(row, 5)?)?,
    })
}

/// The standings that differ from the recount.
fn compare(before: HashMap<Key, Stored>, mut counted: Counted) -> Vec<Changed> {
    let mut changed = Vec::new();
    for ((season, player), stored) in before {
        let key = (season, player);
        let made = counted.remove(&key).and_then(Count::made);
        let now = made.map(|(standing, ())| standing);
        if stored.standing != now || !stored.is_readable {
            let (season, player) = key;
            changed.push(Changed {
                season,
                player,
                now,
                before: stored.standing,
                version: stored.version + 1,
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
    changed
}

/// Stores changed standings, except those with a newer version.
async fn write(
    db: &mut AnyConnection,
    board: &Slug,
    changed: &[Changed],
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
               is_gone = excluded.is_gone
             WHERE standings.version = excluded.version - 1"
        );
        let mut write = query(sql).bind(board.as_str().to_owned());
        for change in rows {
            let columns = |s: Standing| {
                let (achieved, latest) = (s.achieved_at.millis_i64(), s.latest_at.millis_i64());
                (s.score.get(), achieved, latest)
            };
            let shown = change.now.or(change.before);
            let (score, achieved, latest) = shown.map(columns).unwrap_or_default();
            write = write
                .bind(change.season.to_string())
                .bind(change.player.as_str().to_owned())
                .bind(score)
                .bind(achieved)
                .bind(latest)
                .bind(change.version.cast_signed())
                .bind(i64::from(change.now.is_none()));
        }
        write.execute(&mut *db).await.map_err(failed)?;
    }
    Ok(())
}
