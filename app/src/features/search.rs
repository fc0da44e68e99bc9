//! Searches in the browser: asks, and shows who was found. Loaded with the first.

use std::cell::Cell;

use leptos::mount::mount_to;
use leptos::prelude::*;
use web_sys::HtmlDivElement;

use crate::api::board::search_board;
use crate::components::list::search::{Answer, Results};
use crate::features::board_state::BoardState;

thread_local! {
    /// Counts the questions: the answer to the last one counts.
    static ASKED: Cell<u32> = const { Cell::new(0) };
    /// What was found is shown by it.
    static SHOWN: Cell<Option<ArcRwSignal<Option<Answer>>>> = const { Cell::new(None) };
}

/// Asks for players whose name begins with a text, and shows them.
pub(crate) async fn search(state: BoardState, text: String, results: HtmlDivElement) {
    let number = ASKED.get().wrapping_add(1);
    ASKED.set(number);
    let shown = SHOWN.take().unwrap_or_else(|| show(state, results));
    SHOWN.set(Some(shown.clone()));
    if text.trim().is_empty() {
        return shown.set(None);
    }
    let slug = state.board().slug.to_string();
    let found = search_board(slug, state.season().to_string(), text).await;
    if ASKED.get() == number {
        shown.set(Some(found));
    }
}

/// Takes the place over from what the server drew there.
fn show(state: BoardState, results: HtmlDivElement) -> ArcRwSignal<Option<Answer>> {
    let shown = ArcRwSignal::new(None);
    results.set_inner_html("");
    let found = shown.clone();
    let list = move || move || found.get().map(|found| view! { <Results state found /> });
    mount_to(results.into(), list).forget();
    shown
}
