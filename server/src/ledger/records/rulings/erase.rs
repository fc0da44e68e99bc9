//! Erases a player and all their data, in the transaction of a ruling.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::RuledBatch;
use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, Ruled, SeasonKey, Timestamp};
use sqlx::AnyConnection;

use super::count::recount;
use super::decision::{Touched, ban, merge};
use super::rule::put_in_outbox;
use crate::ledger::audit;
use crate::ledger::database::any::{AnyDatabase, LONG_PATIENCE, number, text};
use crate::ledger::database::columns::{self, corrupt, failed, version};
use crate::ledger::directory::end_proofs;
use crate::ledger::records::judged;

/// The seasons of a player's submissions.
async fn fed_by(
    db: &mut AnyConnection,
    player: &PlayerId,
) -> Result<BTreeSet<SeasonKey>, LedgerError> {
    let sql = "SELECT board, standings FROM submissions WHERE player = $1";
    let mut rows = sqlx::query(sql).bind(player.as_str().to_owned()).fetch(db);
    let mut keys = BTreeSet::new();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        keys.extend(columns::seasons(&text(&row, 0)?, &text(&row, 1)?)?);
    }
    Ok(keys)
}

/// The deletions after the recount, in this order.
const REMOVE: [&str; 7] = [
    "DELETE FROM answers WHERE id IN (SELECT id FROM submissions WHERE player = $1)",
    "DELETE FROM submission_rulings WHERE seq IN (SELECT seq FROM submissions WHERE player = $1)",
    "DELETE FROM submissions WHERE player = $1",
    "DELETE FROM name_words WHERE player = $1",
    "DELETE FROM players WHERE player = $1",
    "DELETE FROM identities WHERE player = $1",
    "DELETE FROM accounts WHERE player = $1",
];

/// Notes the time, so that an import does not bring the player back, and the version of the removal
/// of the name. Returns the version.
async fn remember_erasure(
    db: &mut AnyConnection,
    player: &PlayerId,
    at: Timestamp,
) -> Result<u64, LedgerError> {
    let sql = "INSERT INTO erased_players (player, erased_at, name_version) VALUES ($1, $2,
           1 + coalesce((SELECT version FROM players WHERE player = $1), 0))
         ON CONFLICT (player) DO UPDATE SET erased_at = excluded.erased_at,
           name_version = CASE WHEN excluded.name_version > erased_players.name_version
             THEN excluded.name_version ELSE erased_players.name_version + 1 END
         RETURNING name_version";
    let noted = sqlx::query(sql).bind(player.as_str().to_owned());
    let row = noted.bind(at.millis_i64()).fetch_one(db).await;
    version(number(&row.map_err(failed)?, 0)?)
}

pub(in crate::ledger) async fn erase(
    db: &AnyDatabase,
    player: &PlayerId,
    note: &AuditNote,
) -> Result<RuledBatch, LedgerError> {
    let erased = db.alone(LONG_PATIENCE, async |transaction| {
        // Players who were merged into this one get their own standings again.
        let others = "SELECT player FROM player_rulings WHERE merged_into = $1";
        let others = sqlx::query(others).bind(player.as_str().to_owned());
        let others = others.fetch_all(&mut **transaction).await.map_err(failed)?;
        let others = others
            .iter()
            .map(|row| PlayerId::stored(&text(row, 0)?).map_err(corrupt));
        let others: Vec<PlayerId> = others.collect::<Result<_, _>>()?;
        let own = judged::player_to_rule(transaction, player).await?;
        let was_banned = match &own.merged_into {
            Some(other) => {
                own.is_banned || judged::player_to_rule(transaction, other).await?.is_banned
            }
            None => own.is_banned,
        };
        // A ban of the erased player also covered the players merged into them, so these players
        // are now banned themselves.
        let banned_with_them = if own.is_banned { &others[..] } else { &[] };
        let mut touched = Touched::new();
        for decided in [
            ban(transaction, banned_with_them, true).await?,
            merge(transaction, &others, None).await?,
            ban(transaction, std::slice::from_ref(player), true).await?,
        ] {
            let Ok(decided) = decided else { continue };
            for (key, feeders) in decided.touched {
                touched.entry(key).or_default().extend(feeders);
            }
        }
        let mut changed = Vec::new();
        for ((board, fed), feeders) in &touched {
            changed.extend(recount(db, transaction, board, fed, feeders).await?);
        }
        let mut keys: BTreeSet<SeasonKey> = changed.iter().map(|(key, _)| key.clone()).collect();
        for feeder in others.iter().chain([player]) {
            keys.extend(fed_by(transaction, feeder).await?);
        }
        for key in keys {
            let clear = sqlx::query(
                "UPDATE standings SET score = 0, achieved_at = 0, latest_at = 0
                 WHERE board = $1 AND season = $2 AND player = $3 AND is_gone = 1",
            )
            .bind(key.board.as_str().to_owned())
            .bind(key.season.to_string())
            .bind(player.as_str().to_owned());
            clear.execute(&mut **transaction).await.map_err(failed)?;
        }
        // Keep the ban, so that erasure does not lift it.
        let rulings = if was_banned {
            "UPDATE player_rulings SET merged_into = NULL, is_name_fixed = 0 WHERE player = $1"
        } else {
            "DELETE FROM player_rulings WHERE player = $1"
        };
        let rulings = sqlx::query(rulings).bind(player.as_str().to_owned());
        rulings.execute(&mut **transaction).await.map_err(failed)?;
        let named = remember_erasure(transaction, player, note.at).await?;
        // Remaining cookies and tokens must not identify this player any more.
        end_proofs(transaction, player, note.at).await?;
        for remove in REMOVE {
            let remove = sqlx::query(remove).bind(player.as_str().to_owned());
            remove.execute(&mut **transaction).await.map_err(failed)?;
        }
        for (_, stored) in changed.iter_mut().filter(|(_, s)| s.player == *player) {
            stored.name = None;
        }
        let id_as_name = StoredName {
            name: player.into(),
            version: named,
        };
        let names = vec![(player.clone(), id_as_name)];
        let id = put_in_outbox(db, transaction, &changed, &names, note).await?;
        audit::write(transaction, note).await?;
        let ruled = Ruled {
            changed: 1,
            standings: changed.len() as u64,
            undo: Vec::new(),
        };
        Ok(Ok::<_, std::convert::Infallible>(RuledBatch {
            id,
            ruled,
            changed,
            names,
        }))
    });
    let Ok(batch) = erased.await?;
    Ok(batch)
}
