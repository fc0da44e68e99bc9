//! The list of a season's rows. Only the rows on screen are in the document; `aria-rowcount` and
//! `aria-rowindex` make it a table of all rows for screen readers.
//!
//! Updates never scroll the list: rows change, but the places on screen stay the same.

pub mod pager;
pub mod row;
pub mod search;

use leptos::{html, prelude::*};

use self::pager::Pager;
use self::row::ListRow;
use self::search::Search;
use crate::core::decimal::tenths;
use crate::features::board_state::BoardState;
use crate::features::list_rows::list_rows;
use crate::features::list_scroll::{attach_scrolling, key_pressed, scroll_ended, scrolled};
use crate::locale::numbers;
use crate::words;

/// The list.
#[component]
pub fn BoardList(state: BoardState) -> impl IntoView {
    let board = state.board();
    let scroller = NodeRef::<html::Div>::new();
    let slots = list_rows(state, scroller);
    attach_scrolling(state, scroller);
    let unit = Some(board.unit).filter(|unit| !unit.is_empty());
    let score_head = unit.unwrap_or_else(|| words::score().to_owned());
    // The width of the longest rank, so that all names start at the same edge.
    let digits = numbers::count(state.total()).chars().count();
    view! {
        <section class="list-frame" aria-label=words::standings() style=format!("--digits:{digits}")>
            <Search state />
            <div role="table" aria-label=board.title aria-rowcount=move || (state.total() + 1).to_string()>
                <div role="rowgroup">
                    <div class="list-head" role="row" aria-rowindex="1">
                        <span role="columnheader" class="rank">{words::rank()}</span>
                        <span role="columnheader" class="name">{words::player()}</span>
                        <span role="columnheader" class="score">{score_head}</span>
                    </div>
                </div>
                <div
                    class="list"
                    role="rowgroup"
                    tabindex="0"
                    node_ref=scroller
                    on:scroll=move |_| scrolled(state, scroller)
                    on:scrollend=move |_| scroll_ended(state, scroller)
                    on:keydown=move |event| key_pressed(state, scroller, &event)
                >
                    <div class="rows" style:height=move || format!("{}px", tenths(state.height()))>
                        <For each=move || slots.get() key=|slot| slot.id let:row>
                            <ListRow row />
                        </For>
                    </div>
                </div>
            </div>
            <EmptyList state />
            <Pager state scroller />
        </section>
    }
}

/// The text for a season without rows, which invites the reader to be the first.
#[component]
fn EmptyList(state: BoardState) -> impl IntoView {
    let is_open = state.closed().is_none();
    view! {
        <p class="quiet empty" hidden=move || state.total() != 0>
            {words::no_scores_this_season()}
            {is_open.then(|| view! { <a class="button" href="#score">{words::be_the_first()}</a> })}
        </p>
    }
}
