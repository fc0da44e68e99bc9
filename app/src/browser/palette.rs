//! The parts of the command palette that need the browser: its keys and its button, the modal dialog,
//! the board of the page, and the recent choices in the browser's storage.

use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use super::dom::focus::find;
use super::dom::reader::reader_of_document;
use super::dom::scroll_position::query_value;
use super::storage::{store_text, stored_text};
use crate::core::palette::{Choice, read_recent, with_recent, write_recent};

/// The id of the button in the header (`document/chrome.rs`).
pub const BUTTON: &str = "palette-button";

/// The name of the recent choices in the browser's storage.
const STORED: &str = "leaderport.palette";

/// Calls `open` when the reader presses the button of the palette, or Ctrl-K or ⌘K anywhere.
pub fn listen(open: fn()) {
    name_keys();
    window_event_listener(ev::keydown, move |event| {
        let has_modifier = event.ctrl_key() != event.meta_key();
        let is_plain = !event.shift_key() && !event.alt_key();
        if has_modifier && is_plain && event.key().eq_ignore_ascii_case("k") {
            // The default would be the browser's search, or the deletion of text in a field.
            event.prevent_default();
            if !event.repeat() {
                open();
            }
        }
    });
    window_event_listener(ev::click, move |event| {
        let target = event.target();
        let target = target.and_then(|target| target.dyn_into::<Element>().ok());
        // Fails only for a malformed selector.
        let button = target.and_then(|target| target.closest(&button_selector()).ok().flatten());
        if button.is_some() {
            open();
        }
    });
}

/// Names the keys of a Mac on its button. The document has those of other devices.
fn name_keys() {
    let platform = window().navigator().platform().unwrap_or_default();
    if platform.to_ascii_lowercase().starts_with("mac")
        && let Some(keys) = find(&format!("{} kbd", button_selector()))
    {
        keys.set_text_content(Some("⌘K"));
    }
}

fn button_selector() -> String {
    format!("#{BUTTON}")
}

/// Opens a dialog over the page, which is inert until it closes. The browser then returns the focus.
pub fn open_modal(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        // Fails only for a dialog that is not in the document.
        let _ = dialog.show_modal();
    }
}

/// Closes a dialog.
pub fn close_modal(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
    }
}

/// The slug and the season of the board that the page shows. On other pages, the slug of the first board
/// that the page links to, and an empty season.
#[must_use]
pub fn board_of_page() -> Option<(String, String)> {
    let path = window().location().pathname().unwrap_or_default();
    if let Some(slug) = slug_of(&path) {
        return Some((slug, query_value("season").unwrap_or_default()));
    }
    // Fails only for a malformed selector.
    let link = document().query_selector("main a[href^='/boards/']");
    let path = link.ok().flatten()?.get_attribute("href")?;
    Some((slug_of(&path)?, String::new()))
}

fn slug_of(path: &str) -> Option<String> {
    let slug = path.strip_prefix("/boards/")?;
    let slug = slug.split(['/', '?', '#']).next()?;
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The reader's recent choices in this browser, the newest first.
#[must_use]
pub fn recent_choices() -> Vec<Choice> {
    let text = stored_text(STORED);
    text.map(|text| read_recent(&owner(), &text))
        .unwrap_or_default()
}

/// Remembers a choice as the newest one.
pub fn remember_choice(chosen: Choice) {
    let recent = with_recent(recent_choices(), chosen);
    store_text(STORED, Some(&write_recent(&owner(), &recent)));
}

/// The reader's player; empty for an unknown reader. Recent choices are shown only to their reader.
fn owner() -> String {
    reader_of_document().map_or_else(String::new, |reader| reader.player.to_string())
}
