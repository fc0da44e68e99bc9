//! A page whose season has ended is loaded anew, with the next one.

use gloo_timers::callback::Timeout;
use leaderport::Season;
use leaderport::protocol::RunningSeason;

use crate::features::board_sync::reload;

/// How long after its season ended the page is loaded anew, at random within this.
const RELOAD_MILLIS: f64 = 2_500.0;

fn reload_millis() -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 2,500"
    )]
    let millis = (RELOAD_MILLIS * js_sys::Math::random()) as u32;
    300 + millis
}

/// Loads the page anew if a season that it shows has ended: a later one of its period is running.
pub fn reload_after(shown: Season, running: &[RunningSeason]) {
    let is_next = |s: &RunningSeason| s.season.period() == shown.period() && s.season > shown;
    if running.iter().any(is_next) {
        // Not at once: everybody hears of it in the same moment, and the clock of the
        // node that answers may be a little behind.
        Timeout::new(reload_millis(), reload).forget();
    }
}
