//! Whether a submission may be recorded, by its board's rules as they are when
//! it is committed. Whatever is refused is refused here.
//!
//! A refusal travels with the entry instead of stopping it: a repeat of a
//! submission that was recorded gets its first answer again, also when the
//! board has closed or its bounds have moved since.

use std::sync::PoisonError;

use crate::service::error::Error;
use crate::service::leaderboards::Boards;
use crate::service::ports::ledger::Entry;
use crate::{InvalidValue, Submission, Timestamp};

/// How far a trusted caller's clock may run ahead of ours, in milliseconds.
const CLOCK_SKEW_MILLIS: i64 = 60_000;

/// Prepares a submission that arrived at `arrived` for the ledger.
///
/// # Errors
/// [`Error::UnknownBoard`]; every other refusal is in the entry.
pub(crate) fn admit(
    boards: &Boards,
    submission: Submission,
    arrived: Timestamp,
) -> Result<Entry, Error> {
    let board = {
        let boards = boards.read().unwrap_or_else(PoisonError::into_inner);
        boards.get(&submission.board).cloned()
    };
    let board = board.ok_or_else(|| Error::UnknownBoard(submission.board.clone()))?;
    let at = submission.at.unwrap_or(arrived);
    let refusal = || -> Result<(), Error> {
        board.check_value(submission.value)?;
        if at > arrived.plus_millis(CLOCK_SKEW_MILLIS) {
            let reason = format!("must not be after now, {arrived}");
            return Err(InvalidValue::new("at", at, reason).into());
        }
        Ok(board.check_open(at)?)
    };
    let (seasons, closed) = match board.open_seasons_at(at) {
        Ok(seasons) => (seasons, None),
        Err(closed) => (Vec::new(), Some(closed.into())),
    };
    Ok(Entry {
        refusal: refusal().err().or(closed),
        seasons,
        board,
        submission,
        arrived,
        at,
    })
}
