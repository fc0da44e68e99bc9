//! The end of a displayed season, and the wait before a page shows the next one.

use leaderport::Season;
use leaderport::protocol::RunningSeason;

use crate::browser::clock::after;

/// The shortest wait before the reload, in milliseconds, because the clock of the node that answers
/// may be a little behind.
const MIN_WAIT_MILLIS: u32 = 300;

/// The maximum random part of the wait, in milliseconds. It spreads the reloads, because all
/// readers are notified of the end at the same moment.
const SPREAD_MILLIS: f64 = 2_500.0;

/// Whether a later season of the same period than the one shown is running.
#[must_use]
pub fn has_ended(shown: Season, running: &[RunningSeason]) -> bool {
    let is_next = |s: &RunningSeason| s.season.period() == shown.period() && s.season > shown;
    running.iter().any(is_next)
}

/// Runs `run` a short time after the end of a season, unless the page is closed before.
pub fn after_season_end(run: impl FnOnce() + 'static) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 2,500"
    )]
    let random = (SPREAD_MILLIS * js_sys::Math::random()) as u32;
    after(MIN_WAIT_MILLIS + random, run);
}
