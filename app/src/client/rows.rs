//! The rows in the browser: draws them as they change, has them glide, and brings their elements
//! into order. The thin part that touches the DOM.

use std::cell::LazyCell;

use gloo_timers::callback::Timeout;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::glide::{EASING, GLIDE_MILLIS, Glide};
use super::list::{is_scrolling, set};
use super::slots::{in_order, insert_by};
use crate::components::board_list::{Change, Drawn, Rows};
use crate::components::tenths;

/// How often, at most, elements are brought into the order of the rows, in milliseconds. To
/// move one costs as much as to make it, so it waits until the list is scrolled no more.
const ORDER_MILLIS: u32 = 300;

/// Draws rows as they change: those of others glide to their new places, and light up when
/// their score is another.
pub(super) fn draw(rows: Rows, scroller: NodeRef<html::Div>) {
    // By the number of the element.
    let mut glides = Vec::<Option<Glide>>::new();
    let order = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |is_again: Option<()>| {
        let now = js_sys::Date::now();
        // Asked once, and only when something has moved.
        let is_still = LazyCell::new(|| is_again.is_none() || is_scrolling() || wants_no_motion());
        let focused = document().active_element();
        rows.draw(|slot, change| {
            let Some(element) = slot.element.get_untracked() else {
                return;
            };
            if glides.len() <= slot.number {
                glides.resize(slot.number + 1, None);
            }
            let glide_now = &mut glides[slot.number];
            match change {
                Change::Another => {
                    *glide_now = None;
                    let focused = focused.as_ref().map(AsRef::<web_sys::Node>::as_ref);
                    if element.contains(focused) {
                        // The link that had it is another one's by now.
                        if let Some(list) = scroller.get_untracked() {
                            focus(&list);
                        }
                    }
                }
                Change::Row(..) if *is_still => *glide_now = None,
                Change::Row(before, after) => {
                    if before.place != after.place {
                        let glide = Glide::new(before.place, after.place, now, *glide_now);
                        *glide_now = Some(glide);
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
    let mut wanted = Vec::new();
    for row in rows_now.into_iter().zip(stays) {
        insert_by(&mut wanted, row, |((place, _), _)| *place);
    }
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
        focus(&focused);
    }
}

fn focus(element: &web_sys::HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // A browser that does not let us leaves the focus where it is.
    let _ = element.focus_with_options(&options);
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
