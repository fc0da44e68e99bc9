//! The list in the browser: measures it, scrolls it, moves its rows. The thin part
//! that touches the DOM.

use std::cell::Cell;

use gloo_timers::callback::Timeout;
use leaderport::Score;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::virtualizer::{ROW, Step, Virtualizer};
use crate::components::board_state::BoardState;
use crate::components::tenths;

/// How long a row takes to its new place.
const MOVE_MILLIS: f64 = 420.0;

/// How long the list must rest before its place is noted for whoever comes back.
const NOTE_MILLIS: u32 = 250;

/// What the place is called in the browser's history.
const PLACE: &str = "leaderport_place";

/// Measures the list, shows the first place, or the one that was left, and answers to
/// requests for others.
pub fn attach_list(state: BoardState, scroller: NodeRef<html::Div>) {
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            state
                .list
                .update(|list| list.resized(f64::from(element.client_height())));
        }
    };
    Effect::new(move |is_again: Option<()>| {
        if scroller.get().is_some() && is_again.is_none() {
            measure();
            let place = state.first.with_value(|f| f.place);
            if let Some(place) = noted_place() {
                state.list.update(|list| {
                    list.return_to(place);
                });
                state.is_alive.set(true);
                request_animation_frame(move || move_scrollbar(state, scroller));
            } else {
                state.list.update(|list| {
                    list.go_to(place);
                });
                state.is_alive.set(true);
                state.go_to.set((place > 0).then_some(place));
            }
        }
    });
    note_place(state);
    follow_my_row(state);
    Effect::new(move || {
        if let Some(place) = state.go_to.get() {
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

/// Slides a row to its new place, and lights it up when its score changes.
pub fn animate(row: NodeRef<html::Div>, place: Memo<u64>, score: Memo<Option<Score>>) {
    Effect::new(move |before: Option<u64>| {
        let place = place.get();
        if let (Some(before), Some(element)) = (before, row.get_untracked())
            && before != place
        {
            #[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
            let from = (before as f64 - place as f64) * ROW;
            // Rows do not fly in from pages away.
            let from = from.clamp(-12.0 * ROW, 12.0 * ROW);
            play(
                &element,
                "transform",
                &[
                    format!("translateY({}px)", tenths(from)),
                    "translateY(0)".into(),
                ],
                true,
            );
        }
        place
    });
    Effect::new(move |before: Option<Option<Score>>| {
        let score = score.get();
        if let (Some(Some(before)), Some(element)) = (before, row.get_untracked())
            && score.is_some_and(|s| s != before)
        {
            play(
                &element,
                "backgroundColor",
                &["var(--flash)".into(), "transparent".into()],
                false,
            );
        }
        score
    });
}

fn set(object: &js_sys::Object, key: &str, value: &wasm_bindgen::JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), value);
}

/// Plays an animation of one property, unless the reader wants none.
fn play(element: &web_sys::Element, property: &str, frames: &[String], is_added: bool) {
    let is_still = window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|m| m.matches());
    if is_still {
        return;
    }
    let values: js_sys::Array = frames.iter().map(wasm_bindgen::JsValue::from).collect();
    let keyframes = js_sys::Object::new();
    set(&keyframes, property, &values);
    let options = js_sys::Object::new();
    let duration = if is_added {
        MOVE_MILLIS
    } else {
        3.0 * MOVE_MILLIS
    };
    set(&options, "duration", &duration.into());
    set(&options, "easing", &"cubic-bezier(0.2, 0.8, 0.2, 1)".into());
    set(
        &options,
        "composite",
        &if is_added { "add" } else { "replace" }.into(),
    );
    let animate = js_sys::Reflect::get(element, &"animate".into()).ok();
    if let Some(animate) = animate.and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
        // A browser that cannot animate shows the row in its place all the same.
        let _ = animate.call2(element, &keyframes, &options);
    }
}
