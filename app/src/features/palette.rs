//! The command palette: leads to boards, players and pages by a few typed letters. Boards and pages are
//! filtered in the browser. Players are searched on the server, once the reader pauses: moderators and
//! admins search all players, others those of one board.

use leaderport::{PlayerRecord, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::admin_page::moderation::find_players;
use crate::api::board::{Found, search_board};
use crate::api::palette::load_palette;
use crate::browser::clock::after;
use crate::browser::dom::focus::find;
use crate::browser::dom::reveal::bring_into_view;
use crate::browser::palette::{board_of_page, recent_choices};
use crate::core::palette::{Choice, Choices, Groups, step};
use crate::core::url::url_escape;
use crate::error::PageError;
use crate::locale::numbers;

/// The delay between the last typed character and the search, in milliseconds.
const TYPING_MILLIS: u32 = 200;

/// The pages of the site for a role; none is the role of a reader without the admin page.
type Pages = fn(Option<Role>) -> Vec<Choice>;

/// The state of the palette. Copies share it.
#[derive(Clone, Copy)]
pub struct Palette {
    pages: Pages,
    /// Whether it is open.
    pub is_open: RwSignal<bool>,
    /// The text in its field.
    pub text: RwSignal<String>,
    /// The index of the highlighted choice.
    pub active: RwSignal<usize>,
    /// Whether players are being searched.
    pub is_searching: RwSignal<bool>,
    /// The reason why boards or players are missing.
    pub error: RwSignal<Option<String>>,
    choices: RwSignal<Choices>,
    role: RwSignal<Option<Role>>,
    is_loaded: RwSignal<bool>,
    /// Counts the searches, so that a late answer does not replace a newer one.
    searches: StoredValue<u32>,
}

impl Palette {
    /// A closed palette.
    #[must_use]
    pub fn new(pages: Pages) -> Self {
        Self {
            pages,
            is_open: RwSignal::new(false),
            text: RwSignal::new(String::new()),
            active: RwSignal::new(0),
            is_searching: RwSignal::new(false),
            error: RwSignal::new(None),
            choices: RwSignal::new(Choices::default()),
            role: RwSignal::new(None),
            is_loaded: RwSignal::new(false),
            searches: StoredValue::new(0),
        }
    }

    /// Opens the palette, or closes it if it is open.
    pub fn toggle(self) {
        if self.is_open.get_untracked() {
            return self.close();
        }
        self.type_text(String::new());
        let pages = (self.pages)(self.role.get_untracked());
        self.choices.update(|choices| {
            choices.recent = recent_choices();
            choices.pages = pages;
        });
        self.is_open.set(true);
        if !self.is_loaded.get_untracked() {
            spawn_local(self.load());
        }
    }

    /// Closes the palette. Its field is empty then, because a page waits with a reload while a field
    /// has a text.
    pub fn close(self) {
        self.is_open.set(false);
        self.type_text(String::new());
    }

    /// The choices for the text.
    #[must_use]
    pub fn groups(self) -> Groups {
        self.choices
            .with(|choices| self.text.with(|text| choices.select(text.trim())))
    }

    /// Filters by a text that the reader is typing, and searches players once they pause.
    pub fn type_text(self, text: String) {
        let number = self.count_search();
        let is_empty = text.trim().is_empty();
        self.text.set(text.clone());
        self.active.set(0);
        self.error.set(None);
        self.choices.update(|choices| choices.players.clear());
        self.is_searching.set(!is_empty);
        if is_empty {
            return;
        }
        after(TYPING_MILLIS, move || {
            if self.searches.get_value() == number {
                spawn_local(self.search(text, number));
            }
        });
    }

    /// Handles a key that was pressed in the field. Returns false if it has its usual effect.
    pub fn press_key(self, key: &str) -> bool {
        let groups = untrack(|| self.groups());
        let count: usize = groups.iter().map(|(_, choices)| choices.len()).sum();
        if key == "Enter" {
            if let Some(choice) = find(ACTIVE) {
                choice.click();
            }
            return true;
        }
        let Some(next) = step(self.active.get_untracked(), count, key) else {
            return false;
        };
        self.active.set(next);
        request_animation_frame(|| {
            if let Some(choice) = find(ACTIVE) {
                bring_into_view(&choice);
            }
        });
        true
    }

    async fn load(self) {
        match load_palette().await {
            Ok(data) => {
                self.is_loaded.set(true);
                self.role.set(data.role);
                let boards = data.boards.into_iter().map(board);
                let (boards, pages) = (boards.collect(), (self.pages)(data.role));
                self.choices.update(|choices| {
                    choices.boards = boards;
                    choices.pages = pages;
                });
            }
            Err(error) => self.error.set(Some(error.message)),
        }
    }

    async fn search(self, text: String, number: u32) {
        let is_moderator = self.role.get_untracked().is_some();
        let found = if is_moderator {
            let found = find_players(text).await;
            found.map(|found| found.into_iter().map(player_to_moderate).collect())
        } else {
            match board_of_page() {
                Some((slug, season)) => {
                    let found = search_board(slug, season, text).await;
                    found.map(|found| found.iter().map(player_of_board).collect())
                }
                None => Ok(Vec::new()),
            }
        };
        if self.searches.get_value() != number {
            return;
        }
        self.is_searching.set(false);
        self.show(found);
    }

    fn show(self, found: Result<Vec<Choice>, PageError>) {
        match found {
            Ok(players) => self.choices.update(|choices| choices.players = players),
            // A text that cannot be a name finds no players.
            Err(error) if error.code == "invalid_value" => {}
            Err(error) => self.error.set(Some(error.message)),
        }
    }

    /// Counts a search, so that answers to earlier ones are ignored. Returns its number.
    fn count_search(self) -> u32 {
        let number = self.searches.get_value() + 1;
        self.searches.set_value(number);
        number
    }
}

/// The selector of the highlighted choice (`components/palette.rs`).
const ACTIVE: &str = "#palette-choices a.active";

fn board((slug, title): (String, String)) -> Choice {
    Choice {
        address: format!("/boards/{slug}"),
        label: title,
        detail: slug,
    }
}

fn player_to_moderate(record: PlayerRecord) -> Choice {
    let id = record.player.to_string();
    let name = record.name.map(|name| name.to_string());
    Choice {
        address: format!("/admin/players?player={}", url_escape(&id)),
        label: name.unwrap_or_else(|| id.clone()),
        detail: id,
    }
}

fn player_of_board(found: &Found) -> Choice {
    Choice {
        address: format!("/players/{}", url_escape(found.player.as_str())),
        label: found.name.to_string(),
        detail: format!("#{}", numbers::rank(found.place.rank)),
    }
}
