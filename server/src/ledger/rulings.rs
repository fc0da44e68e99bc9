//! A ruling in one transaction: what is decided is written, every standing that
//! it touches is counted anew from the submissions that count, and what changed
//! goes into the outbox and the audit log.

mod erase;

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt;
use leaderport::audit::AuditNote;
use leaderport::service::ports::error::LedgerError;
use leaderport::service::ports::records::{RuledBatch, RuledBy};
use leaderport::service::ports::stored::{BatchId, StoredStanding};
use leaderport::standing::Count;
use leaderport::{
    Board, Explanation, InvalidValue, PlayerId, PlayerName, Ruled, Ruling, Season, SeasonKey, Slug,
    Standing, SubmissionId, SubmissionRecord, SubmissionState,
};
use sqlx::AnyConnection;

use super::any::{AnyDatabase, LONG_PATIENCE, number, query, text};
use super::audit;
use super::columns::{self, corrupt, failed, kept, version};
use super::judged::{Judged, judged, player, submissions};

pub(super) use self::erase::erase;

/// Whose standings on which board are counted anew, and whose submissions may
/// have fed them.
type Touched = BTreeMap<(Slug, PlayerId), BTreeSet<PlayerId>>;

/// What is decided, before anything is counted.
#[derive(Default)]
struct Decided {
    changed: u64,
    undo: Vec<Ruling>,
    touched: Touched,
    names: Vec<(PlayerId, PlayerName)>,
}

type Decision = Result<Result<Decided, InvalidValue>, LedgerError>;

pub(super) async fn rule(
    db: &AnyDatabase,
    ruling: &Ruling,
    by: RuledBy,
    note: &AuditNote,
) -> Result<Result<RuledBatch, InvalidValue>, LedgerError> {
    db.alone(LONG_PATIENCE, async |transaction| {
        let decided = match ruling {
            Ruling::Submissions { ids, state } => judge(db, transaction, ids, *state).await?,
            Ruling::Ban { players, banned } => ban(transaction, players, *banned).await?,
            Ruling::Merge { players, into } => merge(transaction, players, into.as_ref()).await?,
            Ruling::Rename {
                player,
                name,
                fixed,
            } => rename(transaction, player, name, *fixed, by).await?,
        };
        let decided = match decided {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut changed = Vec::new();
        for ((board, player), feeders) in &decided.touched {
            changed.extend(recount(db, transaction, board, player, feeders).await?);
        }
        let id = put_in_outbox(db, transaction, &changed, &decided.names, note).await?;
        let undo = serde_json::to_string(&decided.undo).map_err(corrupt)?;
        let note = AuditNote {
            // A player's own names are not kept for ever.
            before: (by == RuledBy::Moderator).then_some(undo),
            ..note.clone()
        };
        audit::write(transaction, &note).await?;
        let ruled = Ruled {
            changed: decided.changed,
            standings: changed.len() as u64,
            undo: decided.undo,
        };
        Ok(Ok(RuledBatch {
            id,
            ruled,
            changed,
            names: decided.names,
        }))
    })
    .await
}

async fn judge(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    ids: &[SubmissionId],
    state: SubmissionState,
) -> Decision {
    let mut decided = Decided::default();
    let mut before: BTreeMap<&str, (SubmissionState, Vec<SubmissionId>)> = BTreeMap::new();
    let condition = format!("WHERE s.id = {}", any.dialect.id);
    for id in ids {
        let found = query(submissions(any, &condition)).bind(id.to_string());
        let found = found.fetch_optional(&mut *db).await.map_err(failed)?;
        let Some(row) = found else {
            let rule = "must be submissions that were recorded";
            return Ok(Err(InvalidValue::new("ids", id, rule)));
        };
        let Judged { record, feeds, .. } = judged(&row)?;
        if record.state == state {
            continue;
        }
        let seq = record.seq.cast_signed();
        let write = if state == SubmissionState::Counted {
            sqlx::query("DELETE FROM submission_rulings WHERE seq = $1").bind(seq)
        } else {
            let put = "INSERT INTO submission_rulings (seq, state) VALUES ($1, $2)
                 ON CONFLICT (seq) DO UPDATE SET state = excluded.state";
            sqlx::query(put).bind(seq).bind(state.as_str())
        };
        write.execute(&mut *db).await.map_err(failed)?;
        decided.changed += 1;
        let of_state = before.entry(record.state.as_str());
        let (_, ids) = of_state.or_insert((record.state, Vec::new()));
        ids.push(*id);
        let feeders = decided.touched.entry((record.board, feeds)).or_default();
        feeders.insert(record.player);
    }
    let undo = before.into_values();
    decided.undo = undo
        .map(|(state, ids)| Ruling::Submissions { ids, state })
        .collect();
    Ok(Ok(decided))
}

async fn ban(db: &mut AnyConnection, players: &[PlayerId], banned: bool) -> Decision {
    let mut decided = Decided::default();
    let mut others = Vec::new();
    for id in players {
        let record = player(db, id).await?;
        if record.is_banned == banned {
            continue;
        }
        let put = "INSERT INTO player_rulings (player, is_banned) VALUES ($1, $2)
             ON CONFLICT (player) DO UPDATE SET is_banned = excluded.is_banned";
        let put = sqlx::query(put).bind(id.as_str().to_owned());
        let put = put.bind(i64::from(banned));
        put.execute(&mut *db).await.map_err(failed)?;
        others.push(id.clone());
        let fed = record.merged_into.unwrap_or_else(|| id.clone());
        for board in boards_of(db, id).await? {
            let feeders = decided.touched.entry((board, fed.clone())).or_default();
            feeders.insert(id.clone());
        }
    }
    decided.changed = others.len() as u64;
    if !others.is_empty() {
        decided.undo.push(Ruling::Ban {
            players: others,
            banned: !banned,
        });
    }
    Ok(Ok(decided))
}

async fn merge(db: &mut AnyConnection, players: &[PlayerId], into: Option<&PlayerId>) -> Decision {
    if let Some(into) = into
        && let Some(other) = player(db, into).await?.merged_into
    {
        let rule = format!("must not be merged itself, and is merged into {other}");
        return Ok(Err(InvalidValue::new("into", into, rule)));
    }
    let mut decided = Decided::default();
    let mut before: BTreeMap<Option<PlayerId>, Vec<PlayerId>> = BTreeMap::new();
    for id in players {
        let own = player(db, id).await?.merged_into;
        if own.as_ref() == into {
            continue;
        }
        let has_others = "SELECT player FROM player_rulings WHERE merged_into = $1 LIMIT 1";
        let has_others = sqlx::query(has_others).bind(id.as_str().to_owned());
        let other = has_others.fetch_optional(&mut *db).await.map_err(failed)?;
        if let Some(other) = other {
            let other = text(&other, 0)?;
            let rule = format!("must have nobody merged into them, and {other} is");
            return Ok(Err(InvalidValue::new("players", id, rule)));
        }
        let put = "INSERT INTO player_rulings (player, merged_into) VALUES ($1, $2)
             ON CONFLICT (player) DO UPDATE SET merged_into = excluded.merged_into";
        let put = sqlx::query(put).bind(id.as_str().to_owned());
        let put = put.bind(into.map(|into| into.as_str().to_owned()));
        put.execute(&mut *db).await.map_err(failed)?;
        for board in boards_of(db, id).await? {
            for fed in [Some(id), own.as_ref(), into].into_iter().flatten() {
                let key = (board.clone(), fed.clone());
                decided.touched.entry(key).or_default().insert(id.clone());
            }
        }
        before.entry(own).or_default().push(id.clone());
        decided.changed += 1;
    }
    let undo = before.into_iter();
    decided.undo = undo
        .map(|(into, players)| Ruling::Merge { players, into })
        .collect();
    Ok(Ok(decided))
}

async fn rename(
    db: &mut AnyConnection,
    id: &PlayerId,
    name: &PlayerName,
    fixed: bool,
    by: RuledBy,
) -> Decision {
    let record = player(db, id).await?;
    if by == RuledBy::Player && record.is_name_fixed {
        let rule = "must stay as it is: a moderator gave it";
        return Ok(Err(InvalidValue::new("name", name, rule)));
    }
    let before = record.name.unwrap_or_else(|| id.into());
    let mut decided = Decided::default();
    if before == *name && record.is_name_fixed == fixed {
        return Ok(Ok(decided));
    }
    let statements = [
        sqlx::query(
            "INSERT INTO players (player, name, folded) VALUES ($1, $2, $3)
             ON CONFLICT (player) DO UPDATE SET name = excluded.name, folded = excluded.folded",
        )
        .bind(id.as_str().to_owned())
        .bind(name.as_str().to_owned())
        .bind(columns::folded(name)),
        sqlx::query("UPDATE accounts SET name = $2 WHERE player = $1")
            .bind(id.as_str().to_owned())
            .bind(name.as_str().to_owned()),
        sqlx::query(
            "INSERT INTO player_rulings (player, is_name_fixed) VALUES ($1, $2)
             ON CONFLICT (player) DO UPDATE SET is_name_fixed = excluded.is_name_fixed",
        )
        .bind(id.as_str().to_owned())
        .bind(i64::from(fixed)),
    ];
    for statement in statements {
        statement.execute(&mut *db).await.map_err(failed)?;
    }
    decided.changed = 1;
    decided.undo.push(Ruling::Rename {
        player: id.clone(),
        name: before,
        fixed: record.is_name_fixed,
    });
    decided.names.push((id.clone(), name.clone()));
    Ok(Ok(decided))
}

/// The boards that a player, or whoever was merged into them, submitted to.
async fn boards_of(db: &mut AnyConnection, player: &PlayerId) -> Result<Vec<Slug>, LedgerError> {
    let sql = "SELECT DISTINCT board FROM submissions WHERE player IN
         (SELECT $1 UNION SELECT player FROM player_rulings WHERE merged_into = $1)";
    let rows = sqlx::query(sql).bind(player.as_str().to_owned());
    let rows = rows.fetch_all(db).await.map_err(failed)?;
    rows.iter()
        .map(|row| Slug::new(&text(row, 0)?).map_err(corrupt))
        .collect()
}

async fn rules(db: &mut AnyConnection, slug: &Slug) -> Result<Option<Board>, LedgerError> {
    let row = sqlx::query("SELECT definition FROM boards WHERE slug = $1");
    let row = row.bind(slug.as_str().to_owned());
    let row = row.fetch_optional(db).await.map_err(failed)?;
    let json = row.as_ref().map(|row| text(row, 0)).transpose()?;
    json.map(|json: String| serde_json::from_str(&json).map_err(corrupt))
        .transpose()
}

/// Calls `see` with every submission that feeds a player's standings on a board,
/// or is of one of the others, in the order of recording.
async fn each_submission(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    board: &Slug,
    player: &PlayerId,
    others: &BTreeSet<PlayerId>,
    mut see: impl FnMut(Judged),
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
        see(judged(&row)?);
    }
    Ok(())
}

/// Counts a player's standings on a board anew, in every season that the
/// submissions fed. Gives those that changed.
async fn recount(
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
    // Seasons that only uncounted submissions fed are counted, too: to nothing.
    let mut seasons: BTreeMap<Season, Count<()>> = BTreeMap::new();
    let see = |judged: Judged| {
        let counts = judged.counts() && judged.feeds == *player && !owner.is_banned;
        let seq = judged.record.seq;
        for season in judged.record.seasons {
            let new = || Count::new(rules.policy, rules.order);
            let count = seasons.entry(season).or_insert_with(new);
            if counts && seq > rules.season_rule(season).begun_after {
                count.add(judged.record.value, judged.record.at, ());
            }
        }
    };
    each_submission(any, db, board, player, feeders, see).await?;
    let mut changed = Vec::new();
    for (season, count) in seasons {
        let key = SeasonKey {
            board: board.clone(),
            season,
        };
        let now = count.made().map(|(standing, ())| standing);
        let version = keep(db, &key, player, now).await?;
        changed.extend(version.map(|version| {
            let stored = StoredStanding {
                player: player.clone(),
                name: owner.name.clone(),
                standing: now,
                version,
            };
            (key, stored)
        }));
    }
    Ok(changed)
}

/// Stores a standing as it is now. Gives its version, if it changed.
async fn keep(
    db: &mut AnyConnection,
    key: &SeasonKey,
    player: &PlayerId,
    now: Option<Standing>,
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
        None => (None, 0),
        Some(row) => {
            let (score, achieved, latest) = (number(row, 0)?, number(row, 1)?, number(row, 2)?);
            let standing = kept(score, achieved, latest, number(row, 4)?)?;
            (standing, version(number(row, 3)?)?)
        }
    };
    if before == now {
        return Ok(None);
    }
    let ranked = |s: Standing| (s.score, s.achieved_at);
    let is_same_place = before.map(ranked) == now.map(ranked);
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

async fn put_in_outbox(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    changed: &[(SeasonKey, StoredStanding)],
    names: &[(PlayerId, PlayerName)],
    note: &AuditNote,
) -> Result<Option<BatchId>, LedgerError> {
    if changed.is_empty() && names.is_empty() {
        return Ok(None);
    }
    let keys = changed
        .iter()
        .map(|(key, s)| (key.clone(), s.player.clone()));
    let standings = columns::keys_text(&keys.collect::<Vec<_>>())?;
    let names = columns::players_text(names.iter().map(|(player, _)| player))?;
    let put = any.put_in_outbox(db, standings, Some(names), note.at);
    put.await.map(Some)
}

/// What makes a player's standing, by the board's rules of now.
pub(super) async fn explain(
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
    let see = |judged: Judged| {
        if judged.feeds != *player || !judged.record.seasons.contains(&key.season) {
            return;
        }
        let is_over = judged.record.seq <= rules.season_rule(key.season).begun_after;
        if !judged.counts() || owner.is_banned || is_over {
            uncounted += 1;
            return;
        }
        counted += 1;
        let (value, at) = (judged.record.value, judged.record.at);
        count.add(value, at, judged.record);
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
