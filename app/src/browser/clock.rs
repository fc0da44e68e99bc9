//! The browser's clock, and reloading the page.

use gloo_timers::callback::Timeout;
use leaderport::Timestamp;
use leptos::prelude::window;

/// The time by the browser's clock.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis_clamped(millis)
}

/// Reloads the page.
pub fn reload_page() {
    // A browser that refuses keeps showing the page.
    let _ = window().location().reload();
}

/// Runs `run` after some milliseconds, unless the page is closed before.
pub fn after(millis: u32, run: impl FnOnce() + 'static) {
    Timeout::new(millis, run).forget();
}
