//! The two parts of a board's page on a narrow screen: the list, and the reader's card with what
//! follows it. Below a list of millions of rows the second part would be out of reach, so it takes the
//! place of the list. On a wide screen both parts are visible.

use leptos::prelude::*;

use super::board_state::BoardState;
use crate::browser::dom::focus::{find, focus};
use crate::browser::dom::list_viewport::page_scrolls;

/// The second part while an element of it has the focus, like a link that leads to the list.
const FOCUSED_SIDE: &str = ".side:focus-within";

/// Shows the list, at the place that it had. The list gets the focus if that would be hidden.
pub fn show_list(state: BoardState) {
    if !state.is_side_shown.get_untracked() {
        return;
    }
    let hides_focus =
        page_scrolls() && untrack(|| state.has_parts()) && find(FOCUSED_SIDE).is_some();
    state.is_side_shown.set(false);
    if hides_focus {
        request_animation_frame(|| {
            if let Some(list) = find(".list") {
                focus(&list);
            }
        });
    }
}

/// Shows the reader's card and what follows it.
pub fn show_side(state: BoardState) {
    state.is_side_shown.set(true);
    request_animation_frame(|| {
        if let Some(side) = find(".side") {
            side.scroll_into_view();
        }
    });
}

/// Leads to the reader's next score: to the game, or to the first empty field of the form.
pub fn show_entry(state: BoardState) {
    let field = if state.has_game() {
        ".tap"
    } else if state.me.with_untracked(Option::is_none) {
        "#name"
    } else {
        "#score"
    };
    if !state.has_game() {
        state.is_side_shown.set(true);
    }
    request_animation_frame(move || {
        if let Some(field) = find(field) {
            // The browser scrolls to the field. One that refuses leaves the focus where it is.
            let _ = field.focus();
        }
    });
}

/// Shows the second part from hydration on if the reader is using it already.
pub fn keep_used_part(state: BoardState) {
    if find(FOCUSED_SIDE).is_some() {
        state.is_side_shown.set(true);
    }
}
