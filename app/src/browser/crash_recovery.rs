//! What becomes of a page whose code has failed: it is loaded anew, once in a while. So a
//! part of the page that is not there any more, because the server has a newer one, costs
//! a reader a click and not the page.

use leptos::prelude::window;

/// Where this tab keeps when it was loaded anew.
const AT: &str = "leaderport.recovered";

/// How long it is left alone then, in milliseconds: what fails again will fail again.
const REST_MILLIS: i64 = 600_000;

/// Loads the page anew, unless that was just done or there is no network.
pub fn load_anew() {
    let Ok(Some(kept)) = window().session_storage() else {
        return;
    };
    let now = crate::features::board_sync::now().millis_i64();
    let before = kept.get_item(AT).ok().flatten();
    let before = before.and_then(|at| at.parse::<i64>().ok());
    let is_rested = before.is_none_or(|at| now - at > REST_MILLIS);
    if is_rested && window().navigator().on_line() && kept.set_item(AT, &now.to_string()).is_ok() {
        // A browser that does not do it shows what there is.
        let _ = window().location().reload();
    }
}
