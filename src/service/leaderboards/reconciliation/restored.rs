//! Detection of a ledger that was restored to an earlier state beside a living broker.
//!
//! A remote broker keeps a list of the newest standings that it applied or loaded. A ledger that
//! has an older version of one of them was restored: the broker shows scores that no ledger has.
//! Its seasons are then dropped, and loaded from the ledger by the next read.

use std::collections::BTreeSet;

use crate::Slug;
use crate::service::error::Error;
use crate::service::ports::broker::Broker;
use crate::service::ports::ledger::Ledger;

/// Drops the seasons of a broker that is ahead of the ledger. Returns whether it was ahead.
/// `boards` are those of the ledger, with those that this version cannot read.
///
/// # Errors
/// Fails if an engine is down. The next call repeats the rest.
pub(crate) async fn drop_if_ahead(
    ledger: &dyn Ledger,
    broker: &dyn Broker,
    boards: BTreeSet<Slug>,
) -> Result<bool, Error> {
    // Read the broker first: a standing is recorded before the broker applies it.
    let applied = broker.newest_applied().await?;
    let (applied, of_no_board): (Vec<_>, Vec<_>) = applied
        .into_iter()
        .partition(|standing| boards.contains(&standing.key.board));
    // A board that the ledger does not have was deleted, or lost. Its seasons are not read.
    let no_boards = of_no_board.into_iter().map(|standing| standing.key.board);
    for board in no_boards.collect::<BTreeSet<Slug>>() {
        broker.forget(&board, None).await?;
    }
    let mut is_ahead = false;
    for standing in &applied {
        let recorded = ledger.version(&standing.key, &standing.player).await?;
        if recorded < standing.version {
            tracing::warn!(
                season = %standing.key,
                ranked = standing.version,
                recorded,
                "the ledger was restored to an earlier state; the broker's seasons are dropped and loaded again"
            );
            is_ahead = true;
            break;
        }
    }
    if !is_ahead {
        return Ok(false);
    }
    for board in &boards {
        broker.forget(board, None).await?;
    }
    // The versions of names begin again at those of the ledger.
    broker.forget_name_versions(&boards).await?;
    // Last, so that a failure before is repeated.
    broker.forget_newest_applied(None).await?;
    Ok(true)
}
