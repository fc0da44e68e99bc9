//! The list of a season's rows. Only the rows on screen are in the document; `aria-rowcount` and
//! `aria-rowindex` make it a grid of all rows for screen readers. The list is one stop of the Tab
//! key: `aria-activedescendant` names the row that keys have highlighted.
//!
//! Updates never scroll the list: rows change, but the places on screen stay the same.

pub mod pager;
pub mod row;
pub mod search;

use leptos::{html, prelude::*};

use self::pager::{Pager, SkipToPages};
use self::row::{ListRow, row_id};
use crate::components::erased::erased;
use crate::components::mark::Mark;
use crate::core::decimal::row_heights;
use crate::features::board::board_state::BoardState;
use crate::features::list::list_keys::key_pressed;
use crate::features::list::list_rows::{ListRows, list_rows};
use crate::features::list::list_scroll::{attach_scrolling, scroll_ended, scrolled};
use crate::locale::numbers;
use crate::words;

/// The list.
#[component]
pub fn BoardList(state: BoardState) -> impl IntoView {
    let board = state.board();
    let scroller = NodeRef::<html::Div>::new();
    let ListRows { slots, active } = list_rows(state, scroller);
    attach_scrolling(state, scroller);
    let unit = Some(board.unit).filter(|unit| !unit.is_empty());
    let has_unit = unit.is_some();
    let score_head = unit.unwrap_or_else(|| words::score().to_owned());
    // The width of the longest rank, so that all names start at the same edge.
    let digits = numbers::count(state.total()).chars().count();
    erased(view! {
        <section class="list-frame" aria-labelledby="standings" style=format!("--digits:{digits}")>
            <h2 id="standings" class="sr-only">{words::standings()}</h2>
            <SkipToPages state />
            // It is outside the element that scrolls, where screen readers have a head of their own.
            <div class="list-head" aria-hidden="true">
                <span class="rank">{words::rank()}</span>
                <span class="name">{words::player()}</span>
                <span class="moved" title=words::moved_since_your_visit()>"±"</span>
                <span class="score" class:unit=has_unit data-gap=words::gap()>{score_head.clone()}</span>
            </div>
            <div
                class="list"
                style:--rows=move || state.rows_of_list().to_string()
                role="grid"
                aria-label=board.title
                aria-rowcount=move || (state.total() + 1).to_string()
                aria-activedescendant=move || active.get().map(row_id)
                tabindex="0"
                node_ref=scroller
                on:scroll=move |_| scrolled(state, scroller)
                on:scrollend=move |_| scroll_ended(state, scroller)
                on:keydown=move |event| key_pressed(state, scroller, &event)
            >
                <div class="sr-only" role="rowgroup">
                    <div role="row" aria-rowindex="1">
                        <span role="columnheader">{words::rank()}</span>
                        <span role="columnheader">{words::player()}</span>
                        <span role="columnheader">{score_head}</span>
                    </div>
                </div>
                <div class="rows" role="rowgroup" style:height=move || row_heights(state.height())>
                    <For each=move || slots.get() key=|slot| slot.id let:row>
                        <ListRow state row />
                    </For>
                </div>
            </div>
            <EmptyList state />
            <Pager state scroller />
        </section>
    })
}

/// The text for a season without rows, which invites the reader to be the first.
#[component]
fn EmptyList(state: BoardState) -> impl IntoView {
    let is_open = state.closed().is_none();
    let entry = if state.has_game() {
        "#reflex"
    } else {
        "#score"
    };
    let text = if state.view().phase.has_winner() {
        words::no_scores_in_season()
    } else if is_open {
        words::no_scores_this_season()
    } else {
        words::no_scores_yet()
    };
    view! {
        <p class="quiet empty" hidden=move || state.total() != 0>
            <Mark size=56 moving=true />
            {text}
            {is_open.then(|| view! { <a class="button" href=entry>{words::be_the_first()}</a> })}
        </p>
    }
}
