//! Scrolling of the list: measures the list, handles the scrollbar and scroll targets, and saves
//! and restores the place at its top.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;
use leptos::{ev, html};
use web_sys::{Element, HtmlDivElement};

use super::arrival::cancel_arrival;
use super::jump::follow_history;
use crate::browser::clock::{after, monotonic_millis};
use crate::browser::dom::list_viewport::{self, page_scrolls};
use crate::browser::dom::reveal::prefers_reduced_motion;
use crate::browser::dom::row_animator::glide;
use crate::browser::dom::scroll_position::{save_place, saved_place};
use crate::core::list::virtual_list::{OVERSCAN, ROW, pixels};
use crate::features::board::board_parts::keep_used_part;
use crate::features::board::board_state::BoardState;

/// The debounce of saving the place in the browser's history.
const SAVE_REST: Duration = Duration::from_millis(250);

/// The time after the reader's last scroll event in which the list counts as scrolling, in
/// milliseconds. Rows are not animated in this time.
const SCROLLING_MILLIS: u32 = 200;

/// A value that is no valid scroll position.
const NONE: f64 = f64::NEG_INFINITY;

thread_local! {
    /// The scroll position that was last set by code, to tell its scroll event from the reader's.
    static SET_BY_CODE: Cell<f64> = const { Cell::new(NONE) };

    /// Whether the list moves in the next frame. Until then, the browser may scroll the page because
    /// its layout has changed.
    static IS_MOVE_DUE: Cell<bool> = const { Cell::new(false) };

    /// The pixels of the screen for each pixel of the list's state. It depends on the pointer and on
    /// the reader's text size, because rows do.
    static SCALE: Cell<f64> = const { Cell::new(1.0) };

    /// When the reader last scrolled the list, by the monotonic clock.
    static SCROLLED_AT: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
}

/// The list's element. It scrolls on a wide screen; on a narrow one the page does.
pub type Scroller = NodeRef<html::Div>;

/// Measures the list once the page is hydrated, and scrolls it to the state's scroll targets.
pub fn attach_scrolling(state: BoardState, scroller: Scroller) {
    let measure = move || measure(state, scroller);
    // A short list is as high as its rows, and an empty one has no row to measure. A reader without
    // a rank has a lower bar at the edge of the screen, or none.
    let rows = Memo::new(move |_| (state.rows_of_list(), state.my_standing().is_some()));
    Effect::new(move |is_again: Option<()>| {
        rows.track();
        if is_again.is_some() {
            request_animation_frame(measure);
        }
    });
    Effect::new(move |_| {
        measure();
        list_viewport::on_pointer_change(move || request_animation_frame(measure));
        restore_place(state, scroller);
        keep_used_part(state);
        state.is_hydrated.set(true);
    });
    Effect::new(move |_| {
        let resized = window_event_listener(ev::resize, move |_| measure());
        on_cleanup(move || resized.remove());
    });
    Effect::new(move |was_hydrated: Option<bool>| {
        let place = state.scroll_target.get();
        if !state.is_hydrated.get() {
            return false;
        }
        let true_top = move || {
            let list = state.list.read_untracked();
            list.scroll_top() - list.shift()
        };
        let before = true_top();
        if let Some(place) = place {
            state.list.write().go_to(place);
        }
        let is_first = was_hydrated != Some(true);
        // Wait for a frame, after which the list's element has its new height.
        request_animation_frame(move || {
            // A list that has grown may show the place without scrolling.
            measure();
            move_scrollbar(state, scroller);
            if place.is_some() && !is_first {
                glide_rows(scroller, true_top() - before);
            }
        });
        true
    });
    follow_page(state, scroller);
    save_place_at_rest(state);
    follow_history(state);
    follow_my_row(state);
}

/// Measures the list, unless it is hidden.
fn measure(state: BoardState, scroller: Scroller) {
    let Some(list) = shown_list(scroller) else {
        return;
    };
    let before = SCALE.replace(row_scale(&list));
    let measured = list_viewport::measure(&list);
    state.list.write().resized(measured.height / SCALE.get());
    if measured.is_moved || (SCALE.get() - before).abs() > f64::EPSILON {
        // The same rows are at other pixels.
        move_in_next_frame(state, scroller);
    }
}

/// Moves the list to its position in the layout of the next frame.
fn move_in_next_frame(state: BoardState, scroller: Scroller) {
    IS_MOVE_DUE.set(true);
    request_animation_frame(move || {
        IS_MOVE_DUE.set(false);
        move_scrollbar(state, scroller);
    });
}

/// The list's element; none while it is hidden.
fn shown_list(scroller: Scroller) -> Option<HtmlDivElement> {
    scroller
        .get_untracked()
        .filter(|list| list.client_height() > 0)
}

/// Handles the scroll events of the page while it scrolls the list, and brings a list that was hidden
/// back to its place.
fn follow_page(state: BoardState, scroller: Scroller) {
    Effect::new(move |_| {
        let moved = window_event_listener_untyped("scroll", move |_| {
            if page_scrolls() {
                scrolled(state, scroller);
            }
        });
        let ended = window_event_listener_untyped("scrollend", move |_| {
            if page_scrolls() {
                scroll_ended(state, scroller);
            }
        });
        on_cleanup(move || {
            moved.remove();
            ended.remove();
        });
    });
    Effect::new(move |was_hidden: Option<bool>| {
        let is_hidden = state.is_side_shown.get();
        if was_hidden == Some(true) && !is_hidden {
            IS_MOVE_DUE.set(true);
            request_animation_frame(move || {
                IS_MOVE_DUE.set(false);
                measure(state, scroller);
                move_scrollbar(state, scroller);
            });
        }
        is_hidden
    });
}

/// Lets the rows glide to their new positions after the list was scrolled by some pixels. A long way
/// is cut to the rows that are drawn beyond the edges of the screen.
fn glide_rows(scroller: Scroller, moved: f64) {
    let most = pixels(OVERSCAN);
    let rows = scroller.get_untracked();
    let rows = rows.and_then(|list| list.query_selector(".rows").ok().flatten());
    if let Some(rows) = rows.filter(|_| moved.abs() > 1.0 && !prefers_reduced_motion()) {
        glide(&rows, moved.clamp(-most, most));
    }
}

/// Scrolls to the first of these that exists: the scroll target; the position to which the reader
/// scrolled before hydration; the place saved in the browser's history; the place in the address.
fn restore_place(state: BoardState, scroller: Scroller) {
    let target = state.scroll_target.get_untracked();
    let in_address = state.view().place;
    let left = || saved_place().map(|place| (place, 0.0));
    if let Some((place, beyond)) = scrolled_before_hydration(state, scroller).or_else(left)
        && target.is_none()
    {
        state.list.write().return_to(place, beyond);
    } else if let Some(place) = target.or((in_address > 0).then_some(in_address)) {
        state.scroll_target.set(Some(place));
    }
}

/// The position to which the reader scrolled before hydration: the first place of the rendered
/// page, and the pixels beyond it.
fn scrolled_before_hydration(state: BoardState, scroller: Scroller) -> Option<(u64, f64)> {
    let list = shown_list(scroller)?;
    let top = list_viewport::scroll_top(&list);
    let start = state.view().page.number.start();
    (top > 0.0).then_some((start, top / SCALE.get()))
}

/// The height of a row on the screen as a multiple of [`ROW`]; 1 without rows.
fn row_scale(list: &Element) -> f64 {
    let row = list.query_selector(".row").ok().flatten();
    let height = row.map_or(0.0, |row| row.get_bounding_client_rect().height());
    if height > 0.0 { height / ROW } else { 1.0 }
}

fn save_place_at_rest(state: BoardState) {
    let top = Memo::new(move |_| state.list.read().top());
    let mut save = debounce(SAVE_REST, save_place);
    Effect::new(move |is_again: Option<()>| {
        let top = top.get();
        if is_again.is_some() || top > 0 {
            save(top);
        }
    });
}

/// Keeps the reader's row in sight while they follow it.
fn follow_my_row(state: BoardState) {
    let place = Memo::new(move |_| {
        let is_following = state.is_following_me.get();
        is_following.then(|| state.my_place()).flatten()
    });
    Effect::new(move || {
        if let Some(place) = place.get() {
            state.scroll_target.set(Some(place));
        }
    });
}

/// Handles a scroll event of the list, or of the page that scrolls it.
pub fn scrolled(state: BoardState, scroller: Scroller) {
    let Some(list) = shown_list(scroller).filter(|_| !IS_MOVE_DUE.get()) else {
        return;
    };
    let top = list_viewport::scroll_top(&list);
    // Ignore this event only once, because the reader may scroll to the same position later.
    if (top - SET_BY_CODE.replace(NONE)).abs() < 0.5 {
        return;
    }
    SCROLLED_AT.set(monotonic_millis());
    let top = top / SCALE.get();
    // The event of a corrected position, which the browser has rounded to whole pixels.
    if (state.list.read_untracked().scroll_top() - top).abs() <= 1.0 {
        return;
    }
    state.is_following_me.set(false);
    cancel_arrival(state);
    let corrected = state.list.write().scrolled(top);
    if corrected.is_some() {
        move_scrollbar(state, scroller);
    }
}

/// Moves the scrollbar to the position that matches the rows on screen, once the reader has stopped
/// scrolling.
pub fn scroll_ended(state: BoardState, scroller: Scroller) {
    let before = state.list.get_untracked();
    let mut settled = before;
    settled.settle();
    if (settled.scroll_top() - before.scroll_top()).abs() > 1.0 {
        state.list.set(settled);
        request_animation_frame(move || move_scrollbar(state, scroller));
    }
}

/// Moves the scrollbar to the position that matches the rows on screen.
pub(super) fn move_scrollbar(state: BoardState, scroller: Scroller) {
    let Some(list) = shown_list(scroller) else {
        return;
    };
    let wanted = state.list.read_untracked().scroll_top() * SCALE.get();
    if list_viewport::scroll_to(&list, wanted) {
        // The browser may have rounded or limited it.
        SET_BY_CODE.set(list_viewport::scroll_top(&list));
    }
}

/// Whether the reader is scrolling the list.
#[must_use]
pub fn is_scrolling() -> bool {
    monotonic_millis() - SCROLLED_AT.get() < SCROLLING_MILLIS.into()
}

/// Runs `run` after some milliseconds, or later, once the reader has stopped scrolling.
pub fn after_scrolling(millis: u32, run: impl FnOnce() + 'static) {
    after(millis, move || {
        if is_scrolling() {
            after_scrolling(SCROLLING_MILLIS, run);
        } else {
            run();
        }
    });
}
