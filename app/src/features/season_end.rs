//! Moves a page on to the next season when its season has ended: reloads it, or offers that to a
//! reader who is in the middle of something.

use leaderport::Season;
use leaderport::protocol::RunningSeason;
use leptos::prelude::*;

use crate::browser::clock::{after, reload_page};
use crate::browser::typed_value::has_typed_text;

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

/// Reloads the page after a short wait. If the reader is busy by then, or a form has text that the
/// reader typed, sets `is_offered` instead. An offered reload never happens by itself.
pub fn move_on(is_busy: impl Fn() -> bool + 'static, is_offered: RwSignal<bool>) {
    if is_offered.get_untracked() {
        return;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 2,500"
    )]
    let random = (SPREAD_MILLIS * js_sys::Math::random()) as u32;
    after(MIN_WAIT_MILLIS + random, move || {
        if is_busy() || has_typed_text() {
            // None once the page is closed.
            is_offered.try_set(true);
        } else {
            reload_page();
        }
    });
}
