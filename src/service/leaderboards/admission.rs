//! Admission: checks a submission against its board's rules at the time of the commit. All
//! refusals of submissions are decided here.
//!
//! A refusal is stored in the entry, and the ledger still receives the entry. A repeat of a
//! recorded submission therefore gets the first answer, even if the board has closed or
//! changed its bounds since.

use std::sync::PoisonError;

use crate::service::error::Error;
use crate::service::leaderboards::Boards;
use crate::service::ports::ledger::{Entry, Origin};
use crate::{InvalidValue, Submission, Timestamp};

/// Tolerated clock skew of a trusted caller, in milliseconds.
const CLOCK_SKEW_MILLIS: i64 = 60_000;

/// The terms on which a caller submits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// The origin of the submissions.
    pub(crate) origin: Origin,
    /// Whether names replace those of players who have one.
    pub(crate) may_rename: bool,
}

/// Converts a submission that arrived at `arrived` into an entry for the ledger.
///
/// # Errors
/// Returns [`Error::UnknownBoard`]. Every other refusal is stored in the entry.
pub(crate) fn admit(
    boards: &Boards,
    submission: Submission,
    arrived: Timestamp,
    Terms { origin, may_rename }: Terms,
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
        board.check_open(at)?;
        if board.recounting {
            return Err(Error::Recounting(board.slug.clone()));
        }
        Ok(())
    };
    let (seasons, closed) = match board.open_seasons_at(at) {
        Ok(seasons) => (seasons, None),
        Err(closed) => (Vec::new(), Some(closed.into())),
    };
    Ok(Entry {
        refusal: refusal().err().or(closed),
        seasons,
        origin,
        may_rename,
        board,
        submission,
        arrived,
        at,
    })
}
