//! Writes the decision of a ruling, and lists the affected standings.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredName;
use leaderport::{InvalidValue, PlayerId, PlayerName, Ruling, Slug, SubmissionId, SubmissionState};
use sqlx::AnyConnection;

use crate::ledger::database::any::{AnyDatabase, query, text};
use crate::ledger::database::columns::{all_readable, corrupt, failed};
use crate::ledger::names;
use crate::ledger::records::judged::{Judged, judged, player, player_to_rule, submissions};

/// The standings to recount, by board and player. The value is the set of players whose submissions
/// may have changed these standings.
pub(super) type Touched = BTreeMap<(Slug, PlayerId), BTreeSet<PlayerId>>;

/// A decision, before the recount.
#[derive(Default)]
pub(super) struct Decided {
    /// The number of submissions or players that the ruling changes.
    pub(super) changed: u64,
    /// The rulings that revert this one.
    pub(super) undo: Vec<Ruling>,
    pub(super) touched: Touched,
    /// New display names.
    pub(super) names: Vec<(PlayerId, StoredName)>,
}

pub(super) type Decision = Result<Result<Decided, InvalidValue>, LedgerError>;

/// Sets the state of single submissions.
pub(super) async fn judge(
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

/// Bans players, or lifts their bans.
pub(super) async fn ban(db: &mut AnyConnection, players: &[PlayerId], banned: bool) -> Decision {
    let mut decided = Decided::default();
    let mut others = Vec::new();
    for id in players {
        let record = player_to_rule(db, id).await?;
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

/// Merges players into another one, or separates them again.
pub(super) async fn merge(
    db: &mut AnyConnection,
    players: &[PlayerId],
    into: Option<&PlayerId>,
) -> Decision {
    if let Some(into) = into
        && let Some(other) = player_to_rule(db, into).await?.merged_into
    {
        let rule = format!("must not be merged itself, and is merged into {other}");
        return Ok(Err(InvalidValue::new("into", into, rule)));
    }
    let mut decided = Decided::default();
    let mut before: BTreeMap<Option<PlayerId>, Vec<PlayerId>> = BTreeMap::new();
    for id in players {
        let own = player_to_rule(db, id).await?.merged_into;
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

/// Sets a player's name. While it is fixed, the player cannot change it.
pub(super) async fn rename(
    db: &mut AnyConnection,
    id: &PlayerId,
    name: &PlayerName,
    fixed: bool,
) -> Decision {
    let record = player(db, id).await?;
    let before = record.name.unwrap_or_else(|| id.into());
    let mut decided = Decided::default();
    if before == *name && record.is_name_fixed == fixed {
        return Ok(Ok(decided));
    }
    let stored = names::put(db, id, name).await?;
    let statements = [
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
    decided.names.push((id.clone(), stored));
    Ok(Ok(decided))
}

/// The boards with submissions of a player, or of players merged into them.
async fn boards_of(db: &mut AnyConnection, player: &PlayerId) -> Result<Vec<Slug>, LedgerError> {
    let sql = "SELECT DISTINCT board FROM submissions WHERE player IN
         (SELECT $1 UNION SELECT player FROM player_rulings WHERE merged_into = $1)";
    let rows = sqlx::query(sql).bind(player.as_str().to_owned());
    let rows = rows.fetch_all(db).await.map_err(failed)?;
    let slugs = rows.iter();
    let slugs = slugs.map(|row| Slug::new(&text(row, 0)?).map_err(corrupt));
    Ok(all_readable("submissions", slugs))
}
