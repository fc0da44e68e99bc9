//! The visible part of a board's list, and its scroll position.
//!
//! The list has one of two forms, which the style sheet chooses by the width of the screen. On a wide
//! screen the list's element scrolls. On a narrow one the page does, and the list is as high as its
//! rows.

use std::cell::Cell;

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Element;

use super::focus::find;
use crate::core::list::list_window::{ListEdges, ListWindow};

/// The bars that stay at the edges of a narrow screen.
const UPPER_BAR: &str = ".finder";
const LOWER_BAR: &str = ".pinned";

thread_local! {
    /// The screen, if the page scrolls the list.
    static PAGE: Cell<Option<ListWindow>> = const { Cell::new(None) };

    /// The width of the list when it was last measured.
    static WIDTH: Cell<f64> = const { Cell::new(0.0) };

    /// Whether the next move of the list also brings its first row to the top of the screen.
    static IS_REVEALED: Cell<bool> = const { Cell::new(false) };
}

/// A measured list.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// The height of the visible part, in pixels.
    pub height: f64,
    /// Whether the page's layout has changed, so that the same rows may be at other positions of the
    /// page.
    pub is_moved: bool,
}

/// Whether the page scrolls the list, by the last measurement.
#[must_use]
pub fn page_scrolls() -> bool {
    PAGE.get().is_some()
}

/// Measures the visible part of a list that is not hidden.
#[must_use]
pub fn measure(list: &Element) -> Measured {
    let page = has_no_scrollbar(list).then(screen);
    let before = PAGE.replace(page);
    let width = list.get_bounding_client_rect().width();
    let was_wide = WIDTH.replace(width);
    Measured {
        height: page.map_or_else(|| list.client_height().into(), |page| page.height()),
        // The height of a phone's screen changes while the page scrolls, and moves no row.
        is_moved: before.is_some() != page.is_some()
            || page.is_some() && (was_wide - width).abs() >= 1.0,
    }
}

/// Runs `changed` whenever the reader changes between a mouse and a finger, because the height of rows
/// depends on it.
pub fn on_pointer_change(changed: impl Fn() + 'static) {
    let query = window().match_media("(pointer: coarse)");
    if let Ok(Some(pointer)) = query {
        let changed = Closure::wrap(Box::new(changed) as Box<dyn FnMut()>).into_js_value();
        pointer.set_onchange(Some(changed.unchecked_ref()));
    }
}

/// The scroll position of a list, in pixels from its top.
#[must_use]
pub fn scroll_top(list: &Element) -> f64 {
    match PAGE.get() {
        Some(page) => page.scroll_top(edges(list)),
        None => list.scroll_top().into(),
    }
}

/// Scrolls a list to a position in pixels from its top. Returns whether it was elsewhere.
#[must_use]
pub fn scroll_to(list: &Element, top: f64) -> bool {
    let Some(page) = PAGE.get() else {
        return scroll_element_to(list, top);
    };
    let list = edges(list);
    let is_revealed = IS_REVEALED.take();
    let to_first_row = || page.distance_to_first_row(list).filter(|_| is_revealed);
    let distance = page.distance_to(list, top).or_else(to_first_row);
    if let Some(distance) = distance {
        window().scroll_by_with_x_and_y(0.0, distance);
    }
    distance.is_some()
}

/// Lets the next [`scroll_to`] hide what precedes the list on the page, so that rows near the first
/// one are on screen.
pub fn reveal_list() {
    IS_REVEALED.set(page_scrolls());
}

fn scroll_element_to(list: &Element, top: f64) -> bool {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "browsers limit it to some ten million pixels"
    )]
    let top = top.round() as i32;
    let is_elsewhere = list.scroll_top() != top;
    if is_elsewhere {
        list.set_scroll_top(top);
    }
    is_elsewhere
}

/// Whether the style sheet gives a list no scrollbar.
fn has_no_scrollbar(list: &Element) -> bool {
    style(list, "overflow-y").is_some_and(|overflow| overflow == "visible")
}

fn screen() -> ListWindow {
    let height = window().inner_height().ok();
    ListWindow {
        screen: height.and_then(|height| height.as_f64()).unwrap_or(0.0),
        above: height_of(UPPER_BAR, "top"),
        below: height_of(LOWER_BAR, "bottom"),
    }
}

/// The height of a bar that stays at an edge of the screen. 0 if the style sheet lets it scroll away,
/// as it does with large text.
fn height_of(selector: &str, edge: &str) -> f64 {
    let bar = find(selector).filter(|bar| style(bar, edge).is_some_and(|inset| inset == "0px"));
    bar.map_or(0.0, |bar| bar.get_bounding_client_rect().height())
}

/// A computed property of an element's style.
fn style(element: &Element, property: &str) -> Option<String> {
    let style = window().get_computed_style(element).ok().flatten()?;
    style.get_property_value(property).ok()
}

fn edges(list: &Element) -> ListEdges {
    let rect = list.get_bounding_client_rect();
    ListEdges {
        top: rect.top(),
        bottom: rect.bottom(),
    }
}
