//! The list in the browser: measures it, scrolls it, keeps its place. The thin part that
//! touches the DOM.

use std::cell::Cell;

use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser::hydration_queue::in_turn;
use crate::components::list::row::{Drawn, Key};
use crate::core::virtual_list::{Step, Virtualizer};
use crate::features::board_state::BoardState;
use crate::features::list_rows::draw;

/// How long the list must rest before its place is noted for whoever comes back.
const NOTE_MILLIS: u32 = 250;

/// What the place is called in the browser's history.
const PLACE: &str = "leaderport_place";

/// Measures the list, shows the first place, or the one that was left, and answers to
/// requests for others.
pub(crate) fn attach_list(
    state: BoardState,
    written: Vec<(Key, Drawn)>,
    scroller: NodeRef<html::Div>,
    blank: NodeRef<html::Template>,
) {
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            state
                .list
                .update(|list| list.resized(f64::from(element.client_height())));
        }
    };
    let come_alive = move || {
        measure();
        let asked = state.go_to.get_untracked();
        let first = state.first.with_value(|f| f.place);
        // What the reader has done meanwhile counts before what the address says.
        let left = || noted_place().map(|place| (place, 0.0));
        if let Some((place, beyond)) = scrolled_to(state, scroller).or_else(left)
            && asked.is_none()
        {
            state.list.update(|list| {
                list.return_to(place, beyond);
            });
        } else if let Some(place) = asked.or((first > 0).then_some(first)) {
            state.go_to.set(Some(place));
        }
        // Which has the list go there.
        state.is_alive.set(true);
    };
    Effect::new(move |is_again: Option<()>| {
        if scroller.get().is_some() && is_again.is_none() {
            in_turn(come_alive);
        }
    });
    draw(state, written, scroller, blank);
    note_place(state);
    follow_my_row(state);
    Effect::new(move || {
        let place = state.go_to.get();
        if !state.is_alive.get() {
            return;
        }
        if let Some(place) = place {
            state.list.update(|list| {
                list.go_to(place);
            });
        }
        // After the list's element has its new height.
        request_animation_frame(move || move_scrollbar(state, scroller));
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
}

/// Where the reader has scrolled the page that the server wrote: a place, and pixels beyond it.
/// None where they have not.
fn scrolled_to(state: BoardState, scroller: NodeRef<html::Div>) -> Option<(u64, f64)> {
    let top = scroller.get_untracked()?.scroll_top();
    let start = state.first.with_value(|f| f.page.number.start());
    (top > 0).then_some((start, f64::from(top)))
}

/// The place that was at the top when this entry of the browser's history was left.
fn noted_place() -> Option<u64> {
    let noted = window().history().ok()?.state().ok()?;
    let place = js_sys::Reflect::get(&noted, &PLACE.into()).ok()?.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place; anything else becomes one"
    )]
    let place = place.max(0.0) as u64;
    Some(place)
}

/// Notes the place at the top in the browser's history, where back finds it.
fn note_place(state: BoardState) {
    // The address changes before another screen takes the place of this one.
    let own = window().location().href().ok();
    let top = Memo::new(move |_| state.list.with(Virtualizer::top));
    let rest = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |is_again: Option<()>| {
        let top = top.get();
        if is_again.is_none() && top == 0 {
            return;
        }
        let own = own.clone();
        let note = move || {
            if window().location().href().ok() != own {
                return;
            }
            let Ok(history) = window().history() else {
                return;
            };
            let noted = js_sys::Object::new();
            if let Ok(before) = history.state()
                && let Some(before) = before.dyn_ref::<js_sys::Object>()
            {
                js_sys::Object::assign(&noted, before);
            }
            #[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
            let top = top as f64;
            set(&noted, PLACE, &top.into());
            // A browser that keeps nothing shows the board from its first place.
            let _ = history.replace_state(&noted, "");
        };
        // The timer before is dropped, and with it what it would have noted.
        rest.set_value(Some(Timeout::new(NOTE_MILLIS, note)));
    });
}

/// Keeps the reader's row in sight, while they wish it.
fn follow_my_row(state: BoardState) {
    let place = Memo::new(move |_| state.is_following.get().then(|| state.my_place()).flatten());
    Effect::new(move || {
        if let Some(place) = place.get() {
            state.go_to.set(Some(place));
        }
    });
}

/// A key was pressed in the list.
pub fn key(state: BoardState, scroller: NodeRef<html::Div>, event: &leptos::ev::KeyboardEvent) {
    let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
    let Some(step) = Step::of_key(&event.key()).filter(|_| !has_modifier) else {
        return;
    };
    if !state.is_alive.get_untracked() {
        // The browser scrolls what the server wrote.
        return;
    }
    event.prevent_default();
    state.is_following.set(false);
    let target = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    if let Some(element) = scroller.get_untracked()
        && target.as_ref() != Some(element.unchecked_ref())
    {
        // A row's link may leave the document, and would take the focus along.
        let _ = element.focus();
    }
    state.list.update(|list| {
        list.step(step);
    });
    // At once, so that a key that is held scrolls evenly.
    move_scrollbar(state, scroller);
}

fn move_scrollbar(state: BoardState, scroller: NodeRef<html::Div>) {
    let Some(element) = scroller.try_get_untracked().flatten() else {
        return;
    };
    let wanted = state.list.with_untracked(Virtualizer::scroll_top);
    let element: &web_sys::Element = &element;
    #[expect(clippy::cast_possible_truncation, reason = "at most 8,000,000 pixels")]
    let wanted = wanted.round() as i32;
    if element.scroll_top() != wanted {
        element.set_scroll_top(wanted);
        // What the browser made of it.
        WRITTEN.set(element.scroll_top());
    }
}

thread_local! {
    /// Where the list was last scrolled to from here: what is heard of that is no reader's.
    static WRITTEN: Cell<i32> = const { Cell::new(NOWHERE) };

    /// When the list was last scrolled, by the browser's clock.
    static SCROLLED_AT: Cell<f64> = const { Cell::new(0.0) };
}

/// No place of a list.
const NOWHERE: i32 = -1;

/// The browser has scrolled the list.
pub fn scrolled(state: BoardState, scroller: NodeRef<html::Div>) {
    let Some(element) = scroller.get_untracked() else {
        return;
    };
    // Heard once: the reader may come to the same place.
    if element.scroll_top() == WRITTEN.replace(NOWHERE) {
        return;
    }
    SCROLLED_AT.set(js_sys::Date::now());
    let top = f64::from(element.scroll_top());
    if !state.is_alive.get_untracked() {
        return;
    }
    // Our own corrections come back rounded to whole pixels.
    if (state.list.with_untracked(Virtualizer::scroll_top) - top).abs() <= 1.0 {
        return;
    }
    state.is_following.set(false);
    let corrected = state.list.try_update(|list| list.scrolled(top)).flatten();
    if corrected.is_some() {
        move_scrollbar(state, scroller);
    }
}

/// The reader has stopped scrolling: the scrollbar may be brought to where the rows are.
pub fn scroll_ended(state: BoardState, scroller: NodeRef<html::Div>) {
    let before = state.list.get_untracked();
    let mut after = before;
    after.settle();
    if (after.scroll_top() - before.scroll_top()).abs() > 1.0 {
        state.list.set(after);
        request_animation_frame(move || move_scrollbar(state, scroller));
    }
}

/// How long after the reader scrolled rows are brought to their places without a glide, in
/// milliseconds: who reads on sees the list move as it is.
const SCROLLING_MILLIS: u32 = 200;

/// Whether the reader scrolls the list.
pub(crate) fn is_scrolling() -> bool {
    js_sys::Date::now() - SCROLLED_AT.get() < SCROLLING_MILLIS.into()
}

/// Does something after some milliseconds, as soon as the reader does not scroll: frames are the
/// scrolling's then.
pub(crate) fn when_still(millis: u32, run: impl FnOnce() + 'static) {
    let run = move || {
        if is_scrolling() {
            when_still(SCROLLING_MILLIS, run);
        } else {
            run();
        }
    };
    Timeout::new(millis, run).forget();
}

pub(crate) fn set(object: &js_sys::Object, key: &str, value: &wasm_bindgen::JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), value);
}
