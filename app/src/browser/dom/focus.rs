//! Moves the keyboard's focus. An element that is removed loses the focus to the document, and the
//! reader would have to begin again at its top.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

/// The id of the element with the page's content (`document/mod.rs`).
const MAIN: &str = "main";

/// Moves the focus to an element without scrolling to it.
pub fn focus(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    // A browser that refuses leaves the focus where it is.
    let _ = element.focus_with_options(&options);
}

/// Moves the focus to the first of these elements that can take it, else to the page's content.
pub fn focus_first_of(elements: impl IntoIterator<Item = HtmlElement>) {
    let content = document().get_element_by_id(MAIN);
    let content = content.and_then(|content| content.dyn_into().ok());
    for element in elements.into_iter().chain(content) {
        focus(&element);
        // A removed, hidden or disabled element does not take the focus.
        if has_focus(&element) {
            return;
        }
    }
}

/// The first element that matches a selector.
#[must_use]
pub fn find(selector: &str) -> Option<HtmlElement> {
    let found = document().query_selector(selector).ok().flatten()?;
    found.dyn_into().ok()
}

fn has_focus(element: &Element) -> bool {
    document().active_element().as_ref() == Some(element)
}
