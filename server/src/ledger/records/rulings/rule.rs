//! A ruling by a moderator.

use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::RuledBatch;
use leaderport::service::ports::stored::{BatchId, StoredName, StoredStanding};
use leaderport::{InvalidValue, PlayerId, Ruled, Ruling, SeasonKey};
use sqlx::AnyConnection;

use super::count::recount;
use super::decision::{ban, judge, merge, rename};
use crate::ledger::audit;
use crate::ledger::database::any::{AnyDatabase, LONG_PATIENCE};
use crate::ledger::database::columns::{self, corrupt};

/// Applies the ruling, recounts affected standings and writes the audit note, in one transaction
/// under an exclusive lock.
pub(in crate::ledger) async fn rule(
    db: &AnyDatabase,
    ruling: &Ruling,
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
            } => rename(transaction, player, name, *fixed).await?,
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
            before: Some(undo),
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

/// Inserts changed standings and names into the outbox. Returns the batch, if there is one.
pub(super) async fn put_in_outbox(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    changed: &[(SeasonKey, StoredStanding)],
    names: &[(PlayerId, StoredName)],
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
