//! The phase of a board's season at an instant, and the reason why a season accepts no scores.

use leaderport::board::Closed;
use leaderport::service::SeasonInfo;
use leaderport::{Board, Timestamp};

use crate::core::season_phase::SeasonPhase;
use crate::error::why_closed;
use crate::words;
use crate::words::dates;

/// The reason why a season accepts no scores; none if it accepts them.
pub(super) fn closed(board: &Board, season: &SeasonInfo, now: Timestamp) -> Option<String> {
    match phase(board, season, now) {
        SeasonPhase::Open => None,
        SeasonPhase::Closed => Some(why_closed(Closed::Seasons)),
        SeasonPhase::Upcoming(at) => Some(words::season_opens(dates::minute(at))),
        SeasonPhase::Final | SeasonPhase::Archived => Some(match board.check_open(now) {
            Err(reason) => why_closed(reason),
            Ok(()) => words::season_has_ended().to_owned(),
        }),
    }
}

/// The phase of a season of a board at `now`.
pub(super) fn phase(board: &Board, season: &SeasonInfo, now: Timestamp) -> SeasonPhase {
    let has_ended = season.next_reset.is_some_and(|end| end <= now);
    let is_closed = board.season_rule(season.key.season).closed;
    match board.check_open(now) {
        Err(Closed::Archived) => SeasonPhase::Archived,
        _ if has_ended => SeasonPhase::Final,
        Err(Closed::NotYetOpen(at)) => SeasonPhase::Upcoming(at.max(season.starts_at)),
        Err(Closed::Since(_)) => SeasonPhase::Final,
        _ if season.starts_at > now => SeasonPhase::Upcoming(season.starts_at),
        Err(Closed::Seasons) => SeasonPhase::Closed,
        Ok(()) if is_closed => SeasonPhase::Closed,
        Ok(()) => SeasonPhase::Open,
    }
}
