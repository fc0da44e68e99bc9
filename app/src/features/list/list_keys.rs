//! Keys of the list. The list is one stop of the Tab key. Arrows, `PageUp`, `PageDown`, Home and End
//! move a highlighted row, and Enter opens its player.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::arrival::cancel_arrival;
use super::jump::end_spotlight;
use super::list_scroll::{Scroller, move_scrollbar};
use crate::browser::dom::focus::{find, focus};
use crate::browser::dom::list_viewport::reveal_list;
use crate::core::list::active_row::ActiveRow;
use crate::core::list::virtual_list::Step;
use crate::core::sync::overlay::row_at;
use crate::features::board::board_state::BoardState;

/// Handles a key that was pressed in the list.
pub fn key_pressed(state: BoardState, scroller: Scroller, event: &ev::KeyboardEvent) {
    let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
    let Some(list) = scroller.get_untracked().filter(|_| !has_modifier) else {
        return;
    };
    let target = event.target();
    let target = target.and_then(|target| target.dyn_into::<Element>().ok());
    let is_on_list = target.as_ref() == Some(list.unchecked_ref());
    if event.key() == "Enter" {
        // A focused link opens by itself.
        if is_on_list && let Some(link) = find(".row.active a[href]") {
            event.prevent_default();
            link.click();
        }
        return;
    }
    let Some(step) = Step::of_key(&event.key()) else {
        return;
    };
    event.prevent_default();
    state.is_following_me.set(false);
    cancel_arrival(state);
    // Only one row is highlighted.
    end_spotlight(state);
    if !is_on_list {
        // A focused link may leave the document while scrolling.
        focus(&list);
    }
    let from = state
        .active
        .with_untracked(|active| active.as_ref().map(|active| active.place));
    let place = state.list.write().step(from, step);
    let row = row_at(
        place,
        state.overlay.get_untracked().as_ref(),
        &state.replica.read_untracked(),
    );
    let player = row.and_then(|row| row.player);
    state.active.set(Some(ActiveRow { place, player }));
    reveal_list();
    // Move at once, so that the list scrolls evenly while the key is held down.
    move_scrollbar(state, scroller);
}
