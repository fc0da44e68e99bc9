//! Quotas of submissions.

use crate::service::access::Caller;
use crate::service::error::Error;
use crate::service::ports::limiter::Limiter;
use crate::service::quota::Limit;
use crate::{Slug, Submission};

/// Maximum number of submissions in one call.
pub const MAX_BATCH: usize = 1000;

/// Takes submissions from the quotas, before they are recorded.
///
/// # Errors
/// Returns [`Error::TooMany`]. In that case none of them may be recorded.
pub(crate) async fn take_for(
    limiter: &dyn Limiter,
    caller: &Caller,
    submissions: &[Submission],
) -> Result<(), Error> {
    let (limit, subject) = match caller {
        Caller::GameServer(key) => (Limit::Key, key.id.as_str()),
        Caller::Person { player, .. } => (Limit::Player, player.as_str()),
        Caller::Operator | Caller::Nobody => return Ok(()),
    };
    let cells = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    if submissions.is_empty() {
        return Ok(());
    }
    limiter
        .take(limit, subject, cells(submissions.len()))
        .await?;
    let mut boards: Vec<&Slug> = submissions.iter().map(|s| &s.board).collect();
    boards.sort_unstable();
    for of_board in boards.chunk_by(|a, b| a == b) {
        let board = of_board[0].as_str();
        limiter
            .take(Limit::Board, board, cells(of_board.len()))
            .await?;
    }
    Ok(())
}
