//! What forms of a board's page say.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use crate::features::board_state::BoardState;
use crate::locale::marks;

/// A field of the form that is submitted, by its name.
pub fn field(event: &SubmitEvent, name: &str) -> Option<HtmlInputElement> {
    let form: Element = event.target()?.dyn_into().ok()?;
    let input = form.query_selector(&format!("[name={name}]")).ok()??;
    input.dyn_into().ok()
}

/// What a field says; nothing where there is none.
pub fn text_of(event: &SubmitEvent, name: &str) -> String {
    field(event, name)
        .map(|input| input.value())
        .unwrap_or_default()
}

/// Goes to the rank that a form says. Where it says none, the server is asked.
pub fn jump(state: BoardState, event: &SubmitEvent) {
    let text = text_of(event, "rank");
    if let Some(rank) = marks().whole(&text).filter(|rank| *rank > 0) {
        event.prevent_default();
        state.go_to.set(Some(rank - 1));
    }
}
