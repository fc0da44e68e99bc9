//! The list: only the rows on screen are in the document, and it is a table of all of
//! them to whoever reads by ear: each row says which of how many it is.
//!
//! The server writes the rows of a page; the browser takes their elements over, and keeps the
//! list alive from there ([`crate::features::list_rows`]). Nothing moves the list but its reader: rows
//! change beneath, the place on screen stays.

pub mod row;
pub mod search;

use leaderport::PAGE_SIZE;
use leptos::html;
use leptos::prelude::*;

use crate::components::list::row::{Face, face, rows};
use crate::components::list::search::Search;
use crate::components::{flag, tenths, text, written};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The rows of a season.
#[component]
pub fn BoardList(state: BoardState) -> impl IntoView {
    let board = state.board();
    let format = board.format;
    let rows = rows(state, state.visible(), state.shift());
    let (scroller, blank) = (
        NodeRef::<html::Div>::new(),
        NodeRef::<html::Template>::new(),
    );
    let as_html = written(|| {
        let faces = rows.iter().map(|(_, drawn)| face(Face::of(drawn, format)));
        faces.collect_view()
    });
    #[cfg(feature = "hydrate")]
    crate::features::list_scroll::attach_list(state, rows, scroller, blank);
    let on_scroll = move |_| {
        #[cfg(feature = "hydrate")]
        crate::features::list_scroll::scrolled(state, scroller);
    };
    let on_scroll_end = move |_| {
        #[cfg(feature = "hydrate")]
        crate::features::list_scroll::scroll_ended(state, scroller);
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        #[cfg(feature = "hydrate")]
        crate::features::list_scroll::key(state, scroller, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let title = board.title.clone();
    let head = written(|| {
        let unit = Some(board.unit).filter(|unit| !unit.is_empty());
        view! {
            <div class="list-head" role="row" aria-rowindex="1">
                <span role="columnheader" class="rank">{words::rank()}</span>
                <span role="columnheader" class="name">{words::player()}</span>
                <span role="columnheader" class="score">{unit.unwrap_or_else(|| words::score().to_owned())}</span>
            </div>
        }
    });
    let is_empty = move || state.total() == 0;
    let none = written(|| {
        let is_open = state.closed().is_none();
        view! {
            {words::nobody_is_ranked_in_this_season()}
            {is_open.then(|| view! { <a class="button" href="#score">{words::be_the_first()}</a> })}
        }
    });
    // Of the longest rank with its marks, so that all stand beneath one another.
    let digits = numbers::count(state.total()).chars().count();
    view! {
        <section class="list-frame" aria-label=words::standings() style=format!("--digits:{digits}")>
            <Search state />
            <div role="table" aria-label=title aria-rowcount=text(move || (state.total() + 1).to_string())>
                <div role="rowgroup" inner_html=head></div>
                <div class="list" role="rowgroup" tabindex="0" node_ref=scroller on:scroll=on_scroll on:scrollend=on_scroll_end on:keydown=on_key>
                    <div class="rows" style:height=text(move || format!("{}px", tenths(state.height()))) inner_html=as_html></div>
                    <template node_ref=blank inner_html=written(|| face(Face::blank()))></template>
                </div>
            </div>
            <p class="quiet empty" hidden=flag(move || !is_empty()) inner_html=none></p>
            <Pager state />
        </section>
    }
}

/// Pages by links, for readers without JavaScript.
#[component]
fn Pager(state: BoardState) -> impl IntoView {
    let links = written(|| {
        let (slug, season, page, total) = state.first.with_value(|f| {
            (
                f.board.slug.clone(),
                f.season,
                f.page.number.get(),
                f.page.total,
            )
        });
        let last = total.div_ceil(PAGE_SIZE).max(1);
        let link = move |to: u64, words: &'static str| {
            let href = format!("/boards/{slug}?season={season}&page={to}");
            ((1..=last).contains(&to) && to != page).then(|| view! { <a href=href>{words}</a> })
        };
        view! {
            {link(1, words::first_page())}
            {link(page.saturating_sub(1), words::previous_page())}
            <span>{words::page_of(numbers::count(page), numbers::count(last))}</span>
            {link(page + 1, words::next_page())}
            {link(last, words::last_page())}
        }
    });
    view! { <nav class="pager" aria-label=words::pages() hidden=flag(move || state.is_alive.get()) inner_html=links></nav> }
}
