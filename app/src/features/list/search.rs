//! Searches players of a season by name, while the reader types. The players found are the options
//! of the search field, and a chosen player is highlighted in the list.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::jump::{enter_history, jump_to};
use crate::api::board::Found;
use crate::browser::clock::after;
use crate::browser::dom::focus::find;
use crate::browser::dom::scroll_position::query_value;
use crate::core::list::active_row::ActiveRow;
use crate::error::PageError;
use crate::features::board::board_requests::request_search;
use crate::features::board::board_state::BoardState;
use crate::words;

/// The delay between the last typed character and the search, in milliseconds.
const TYPING_MILLIS: u32 = 200;

/// The result of a search.
pub type SearchResult = Result<Vec<Found>, PageError>;

/// A search and its latest result.
#[derive(Clone, Copy)]
pub struct PlayerSearch {
    state: BoardState,
    /// The text of the latest search and its result; none before a search.
    pub result: RwSignal<Option<(String, SearchResult)>>,
    /// Whether the result is shown.
    pub is_open: RwSignal<bool>,
    /// The index of the highlighted option.
    pub active: RwSignal<Option<usize>>,
    /// Whether the reader has sent the form without a text.
    is_empty: RwSignal<bool>,
    /// Counts the searches, so that a late answer does not replace a newer one.
    searches: StoredValue<u32>,
}

impl PlayerSearch {
    /// A search that starts with the result that the server rendered.
    #[must_use]
    pub fn new(state: BoardState) -> Self {
        let found = state.view().found.clone();
        Self {
            state,
            is_open: RwSignal::new(found.is_some()),
            result: RwSignal::new(found),
            active: RwSignal::new(None),
            is_empty: RwSignal::new(false),
            searches: StoredValue::new(0),
        }
    }

    /// The players found.
    #[must_use]
    pub fn found(self) -> Vec<Found> {
        let result = self.result.get();
        result
            .and_then(|(_, result)| result.ok())
            .unwrap_or_default()
    }

    /// Whether options are shown.
    #[must_use]
    pub fn is_expanded(self) -> bool {
        self.is_open.get() && !self.found().is_empty()
    }

    /// The error of the text in the field; none if the text can be searched.
    #[must_use]
    pub fn error(self) -> Option<String> {
        let is_refused = self.result.with(|result| match result {
            Some((_, Err(error))) => error.code == "invalid_value",
            _ => false,
        });
        let is_unusable = self.is_empty.get() || is_refused;
        is_unusable.then(|| words::enter_a_name_to_find().to_owned())
    }

    /// Closes the options when the field loses the focus. A search that was not sent yet is given up.
    pub fn leave(self) {
        self.count_search();
        self.close();
    }

    /// Searches a text that the reader is typing, once they pause.
    pub fn type_text(self, text: String) {
        let number = self.count_search();
        self.is_empty.set(false);
        if text.trim().is_empty() {
            self.close();
            return self.result.set(None);
        }
        after(TYPING_MILLIS, move || {
            if self.searches.get_value() == number {
                self.is_open.set(true);
                self.read(text);
            }
        });
    }

    /// Searches players whose name, or a word of it, begins with a text, in a new entry of the
    /// history.
    pub fn search(self, text: String) {
        let is_empty = text.trim().is_empty();
        self.is_empty.set(is_empty);
        if is_empty {
            return self.close();
        }
        if query_value("find").unwrap_or_default().trim() != text.trim() {
            let place = self.state.list.read_untracked().top();
            enter_history(self.state, &[("find", text.trim())], place);
        }
        self.is_open.set(true);
        self.read(text);
    }

    /// Restores the search of the current entry of the history, after a step to it, without showing
    /// its result. Returns its text.
    pub fn restore(self) -> String {
        // An answer that arrives later belongs to the entry that was left.
        self.count_search();
        self.close();
        let text = query_value("find").unwrap_or_default();
        let shown = self.result.with_untracked(|result| {
            let shown = result.as_ref().map(|(shown, _)| shown.trim().to_owned());
            shown.unwrap_or_default()
        });
        if shown != text.trim() {
            self.read(text.clone());
        }
        text
    }

    /// Handles a key that was pressed in the field. Returns false if it has its usual effect.
    pub fn press_key(self, key: &str) -> bool {
        let found = untrack(|| self.found());
        let is_open = self.is_open.get_untracked();
        match key {
            "ArrowDown" | "ArrowUp" if !found.is_empty() => {
                self.is_open.set(true);
                self.step(found.len(), key == "ArrowDown");
            }
            "Enter" if is_open => {
                let active = self.active.get_untracked();
                let Some(chosen) = active.and_then(|n| found.get(n)) else {
                    return false;
                };
                self.choose(chosen);
            }
            "Escape" if is_open => self.close(),
            _ => return false,
        }
        true
    }

    /// Moves the highlight to the next option, or to the one before.
    fn step(self, options: usize, is_down: bool) {
        let next = match (self.active.get_untracked(), is_down) {
            (None, true) => 0,
            (None, false) => options - 1,
            (Some(n), true) => (n + 1) % options,
            (Some(n), false) => (n + options - 1) % options,
        };
        self.active.set(Some(next));
        request_animation_frame(|| {
            if let Some(option) = find("#found a.active") {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                option.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }

    /// Scrolls the list to a found player, highlights the row, and closes the result.
    pub fn choose(self, found: &Found) {
        // An answer that arrives later must not open the result again.
        self.count_search();
        self.close();
        let place = found.place.place;
        self.state.active.set(Some(ActiveRow {
            place,
            player: Some(found.player.clone()),
        }));
        let address = [("find", ""), ("player", found.player.as_str())];
        jump_to(self.state, &address, place);
    }

    /// Closes the result.
    pub fn close(self) {
        self.is_open.set(false);
        self.active.set(None);
    }

    fn read(self, text: String) {
        let number = self.count_search();
        if text.trim().is_empty() {
            return self.result.set(None);
        }
        let board = self.state.board().slug.to_string();
        let season = self.state.season().to_string();
        spawn_local(async move {
            let result = request_search(board, season, text.clone()).await;
            if self.searches.get_value() == number {
                self.active.set(None);
                self.result.set(Some((text, result)));
            }
        });
    }

    /// Counts a search, so that answers to earlier ones are ignored. Returns its number.
    fn count_search(self) -> u32 {
        let number = self.searches.get_value() + 1;
        self.searches.set_value(number);
        number
    }
}
