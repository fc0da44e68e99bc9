//! Keeps the keyboard's focus in a part of the page while its elements come and go. A focused element
//! that is removed, hidden or disabled loses the focus to the document.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::{document, request_animation_frame};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, MutationObserver, MutationObserverInit};

use super::focus::focus_first_of;

/// The attributes that decide whether an element can have the focus.
const ATTRIBUTES: [&str; 4] = ["disabled", "hidden", "inert", "open"];

/// The selectors of the places at which an element cannot have the focus.
const UNFOCUSABLE: [&str; 5] = [
    ":disabled",
    "[hidden]",
    "[hidden] *",
    "[inert] *",
    "details:not([open]) > :not(summary) *",
];

/// The element of the part that had the focus last; none once the reader has left it.
type Last = Rc<RefCell<Option<HtmlElement>>>;

/// Watches a part of the page until it is closed. If its focused element disappears, the focus moves
/// to the summary of the menu around it, else to the page's content. An element that was inert for a
/// while gets the focus back.
pub fn keep_focus_in(root: &Element) {
    let last = Last::default();
    let focused = last.clone();
    listen(root, "focusin", move |event| {
        let target = event.target();
        focused.replace(target.and_then(|target| target.dyn_into().ok()));
    });
    let left = last.clone();
    listen(root, "focusout", move |_| {
        let is_taken = left.borrow().as_ref().is_some_and(|it| is_unfocusable(it));
        if !is_taken {
            let left = left.clone();
            after_layout(move || forget_if_left(&left));
        }
    });
    observe(root, move || {
        let last = last.clone();
        after_layout(move || restore(&last));
    });
}

/// Calls `run` with each event of a name.
fn listen(root: &Element, name: &str, run: impl FnMut(Event) + 'static) {
    let run = Closure::wrap(Box::new(run) as Box<dyn FnMut(Event)>).into_js_value();
    // Fails only if the callback is not a function.
    let _ = root.add_event_listener_with_callback(name, run.unchecked_ref());
}

/// Calls `run` after changes that may take the focus from an element.
fn observe(root: &Element, run: impl FnMut() + 'static) {
    let run = Closure::wrap(Box::new(run) as Box<dyn FnMut()>).into_js_value();
    let names: js_sys::Array = ATTRIBUTES.into_iter().map(JsValue::from_str).collect();
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    options.set_attribute_filter(&names);
    // Fails only if the callback is not a function.
    if let Ok(observer) = MutationObserver::new(run.unchecked_ref()) {
        let _ = observer.observe_with_options(root, &options);
    }
}

/// Runs `run` when the browser has taken the focus from elements that cannot have it any more.
fn after_layout(run: impl FnOnce() + 'static) {
    request_animation_frame(move || request_animation_frame(run));
}

/// Forgets the element if the reader has taken the focus from it, for example by a click elsewhere.
fn forget_if_left(last: &Last) {
    let is_left = last.borrow().as_ref().is_some_and(|element| {
        element.is_connected() && !is_unfocusable(element) && has_nothing_focus()
    });
    if is_left {
        last.take();
    }
}

/// Moves the focus near the element that has lost it.
fn restore(last: &Last) {
    let element = last.borrow().clone();
    let Some(element) = element.filter(has_lost_focus) else {
        return;
    };
    // It gets the focus back when it is not inert any more.
    if closest(&element, "[inert]").is_some() {
        return;
    }
    last.take();
    let menu = closest(&element, "details");
    let summary = menu.and_then(|menu| menu.query_selector("summary").ok().flatten());
    let summary = summary.and_then(|summary| summary.dyn_into().ok());
    let element = Some(element).filter(|element| !is_unfocusable(element));
    focus_first_of([element, summary].into_iter().flatten());
}

/// Whether an element that had the focus cannot use it. Browsers leave it for a moment on an element
/// that is disabled or hidden.
fn has_lost_focus(element: &HtmlElement) -> bool {
    let element: &Element = element;
    let is_active = document().active_element().as_ref() == Some(element);
    has_nothing_focus() || is_active && is_unfocusable(element)
}

fn is_unfocusable(element: &Element) -> bool {
    // Fails only for a malformed selector.
    element.matches(&UNFOCUSABLE.join(", ")).unwrap_or(false)
}

fn closest(element: &Element, selector: &str) -> Option<Element> {
    // Fails only for a malformed selector.
    element.closest(selector).ok().flatten()
}

fn has_nothing_focus() -> bool {
    let body = document().body().map(Element::from);
    let active = document().active_element();
    active.is_none() || active == body
}
