//! Saves the place at the top of a list in the browser's history, so that going back restores it. A
//! jump within the list is an entry of the history.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{History, ScrollRestoration, UrlSearchParams};

use super::list_viewport::page_scrolls;

#[wasm_bindgen]
extern "C" {
    /// The state of a history entry, with the place that was at the top of the list.
    #[wasm_bindgen(extends = js_sys::Object)]
    type EntryState;

    #[wasm_bindgen(method, getter, js_name = leaderport_place)]
    fn place(this: &EntryState) -> Option<f64>;

    #[wasm_bindgen(method, setter, js_name = leaderport_place)]
    fn set_place(this: &EntryState, place: f64);
}

fn entry_state() -> Option<EntryState> {
    let state = window().history().ok()?.state().ok()?;
    state.is_object().then(|| state.unchecked_into())
}

/// The saved place, counted from 0, of the current history entry.
#[must_use]
pub fn saved_place() -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place; anything else becomes one"
    )]
    let place = entry_state()?.place()?.max(0.0) as u64;
    Some(place)
}

/// Saves the place at the top of the list in the current history entry.
pub fn save_place(place: u64) {
    let Ok(history) = window().history() else {
        return;
    };
    // On failure, going back shows the board from its first place.
    let _ = history.replace_state(&state_with(place), "");
    choose_restoration(&history, place);
}

/// If the page scrolls the list, chooses who restores the page's scroll position when a reader comes
/// back to the current entry. Within the list, only this code knows the position of a place. Above
/// the list, the browser knows it exactly.
fn choose_restoration(history: &History, place: u64) {
    if page_scrolls() {
        // A browser that refuses restores the position before this code does.
        let _ = history.set_scroll_restoration(if place > 0 {
            ScrollRestoration::Manual
        } else {
            ScrollRestoration::Auto
        });
    }
}

/// The parameters of an address that choose the place to show. `__err` reports a refused form.
const PLACES: [&str; 5] = ["page", "rank", "me", "player", "__err"];

/// Begins a history entry for a list whose top is going to be at `place`. Going back returns to the
/// entry before. The address shows the same place without JavaScript: it is that of the current entry
/// with other values for the place and for `find`. An empty value removes a parameter.
pub fn push_place(values: &[(&str, &str)], place: u64) {
    let Ok(history) = window().history() else {
        return;
    };
    let Some((path, query)) = current_address() else {
        return;
    };
    for name in PLACES {
        query.delete(name);
    }
    for (name, value) in values {
        if value.is_empty() {
            query.delete(name);
        } else {
            query.set(name, value);
        }
    }
    let query = String::from(query.to_string());
    let address = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    // A browser that refuses, because of too many entries, still scrolls to the place.
    let _ = history.push_state_with_url(&state_with(place), "", Some(&address));
    choose_restoration(&history, place);
}

/// A value of the query in the address of the current history entry.
#[must_use]
pub fn query_value(name: &str) -> Option<String> {
    current_address()?.1.get(name)
}

/// The path and the query of the current history entry.
fn current_address() -> Option<(String, UrlSearchParams)> {
    let location = window().location();
    let query = UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
    Some((location.pathname().ok()?, query))
}

/// The state of the current entry with another place.
fn state_with(place: u64) -> EntryState {
    let state = js_sys::Object::new().unchecked_into::<EntryState>();
    if let Some(before) = entry_state() {
        js_sys::Object::assign(&state, &before);
    }
    #[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
    state.set_place(place as f64);
    state
}
