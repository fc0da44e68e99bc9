//! Reloads a page whose code has failed.
//!
//! A file of the code may be missing because the server was upgraded. A reload then fetches the new
//! version. Reloads are rate-limited, because a permanent fault would repeat after each one.

use leptos::prelude::window;

use super::clock::{now, reload_page};

/// The key in the tab's storage that holds the time of the last recovery.
const RECOVERED_AT: &str = "leaderport.recovered";

/// The shortest time between two recoveries, in milliseconds.
const PAUSE_MILLIS: u64 = 600_000;

/// Reloads the page, unless a recovery was attempted within the last ten minutes or there is no
/// network.
pub fn reload_after_crash() {
    let Ok(Some(storage)) = window().session_storage() else {
        return;
    };
    let now = now().millis_i64();
    let last = storage.get_item(RECOVERED_AT).ok().flatten();
    let last = last.and_then(|at| at.parse::<i64>().ok());
    // Only the device's clock spans page loads. A clock that was set back must not forbid recovery.
    let may_reload = last.is_none_or(|at| now.abs_diff(at) > PAUSE_MILLIS);
    let is_online = window().navigator().on_line();
    if may_reload && is_online && storage.set_item(RECOVERED_AT, &now.to_string()).is_ok() {
        reload_page();
    }
}
