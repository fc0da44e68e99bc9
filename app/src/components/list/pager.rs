//! Links to the pages of the list, for readers without JavaScript, and for screen readers, because
//! the document contains only the rows on screen.

use leaderport::PAGE_SIZE;
use leptos::{ev, prelude::*};

use crate::browser::dom::focus::{find, focus};
use crate::browser::dom::reveal::bring_into_view;
use crate::features::board::board_state::BoardState;
use crate::features::list::jump::{bring_list_into_view, enter_history, is_plain_click};
use crate::features::list::list_scroll::Scroller;
use crate::locale::numbers;
use crate::words;

/// A link from the head of the list to its pager, past the rows, on narrow screens. It is visible while
/// it has the focus.
#[component]
pub fn SkipToPages(state: BoardState) -> impl IntoView {
    let skip = move |event: ev::MouseEvent| {
        let is_followed = state.is_hydrated.get_untracked() && is_plain_click(&event);
        let Some(pager) = find("#pages").filter(|_| is_followed) else {
            return;
        };
        event.prevent_default();
        // The pager with the focus is at the edge of the screen. To scroll to its place at the end of
        // the list would leave the place that the list shows.
        focus(&pager);
        bring_into_view(&pager);
    };
    view! {
        <div class="to-pages"><a class="skip" href="#pages" on:click=skip>{words::skip_to_the_pages()}</a></div>
    }
}

/// The pager: first, previous, next and last page.
#[component]
pub fn Pager(
    state: BoardState,
    /// The list, which takes the focus when a link scrolls it.
    scroller: Scroller,
) -> impl IntoView {
    let last = Memo::new(move |_| state.total().div_ceil(PAGE_SIZE).max(1));
    let page = Memo::new(move |_| {
        let list = state.list.read();
        if !state.is_hydrated.get() {
            state.view().page.number.get()
        } else if list.is_at_end() {
            // The last page may be shorter than the screen.
            last.get()
        } else {
            list.top() / PAGE_SIZE + 1
        }
    });
    view! {
        <nav class="pager" id="pages" tabindex="-1" aria-label=words::pages()>
            <PageLink state scroller label=words::first_page() page=move || (page.get() > 1).then_some(1) />
            <PageLink state scroller label=words::previous_page() page=move || page.get().checked_sub(1).filter(|page| *page > 0) />
            <span>{move || words::page_of(numbers::count(page.get()), numbers::count(last.get()))}</span>
            <PageLink state scroller label=words::next_page() page=move || Some(page.get() + 1).filter(|page| *page <= last.get()) />
            <PageLink state scroller label=words::last_page() page=move || Some(last.get()).filter(|last| *last > page.get()) />
        </nav>
    }
}

/// A link to a page; hidden if there is no page. On a hydrated page, the link scrolls the list.
#[component]
fn PageLink(
    state: BoardState,
    scroller: Scroller,
    label: &'static str,
    /// The number of the page, from 1.
    #[prop(into)]
    page: Signal<Option<u64>>,
) -> impl IntoView {
    let base = format!("{}?season={}&page=", state.path(), state.season());
    // A hidden link has an address too, because crawlers read it.
    let href = move || format!("{base}{}", page.get().unwrap_or(1));
    let go = move |event: ev::MouseEvent| {
        if let Some(page) = page.get_untracked().filter(|_| is_plain_click(&event)) {
            event.prevent_default();
            let place = (page - 1) * PAGE_SIZE;
            enter_history(state, &[("page", page.to_string().as_str())], place);
            state.is_following_me.set(false);
            state.list.write().return_to(place, 0.0);
            state.scroll_target.set(None);
            // Focus the list, because the link may be hidden now.
            if let Some(list) = scroller.get_untracked() {
                focus(&list);
            }
            // On a phone the first row of the page can be above the screen.
            bring_list_into_view();
        }
    };
    view! { <a href=href hidden=move || page.get().is_none() on:click=go>{label}</a> }
}
