//! The rows in the browser: takes over what the server wrote, draws rows as they change, has them
//! glide, and brings their elements into order. The thin part that touches the DOM.
//!
//! An element is made once and shown again with other rows ([`Slots`]); into it is written what
//! differs between the two faces, and nothing else is touched. A player on screen keeps their
//! element, wherever they move.

use std::cell::LazyCell;

use gloo_timers::callback::Timeout;
use leaderport::ScoreFormat;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleDeclaration, Element, Node};

use crate::components::list::row::{Drawn, Face, Key, rows};
use crate::components::tenths;
use crate::core::row_animation::{EASING, GLIDE_MILLIS, Glide};
use crate::core::row_pool::{Slots, in_order, insert_by};
use crate::features::board_state::BoardState;
use crate::features::list_scroll::{is_scrolling, set};

/// How often, at most, elements are brought into the order of the rows, in milliseconds. To
/// move one costs as much as to make it, so it waits until the list is scrolled no more.
const ORDER_MILLIS: u32 = 300;

/// Draws rows as they change, from those on that the server has written: those of others glide
/// to their new places, and light up when their score is another.
pub(crate) fn draw(
    state: BoardState,
    written: Vec<(Key, Drawn)>,
    scroller: NodeRef<html::Div>,
    blank: NodeRef<html::Template>,
) {
    let format = state.first.with_value(|f| f.board.format);
    // The places on screen, and by how much they are drawn off.
    let window = Memo::new(move |_| (state.visible(), state.shift()));
    let mut written = Some(written);
    let mut slots = Slots::default();
    // By the numbers that slots give.
    let mut elements = Vec::new();
    let order = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |is_again: Option<()>| {
        let (visible, shift) = window.get();
        let (keys, now): (Vec<Key>, Vec<Drawn>) = rows(state, visible, shift).into_iter().unzip();
        let (list, blank) = (scroller.get(), blank.get());
        let blank = blank.and_then(|blank| blank.content().first_element_child());
        let parent = list.as_ref().and_then(|list| list.first_element_child());
        let (Some(list), Some(parent), Some(blank)) = (list, parent, blank) else {
            return;
        };
        if let Some(written) = written.take() {
            let (keys, written): (Vec<Key>, Vec<Drawn>) = written.into_iter().unzip();
            elements = take_over(&parent, written, format);
            if elements.len() == keys.len() {
                slots.assign(keys);
            } else {
                // Something else than the server has been at the document.
                elements.clear();
                parent.set_inner_html("");
            }
        }
        let clock = js_sys::Date::now();
        // Asked once, and only when something has moved.
        let is_still = LazyCell::new(|| is_again.is_none() || is_scrolling() || wants_no_motion());
        let focused = document().active_element();
        // The link that had the focus is another one's by now, or gone.
        let keep_focus = |element: &RowElement| {
            if element.root.contains(focused.as_deref()) {
                focus(&list);
            }
        };
        let mut is_on_screen = vec![false; elements.len()];
        for (given, drawn) in slots.assign(keys).into_iter().zip(now) {
            if given.slot >= elements.len() {
                // One more: numbers that are new go up by one.
                let Some(element) = RowElement::blank(&blank) else {
                    return;
                };
                elements.push(element);
                is_on_screen.push(true);
            }
            let Some(element) = elements.get_mut(given.slot) else {
                return;
            };
            is_on_screen[given.slot] = true;
            element.put_into(&parent);
            if element.drawn.as_ref() == Some(&drawn) {
                continue;
            }
            element.write(Face::of(&drawn, format));
            let before = element.drawn.replace(drawn);
            let after = element.drawn.as_ref();
            match before.zip(after) {
                Some((before, after)) if given.is_kept && !*is_still => {
                    if before.place != after.place {
                        let glide = Glide::new(before.place, after.place, clock, element.glide);
                        element.glide = Some(glide);
                        element.playing[0] = slide(&element.root, glide);
                    }
                    if before.score().is_some() && before.score() != after.score() {
                        element.playing[1] = light_up(&element.root);
                    }
                }
                _ => element.glide = None,
            }
            if !given.is_kept {
                element.rest();
                keep_focus(element);
            }
        }
        for (element, _) in elements.iter_mut().zip(is_on_screen).filter(|(_, is)| !is) {
            keep_focus(element);
            element.take_out();
        }
        if order.with_value(Option::is_none) {
            put_in_order_later(scroller, order);
        }
    });
}

/// The elements of the rows that the server has written, in order.
fn take_over(parent: &Element, written: Vec<Drawn>, format: ScoreFormat) -> Vec<RowElement> {
    let there = parent.children();
    let take = |(n, drawn): (u32, Drawn)| {
        let face = Face::of(&drawn, format);
        RowElement::new(there.item(n)?, Some(drawn), face)
    };
    (0..).zip(written).map_while(take).collect()
}

/// An element of the list, its parts, and what they say.
struct RowElement {
    root: Element,
    style: CssStyleDeclaration,
    rank: Element,
    avatar: Element,
    name: Element,
    note: Element,
    score: Element,
    /// None while it has shown no row.
    drawn: Option<Drawn>,
    face: Face,
    glide: Option<Glide>,
    /// Its last glide, and how it last lit up.
    playing: [Option<JsValue>; 2],
    /// Whether the document has it.
    is_there: bool,
}

impl RowElement {
    /// One that has a face already. None where its parts are not those of one
    /// ([`crate::components::list::row::face`]).
    fn new(root: Element, drawn: Option<Drawn>, face: Face) -> Option<Self> {
        let rank = root.first_element_child()?;
        let whose = rank.next_element_sibling()?;
        let avatar = whose.first_element_child()?;
        let name = avatar.next_element_sibling()?;
        Some(Self {
            is_there: drawn.is_some(),
            note: name.next_element_sibling()?,
            score: whose.next_element_sibling()?,
            style: root.dyn_ref::<web_sys::HtmlElement>()?.style(),
            root,
            rank,
            avatar,
            name,
            drawn,
            face,
            glide: None,
            playing: [None, None],
        })
    }

    /// One more, which shows nothing, and is not in the document.
    fn blank(blank: &Element) -> Option<Self> {
        let root = blank.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
        Self::new(root, None, Face::blank())
    }

    fn put_into(&mut self, parent: &Element) {
        if !std::mem::replace(&mut self.is_there, true) {
            // It is in no other, and has none in it.
            let _ = parent.append_child(&self.root);
        }
    }

    fn take_out(&mut self) {
        if std::mem::take(&mut self.is_there) {
            self.rest();
            self.root.remove();
        }
    }

    /// Ends what is animated: it was another row.
    fn rest(&mut self) {
        // An element may be without it.
        let _ = self.root.remove_attribute(LIT);
        for animation in self.playing.iter_mut().filter_map(Option::take) {
            let cancel = js_sys::Reflect::get(&animation, &"cancel".into()).ok();
            if let Some(cancel) = cancel.and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
                // One that has ended already ends once more.
                let _ = cancel.call0(&animation);
            }
        }
    }

    /// Has the element say what it does not say yet.
    fn write(&mut self, face: Face) {
        let before = std::mem::replace(&mut self.face, face);
        let after = &self.face;
        let attribute = |element: &Element, name, before: Option<&str>, after: Option<&str>| {
            if before != after {
                // The names are those of attributes.
                let _ = match after {
                    Some(after) => element.set_attribute(name, after),
                    None => element.remove_attribute(name),
                };
            }
        };
        let always = |element: &Element, name, before: &str, after: &str| {
            attribute(element, name, Some(before), Some(after));
        };
        let root = &self.root;
        always(root, "class", &before.class, &after.class);
        always(root, "aria-rowindex", &before.row_index, &after.row_index);
        always(root, "data-place", &before.place, &after.place);
        if before.top != after.top {
            // Not as an attribute: what a style that was parsed anew may change is all of it, and
            // costs the browser seven times as much. The property is one.
            let _ = self.style.set_property("top", &after.top);
        }
        attribute(root, "aria-current", before.current, after.current);
        let medals = [&before.medal, &after.medal].map(Option::as_deref);
        attribute(&self.rank, "data-rank", medals[0], medals[1]);
        always(&self.avatar, "style", &before.hue, &after.hue);
        always(&self.name, "class", before.name_class, after.name_class);
        let links = [&before.href, &after.href].map(Option::as_deref);
        attribute(&self.name, "href", links[0], links[1]);
        text(&self.rank, &before.rank, &after.rank);
        text(&self.avatar, &before.initial, &after.initial);
        text(&self.name, &before.name, &after.name);
        text(&self.note, before.note, after.note);
        text(&self.score, &before.score, &after.score);
    }
}

/// Has an element that has nothing but text say another one.
fn text(element: &Element, before: &str, after: &str) {
    if before != after {
        let child = element.first_child();
        // What translates or marks a page puts elements around its texts.
        let is_text = |child: &Node| child.node_type() == Node::TEXT_NODE;
        match child.filter(|child| is_text(child) && child.next_sibling().is_none()) {
            Some(text) => text.set_node_value(Some(after)),
            None => element.set_text_content(Some(after)),
        }
    }
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
    let place = |element: &Element| element.get_attribute("data-place")?.parse().ok();
    let rows_now = elements.filter_map(|element| Some((place(&element)?, element)));
    let rows_now: Vec<(u64, Element)> = rows_now.collect();
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
    let mut before: Option<&Element> = None;
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

/// The attribute of a row that has lit up: by it the styles give it what lights up.
const LIT: &str = "data-lit";

/// Both run beside the page's code, in the compositor: `translate` is added to where the row
/// is drawn, and what lights up lies behind it.
fn slide(element: &Element, glide: Glide) -> Option<JsValue> {
    let from = format!("0 {}px", tenths(glide.from));
    play(element, "translate", [&from, "0 0"], GLIDE_MILLIS, None)
}

fn light_up(element: &Element) -> Option<JsValue> {
    // The name is that of an attribute.
    let _ = element.set_attribute(LIT, "");
    play(
        element,
        "opacity",
        ["1", "0"],
        3.0 * GLIDE_MILLIS,
        Some("::after"),
    )
}

/// Plays an animation of one property, of an element or of what it has in its style alone. Gives
/// the browser's `Animation`.
fn play(
    element: &Element,
    property: &str,
    frames: [&str; 2],
    millis: f64,
    of: Option<&str>,
) -> Option<JsValue> {
    let values: js_sys::Array = frames.map(JsValue::from).iter().collect();
    let keyframes = js_sys::Object::new();
    set(&keyframes, property, &values);
    let options = js_sys::Object::new();
    set(&options, "duration", &millis.into());
    set(&options, "easing", &EASING.into());
    if let Some(of) = of {
        set(&options, "pseudoElement", &of.into());
    }
    // A browser that cannot animate shows the row in its place all the same.
    let animate = js_sys::Reflect::get(element, &"animate".into()).ok()?;
    let animate = animate.dyn_into::<js_sys::Function>().ok()?;
    animate.call2(element, &keyframes, &options).ok()
}
