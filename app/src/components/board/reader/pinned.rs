//! The bar at the bottom of a narrow screen: the reader's own place, the way to the next score, and a
//! switch between the list and the rest of the page.

use leptos::{ev, prelude::*};

use super::you::{distance_to_next, rank_text};
use crate::components::erased::erased;
use crate::features::board::board_parts::{show_entry, show_list, show_side};
use crate::features::board::board_state::BoardState;
use crate::features::list::jump::{is_plain_click, jump_to_me};
use crate::locale::numbers;
use crate::words;

/// The bar. The style sheet hides it on a wide screen.
#[component]
pub fn PinnedBar(state: BoardState) -> impl IntoView {
    let has_entry = state.closed().is_none();
    let is_empty = move || !has_entry && state.my_standing().is_none() && !state.has_parts();
    let switch = move |_| {
        if state.is_side_shown.get_untracked() {
            show_list(state);
        } else {
            show_side(state);
        }
    };
    let label = move || {
        if state.is_side_shown.get() {
            words::show_ranks()
        } else {
            words::show_rest()
        }
    };
    erased(view! {
        <div class="pinned" hidden=is_empty>
            <MyPlaceLink state />
            {has_entry.then(|| view! { <EntryLink state /> })}
            <button type="button" class="button quiet-button switch" hidden=move || !state.has_parts() on:click=switch>{label}</button>
        </div>
    })
}

/// The reader's rank, score and distance to the next player, as a link to their row. Hidden while
/// the reader has no rank.
#[component]
fn MyPlaceLink(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let row = Memo::new(move |_| state.my_row());
    let rank = move || row.read().as_ref().map(rank_text);
    let score = move || Some(numbers::score(format, row.get()?.score));
    let href = format!("{}?season={}&me=1", state.path(), state.season());
    let find_me = move |event: ev::MouseEvent| {
        if is_plain_click(&event) && jump_to_me(state) {
            event.prevent_default();
        }
    };
    view! {
        <a class="my-place" href=href hidden=move || row.read().is_none() on:click=find_me>
            <span class="sr-only">{words::you()}</span>
            <span class="rank">{rank}</span>
            <span class="score">{score}</span>
            <span class="gap">{move || distance_to_next(state)}</span>
        </a>
    }
}

/// A link to the game, or to the form for a score.
#[component]
fn EntryLink(state: BoardState) -> impl IntoView {
    let (href, text) = if state.has_game() {
        ("#reflex", words::play())
    } else {
        ("#score", words::add_score())
    };
    let show = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            show_entry(state);
        }
    };
    view! { <a class="button" href=href on:click=show>{text}</a> }
}
