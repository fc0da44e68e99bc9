//! Jumps to a place of the list: to a rank, to a found player, to a page, to the reader. Each is an
//! entry of the browser's history with the address that shows the same place without JavaScript.

use std::cell::Cell;

use leaderport::{PlayerId, TieRule};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock::after;
use crate::browser::dom::focus::find;
use crate::browser::dom::list_viewport::{page_scrolls, reveal_list};
use crate::browser::dom::reveal::bring_into_view;
use crate::browser::dom::scroll_position::{push_place, save_place, saved_place};
use crate::core::list::spotlight::{Spotlight, Target};
use crate::features::board::board_parts::show_list;
use crate::features::board::board_requests::request_place;
use crate::features::board::board_state::BoardState;

/// The time for which the row of a jump pulses, in milliseconds: three times the length of the
/// animation in the style sheet.
const PULSE_MILLIS: u32 = 2_400;

thread_local! {
    /// Counts the jumps and the steps through the history, so that the late answer for a rank does
    /// not undo a newer one.
    static JUMPS: Cell<u32> = const { Cell::new(0) };
}

/// Whether a click follows a link in this tab. With a modifier key, the browser opens it elsewhere.
#[must_use]
pub fn is_plain_click(event: &ev::MouseEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
}

/// Scrolls to the first row of a rank. If the server does not answer, opens the rank's address, as
/// without JavaScript.
pub fn jump_to_rank(state: BoardState, rank: u64) {
    if state.board().tie != TieRule::Dense {
        return jump_to(state, &[("rank", rank.to_string().as_str())], rank - 1);
    }
    // Any number of players can have each rank of a dense board, so only the server knows the place.
    let jump = count_jump();
    let slug = state.board().slug.to_string();
    let season = state.season().to_string();
    spawn_local(async move {
        let place = request_place(slug, season, rank).await;
        if JUMPS.get() != jump {
            return;
        }
        match place {
            Ok(place) => jump_to(state, &[("rank", rank.to_string().as_str())], place),
            Err(_) => open_rank(state, rank),
        }
    });
}

/// Scrolls to a place, in a new entry of the history, whose address has these parameters.
pub fn jump_to(state: BoardState, values: &[(&str, &str)], place: u64) {
    enter_history(state, values, place);
    state.is_following_me.set(false);
    state.scroll_target.set(Some(place));
    let player = values.iter().find(|(name, _)| *name == "player");
    let player = player.and_then(|(_, id)| PlayerId::stored(id).ok());
    // A rank beyond the last one shows the last row.
    let place = place.min(untrack(|| state.total()).saturating_sub(1));
    point_out(state, player.map_or(Target::Place(place), Target::Player));
    show_list(state);
    bring_list_into_view();
}

/// Scrolls to the reader's row, in a new entry of the history. Returns whether the reader has a row.
pub fn jump_to_me(state: BoardState) -> bool {
    let Some(place) = untrack(|| state.my_place()) else {
        return false;
    };
    enter_history(state, &[("me", "1")], place);
    show_me(state, place);
    show_list(state);
    bring_list_into_view();
    true
}

/// Scrolls to the reader's row, which is at `place`.
fn show_me(state: BoardState, place: u64) {
    state.scroll_target.set(Some(place));
    point_out(state, Target::Reader);
}

/// Shows the reader's row, which is at `place`, after a submission. The page stays where it is, so the
/// list scrolls only if it has a scrollbar of its own or is hidden.
pub fn show_my_score(state: BoardState, place: u64) {
    let is_hidden = untrack(|| state.has_parts()) && state.is_side_shown.get_untracked();
    if page_scrolls() && !is_hidden {
        point_out(state, Target::Reader);
    } else {
        show_me(state, place);
    }
}

/// Highlights a row, which pulses for a moment.
fn point_out(state: BoardState, target: Target) {
    let jump = count_jump();
    let spotlight = |target, is_pulsing| Some(Spotlight { target, is_pulsing });
    state.spotlight.set(spotlight(target.clone(), true));
    after(PULSE_MILLIS, move || {
        if JUMPS.get() == jump {
            state.spotlight.set(spotlight(target, false));
        }
    });
}

/// Takes the highlight from a row, also if it still pulses.
pub fn end_spotlight(state: BoardState) {
    count_jump();
    if state.spotlight.with_untracked(Option::is_some) {
        state.spotlight.set(None);
    }
}

/// Scrolls the page so that the list is in sight, also near its first row. Call it before the list
/// scrolls to a place.
pub fn bring_list_into_view() {
    if page_scrolls() {
        reveal_list();
    } else if let Some(list) = find(".list") {
        bring_into_view(&list);
    }
}

/// Begins an entry of the history, before the list scrolls to a place. The entry before keeps the place
/// that the list shows now.
pub fn enter_history(state: BoardState, values: &[(&str, &str)], place: u64) {
    end_spotlight(state);
    save_place(state.list.read_untracked().top());
    push_place(values, place);
}

/// Returns to the place of the entry after each step through the history.
pub fn follow_history(state: BoardState) {
    Effect::new(move |_| {
        let stepped = window_event_listener_untyped("popstate", move |_| {
            // An answer that arrives later belongs to the entry that was left.
            count_jump();
            state.spotlight.set(None);
            if let Some(place) = saved_place() {
                state.is_following_me.set(false);
                show_list(state);
                state.list.write().return_to(place, 0.0);
                state.scroll_target.set(None);
            }
        });
        on_cleanup(move || stepped.remove());
    });
}

/// Counts a jump. Returns its number.
fn count_jump() -> u32 {
    JUMPS.set(JUMPS.get() + 1);
    JUMPS.get()
}

/// Opens the address of a rank.
fn open_rank(state: BoardState, rank: u64) {
    let address = format!("{}?season={}&rank={rank}", state.path(), state.season());
    // Fails only for an invalid address.
    let _ = window().location().set_href(&address);
}
