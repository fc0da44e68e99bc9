//! A player's standings on a board, recounted from the counted submissions.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt;
use leaderport::ranking::standing::Count;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{
    Board, Explanation, PlayerId, Season, SeasonKey, Slug, Standing, SubmissionRecord,
};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::ledger::boards;
use crate::ledger::database::any::{AnyDatabase, number, query, text};
use crate::ledger::database::columns::{failed, kept, readable, version};
use crate::ledger::records::judged::{Judged, judged, name_of, player, submissions};

/// Recounts a player's standings on a board, in every season with submissions. Returns the changed
/// standings.
pub(super) async fn recount(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    board: &Slug,
    player: &PlayerId,
    feeders: &BTreeSet<PlayerId>,
) -> Result<Vec<(SeasonKey, StoredStanding)>, LedgerError> {
    let Some(rules) = rules(db, board).await? else {
        return Ok(Vec::new());
    };
    let owner = self::player(db, player).await?;
    let name = name_of(db, player).await?;
    // Include seasons without counted submissions, so that their standings are removed.
    let mut seasons: BTreeMap<Season, Count<()>> = BTreeMap::new();
    let see = |judged: Result<Judged, LedgerError>| -> Result<(), LedgerError> {
        let judged = judged?;
        let counts = judged.counts() && judged.feeds == *player && !owner.is_banned;
        let seq = judged.record.seq;
        for season in judged.record.seasons {
            let new = || Count::new(rules.policy, rules.order);
            let count = seasons.entry(season).or_insert_with(new);
            if counts && seq > rules.season_rule(season).begun_after {
                count.add(judged.record.value, judged.at, ());
            }
        }
        Ok(())
    };
    each_submission(any, db, board, player, feeders, see).await?;
    let mut changed = Vec::new();
    for (season, count) in seasons {
        let key = SeasonKey {
            board: board.clone(),
            season,
        };
        let now = count.made().map(|(standing, ())| standing);
        let version = keep(db, &key, player, now, rules.recounting).await?;
        changed.extend(version.map(|version| {
            let stored = StoredStanding {
                player: player.clone(),
                name: name.clone(),
                standing: now,
                version,
            };
            (key, stored)
        }));
    }
    Ok(changed)
}

/// Explains a player's standing under the board's current rules.
pub(in crate::ledger) async fn explain(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    key: &SeasonKey,
    player: &PlayerId,
) -> Result<Option<Explanation>, LedgerError> {
    let Some(rules) = rules(db, &key.board).await? else {
        return Ok(None);
    };
    let owner = self::player(db, player).await?;
    let mut count: Count<SubmissionRecord> = Count::new(rules.policy, rules.order);
    let (mut counted, mut uncounted) = (0, 0);
    let see = |judged: Result<Judged, LedgerError>| -> Result<(), LedgerError> {
        let Some(judged) = readable("submissions", judged) else {
            return Ok(());
        };
        if judged.feeds != *player || !judged.record.seasons.contains(&key.season) {
            return Ok(());
        }
        let is_over = judged.record.seq <= rules.season_rule(key.season).begun_after;
        if !judged.counts() || owner.is_banned || is_over {
            uncounted += 1;
            return Ok(());
        }
        counted += 1;
        let (value, at) = (judged.record.value, judged.at);
        count.add(value, at, judged.record);
        Ok(())
    };
    let nobody = BTreeSet::new();
    each_submission(any, db, &key.board, player, &nobody, see).await?;
    let made = count.made();
    Ok(made.map(|(standing, deciding)| Explanation {
        standing,
        counted,
        uncounted,
        deciding,
        policy: rules.policy,
        order: rules.order,
        tie: rules.tie,
    }))
}

async fn rules(db: &mut AnyConnection, slug: &Slug) -> Result<Option<Board>, LedgerError> {
    let row = query(boards::select("WHERE slug = $1")).bind(slug.as_str().to_owned());
    let row = row.fetch_optional(db).await.map_err(failed)?;
    let board = |row: &AnyRow| boards::read(&text(row, 0)?, number(row, 1)?);
    row.as_ref().map(board).transpose()
}

/// Calls `see` with submissions on a board, in the order of recording: those of a player, of
/// players merged into the player, and of `others`. Those that cannot be read are errors for `see`
/// to judge.
async fn each_submission(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    board: &Slug,
    player: &PlayerId,
    others: &BTreeSet<PlayerId>,
    mut see: impl FnMut(Result<Judged, LedgerError>) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let places = (0..others.len()).map(|n| format!(", ${}", n + 3));
    let condition = format!(
        "WHERE s.board = $1 AND (s.player IN ($2{}) OR s.player IN
           (SELECT player FROM player_rulings WHERE merged_into = $2)) ORDER BY s.seq",
        places.collect::<String>()
    );
    let mut query = query(submissions(any, &condition))
        .bind(board.as_str().to_owned())
        .bind(player.as_str().to_owned());
    for other in others {
        query = query.bind(other.as_str().to_owned());
    }
    let mut rows = query.fetch(db);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        see(judged(&row))?;
    }
    Ok(())
}

/// Stores a recounted standing, `now`. Returns its version if its score or time changed, or could
/// not be read. While all of the board is recounted, it always has a new version, so that the older
/// count of that recount does not replace it.
async fn keep(
    db: &mut AnyConnection,
    key: &SeasonKey,
    player: &PlayerId,
    now: Option<Standing>,
    is_recounting: bool,
) -> Result<Option<u64>, LedgerError> {
    let (season, id) = (key.season.to_string(), player.as_str().to_owned());
    let row = sqlx::query(
        "SELECT score, achieved_at, latest_at, version, is_gone FROM standings
         WHERE board = $1 AND season = $2 AND player = $3",
    )
    .bind(key.board.as_str().to_owned())
    .bind(season.clone())
    .bind(id.clone());
    let row = row.fetch_optional(&mut *db).await.map_err(failed)?;
    let (before, counted) = match &row {
        None => (Some(None), 0),
        Some(row) => {
            let (score, achieved, latest) = (number(row, 0)?, number(row, 1)?, number(row, 2)?);
            let standing = kept(score, achieved, latest, number(row, 4)?);
            (readable("standings", standing), version(number(row, 3)?)?)
        }
    };
    // A standing that cannot be read differs from every new one.
    if before == Some(now) && !is_recounting {
        return Ok(None);
    }
    let ranked = |s: Standing| (s.score, s.achieved_at);
    let place = |standing: Option<Standing>| standing.map(ranked);
    let is_same_place = before.map(place) == Some(place(now)) && !is_recounting;
    let counted = counted + u64::from(!is_same_place);
    let write = match now {
        Some(standing) => sqlx::query(
            "INSERT INTO standings
               (board, season, player, version, score, achieved_at, latest_at, is_gone)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
             ON CONFLICT (board, season, player) DO UPDATE SET
               version = excluded.version, score = excluded.score,
               achieved_at = excluded.achieved_at, latest_at = excluded.latest_at, is_gone = 0",
        )
        .bind(key.board.as_str().to_owned())
        .bind(season)
        .bind(id)
        .bind(counted.cast_signed())
        .bind(standing.score.get())
        .bind(standing.achieved_at.millis_i64())
        .bind(standing.latest_at.millis_i64()),
        None => sqlx::query(
            "UPDATE standings SET version = $4, is_gone = 1
             WHERE board = $1 AND season = $2 AND player = $3",
        )
        .bind(key.board.as_str().to_owned())
        .bind(season)
        .bind(id)
        .bind(counted.cast_signed()),
    };
    write.execute(&mut *db).await.map_err(failed)?;
    Ok((!is_same_place).then_some(counted))
}
