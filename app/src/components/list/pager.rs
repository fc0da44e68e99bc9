//! Links to the pages of the list. They lead readers without JavaScript to other pages, and let
//! screen readers go past the rows that are in the document.

use leaderport::PAGE_SIZE;
use leptos::{ev, prelude::*};

use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The pager: first, previous, next and last page.
#[component]
pub fn Pager(state: BoardState) -> impl IntoView {
    let page = Memo::new(move |_| {
        if state.is_hydrated.get() {
            state.list.read().top() / PAGE_SIZE + 1
        } else {
            state.view().page.number.get()
        }
    });
    let last = Memo::new(move |_| state.total().div_ceil(PAGE_SIZE).max(1));
    view! {
        <nav class="pager" aria-label=words::pages()>
            <PageLink state label=words::first_page() page=move || (page.get() > 1).then_some(1) />
            <PageLink state label=words::previous_page() page=move || page.get().checked_sub(1).filter(|page| *page > 0) />
            <span>{move || words::page_of(numbers::count(page.get()), numbers::count(last.get()))}</span>
            <PageLink state label=words::next_page() page=move || Some(page.get() + 1).filter(|page| *page <= last.get()) />
            <PageLink state label=words::last_page() page=move || Some(last.get()).filter(|last| *last > page.get()) />
        </nav>
    }
}

/// A link to a page; hidden without one. It scrolls the list where the page is hydrated.
#[component]
fn PageLink(
    state: BoardState,
    label: &'static str,
    /// The number of the page, from 1.
    #[prop(into)]
    page: Signal<Option<u64>>,
) -> impl IntoView {
    let base = format!("{}?season={}&page=", state.path(), state.season());
    let href = move || page.get().map(|page| format!("{base}{page}"));
    let go = move |event: ev::MouseEvent| {
        if let Some(page) = page.get_untracked() {
            event.prevent_default();
            state.is_following_me.set(false);
            state.list.write().return_to((page - 1) * PAGE_SIZE, 0.0);
            state.scroll_target.set(None);
        }
    };
    view! { <a href=href hidden=move || page.get().is_none() on:click=go>{label}</a> }
}
