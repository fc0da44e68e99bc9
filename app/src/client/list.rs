//! The list in the browser: measures it, scrolls it, moves its rows. The thin part
//! that touches the DOM.

use std::cell::Cell;
use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::glide::{EASING, GLIDE_MILLIS, Glide};
use super::slots::in_order;
use super::virtualizer::{Step, Virtualizer};
use crate::components::board_list::{Change, Drawn, Rows};
use crate::components::board_state::BoardState;
use crate::components::tenths;

/// How long the list must rest before its place is noted for whoever comes back.
const NOTE_MILLIS: u32 = 250;

/// What the place is called in the browser's history.
const PLACE: &str = "leaderport_place";

/// Measures the list, shows the first place, or the one that was left, and answers to
/// requests for others.
pub(crate) fn attach_list(state: BoardState, rows: Rows, scroller: NodeRef<html::Div>) {
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
    draw(rows, scroller);
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
    SCROLLED_AT.set(js_sys::Date::now());
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

/// How long after the reader scrolled rows are brought to their places without a glide, in
/// milliseconds: who reads on sees the list move as it is.
const SCROLLING_MILLIS: f64 = 200.0;

/// Whether the reader scrolls the list.
pub(super) fn is_scrolling() -> bool {
    js_sys::Date::now() - SCROLLED_AT.get() < SCROLLING_MILLIS
}

/// How often, at most, elements are brought into the order of the rows, in milliseconds. To
/// move one costs as much as to make it, so it waits until the list is scrolled no more.
const ORDER_MILLIS: u32 = 300;

/// Draws rows as they change: those of others glide to their new places, and light up when
/// their score is another.
fn draw(rows: Rows, scroller: NodeRef<html::Div>) {
    let mut glides = HashMap::<usize, Glide>::new();
    let order = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |is_again: Option<()>| {
        let now = js_sys::Date::now();
        let is_still = is_again.is_none() || is_scrolling() || wants_no_motion();
        let focused = document().active_element();
        rows.draw(|slot, change| {
            let Some(element) = slot.element.get_untracked() else {
                return;
            };
            match change {
                Change::Another => {
                    glides.remove(&slot.number);
                    let focused = focused.as_ref().map(AsRef::<web_sys::Node>::as_ref);
                    if element.contains(focused) {
                        // The link that had it is another one's by now.
                        focus_list(scroller);
                    }
                }
                Change::Row(..) if is_still => drop(glides.remove(&slot.number)),
                Change::Row(before, after) => {
                    if before.place != after.place {
                        let glide = Glide::new(
                            before.place,
                            after.place,
                            now,
                            glides.get(&slot.number).copied(),
                        );
                        glides.insert(slot.number, glide);
                        slide(&element, glide);
                    }
                    let score = |drawn: &Drawn| drawn.row.as_ref().map(|shown| shown.row.score);
                    if score(before).is_some() && score(before) != score(after) {
                        light_up(&element);
                    }
                }
            }
        });
        if order.with_value(Option::is_none) {
            put_in_order_later(scroller, order);
        }
    });
}

/// When the list has rested.
fn put_in_order_later(
    scroller: NodeRef<html::Div>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
) {
    let put = move || {
        if timer.try_set_value(None).is_some() {
            // The page was left.
            return;
        }
        if is_scrolling() {
            put_in_order_later(scroller, timer);
        } else {
            put_in_order(scroller);
        }
    };
    timer.set_value(Some(Timeout::new(ORDER_MILLIS, put)));
}

fn focus_list(scroller: NodeRef<html::Div>) {
    if let Some(list) = scroller.get_untracked() {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // A browser that does not let us leaves the focus where it is.
        let _ = list.focus_with_options(&options);
    }
}

/// Brings the elements of rows into the order of their places: who reads by ear, or goes from
/// link to link, meets them as they stand.
fn put_in_order(scroller: NodeRef<html::Div>) {
    let list = scroller.try_get_untracked().flatten();
    let Some(rows) = list.and_then(|list| list.first_element_child()) else {
        return;
    };
    let elements = rows.children();
    let elements = (0..elements.length()).filter_map(|n| elements.item(n));
    let place = |element: &web_sys::Element| element.get_attribute("data-place")?.parse().ok();
    let rows_now = elements.filter_map(|element| Some((place(&element)?, element)));
    let rows_now: Vec<(u64, web_sys::Element)> = rows_now.collect();
    let places: Vec<u64> = rows_now.iter().map(|(place, _)| *place).collect();
    let stays = in_order(&places);
    if stays.iter().all(|stays| *stays) {
        return;
    }
    let focused = document().active_element();
    let mut wanted: Vec<_> = rows_now.into_iter().zip(stays).collect();
    wanted.sort_unstable_by_key(|((place, _), _)| *place);
    let mut before: Option<&web_sys::Element> = None;
    for ((_, element), stays) in &wanted {
        if !stays {
            // Neither fails: both are in the document, and neither is in the other.
            let _ = match before {
                Some(before) => before.after_with_node_1(element),
                None => rows.prepend_with_node_1(element),
            };
        }
        before = Some(element);
    }
    // An element that is moved loses the focus.
    let focused = focused.and_then(|focused| focused.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(focused) = focused.filter(|focused| rows.contains(Some(focused)))
        && document().active_element().as_ref() != Some(focused.as_ref())
    {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // A browser that does not let us has the list without it.
        let _ = focused.focus_with_options(&options);
    }
}

fn wants_no_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Both run beside the page's code, in the compositor: `translate` is added to where the row
/// is drawn, and what lights up lies behind it.
fn slide(element: &web_sys::Element, glide: Glide) {
    let from = format!("0 {}px", tenths(glide.from));
    play(element, "translate", [&from, "0 0"], GLIDE_MILLIS, None);
}

fn light_up(element: &web_sys::Element) {
    play(
        element,
        "opacity",
        ["1", "0"],
        3.0 * GLIDE_MILLIS,
        Some("::after"),
    );
}

fn set(object: &js_sys::Object, key: &str, value: &wasm_bindgen::JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = js_sys::Reflect::set(object, &key.into(), value);
}

/// Plays an animation of one property, of an element or of what it has in its style alone.
fn play(
    element: &web_sys::Element,
    property: &str,
    frames: [&str; 2],
    millis: f64,
    of: Option<&str>,
) {
    let values: js_sys::Array = frames.map(wasm_bindgen::JsValue::from).iter().collect();
    let keyframes = js_sys::Object::new();
    set(&keyframes, property, &values);
    let options = js_sys::Object::new();
    set(&options, "duration", &millis.into());
    set(&options, "easing", &EASING.into());
    if let Some(of) = of {
        set(&options, "pseudoElement", &of.into());
    }
    let animate = js_sys::Reflect::get(element, &"animate".into()).ok();
    if let Some(animate) = animate.and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
        // A browser that cannot animate shows the row in its place all the same.
        let _ = animate.call2(element, &keyframes, &options);
    }
}
