//! Saves the place at the top of a list in the browser's history, so that going back restores it.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

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
    let state = js_sys::Object::new().unchecked_into::<EntryState>();
    if let Some(before) = entry_state() {
        js_sys::Object::assign(&state, &before);
    }
    #[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
    state.set_place(place as f64);
    // On failure, going back shows the board from its first place.
    let _ = history.replace_state(&state, "");
}
