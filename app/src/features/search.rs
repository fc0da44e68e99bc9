//! Searches players of a season by name. A search is an entry of the browser's history.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::board_state::BoardState;
use super::jump::enter_history;
use crate::api::board::{Found, search_board};
use crate::browser::scroll_position::query_value;
use crate::error::PageError;

/// The result of a search.
pub type SearchResult = Result<Vec<Found>, PageError>;

/// A search and its latest result.
#[derive(Clone, Copy)]
pub struct PlayerSearch {
    state: BoardState,
    /// The text of the latest search and its result; none before a search.
    pub result: RwSignal<Option<(String, SearchResult)>>,
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
            result: RwSignal::new(found),
            searches: StoredValue::new(0),
        }
    }

    /// Searches players whose name, or a word of it, begins with a text, in a new entry of the history.
    /// An empty text clears the result.
    pub fn search(self, text: String) {
        if query_value("find").unwrap_or_default().trim() != text.trim() {
            let place = self.state.list.read_untracked().top();
            enter_history(self.state, &[("find", text.trim())], place);
        }
        self.read(text);
    }

    /// Shows the search of the current entry of the history, after a step to it. Returns its text.
    pub fn restore(self) -> String {
        // An answer that arrives later belongs to the entry that was left.
        *self.searches.write_value() += 1;
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

    fn read(self, text: String) {
        *self.searches.write_value() += 1;
        if text.trim().is_empty() {
            return self.result.set(None);
        }
        let number = self.searches.get_value();
        let board = self.state.board().slug.to_string();
        let season = self.state.season().to_string();
        spawn_local(async move {
            let result = search_board(board, season, text.clone()).await;
            if self.searches.get_value() == number {
                self.result.set(Some((text, result)));
            }
        });
    }
}
