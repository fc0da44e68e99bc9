//! The time until the next reset.

use leaderport::Timestamp;
use leptos::prelude::*;

use super::{on_server, text};
use crate::browser::countdown::time_left;
use crate::locale::dates::instant;
use crate::words;

/// Counts down in the browser; on the server it shows the time left then.
#[component]
pub fn Countdown(
    /// When it ends.
    until: Timestamp,
    /// The server's time when the page was made.
    now: Timestamp,
) -> impl IntoView {
    let left = RwSignal::new(until.millis_i64() - now.millis_i64());
    #[cfg(feature = "hydrate")]
    {
        // Counted by the browser's own clock from when the page came, so that a
        // wrong one shows the right time left.
        let began = js_sys::Date::now();
        let whole = left.get_untracked();
        let tick = move || {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a visit")]
            let passed = (js_sys::Date::now() - began) as i64;
            left.set(whole - passed);
        };
        let timer = set_interval_with_handle(tick, std::time::Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    }
    view! {
        <span class="countdown" title=on_server(|| instant(until))>
            {words::resets_in()}" " <time datetime=on_server(|| until.to_string())>{text(move || time_left(left.get()))}</time>
        </span>
    }
}
