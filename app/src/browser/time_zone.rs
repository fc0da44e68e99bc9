//! Stores the browser's time zone in a cookie, so that the server renders the dates of later pages
//! in this time zone.

use js_sys::Intl::DateTimeFormat;
use js_sys::{Array, Object};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::HtmlDocument;

#[wasm_bindgen]
extern "C" {
    /// The options that the browser chose for a format.
    type ResolvedOptions;

    #[wasm_bindgen(method, getter, js_name = timeZone)]
    fn time_zone(this: &ResolvedOptions) -> Option<String>;
}

/// Stores the browser's time zone in a cookie for a year. The server reads it
/// (`locale/cookies.rs`).
pub fn remember() {
    let options = DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    let Some(zone) = options.unchecked_into::<ResolvedOptions>().time_zone() else {
        return;
    };
    let cookie = format!("time-zone={zone}; Path=/; Max-Age=31536000; SameSite=Lax");
    // Without the cookie, dates are in UTC.
    let _ = document()
        .unchecked_into::<HtmlDocument>()
        .set_cookie(&cookie);
}
