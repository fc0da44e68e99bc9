//! The search for players of the season by name. The players found are options in an overlay, by
//! the pattern of a combobox. Without JavaScript, the search is a request for a page, and the players
//! found are links.

use leptos::{ev, html, prelude::*};

use crate::api::board::Found;
use crate::components::form::field_error::FieldError;
use crate::core::url::url_escape;
use crate::features::board::board_state::BoardState;
use crate::features::list::jump::is_plain_click;
use crate::features::list::search::{PlayerSearch, SearchResult};
use crate::locale::numbers;
use crate::words;

/// The id of the list of the players found.
const OPTIONS: &str = "found";

/// The field for a name, and the players found.
#[component]
pub fn Search(state: BoardState) -> impl IntoView {
    let search = PlayerSearch::new(state);
    let input = NodeRef::<html::Input>::new();
    restore_on_steps(search, input);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            search.search(input.value());
            // The keys of the result are pressed in the field. A browser that refuses leaves the
            // focus where it is.
            let _ = input.focus();
        }
    };
    let outcome = move || {
        let result = search.result.read();
        let (text, result) = result.as_ref().filter(|_| search.is_open.get())?;
        outcome_text(text, result)
    };
    let error = Signal::derive(move || search.error());
    view! {
        <search class="search">
            <form method="get" action=state.path() on:submit=submit>
                <input type="hidden" name="season" value=state.season().to_string() />
                <label class="sr-only" for="find">{words::find_a_player_by_name()}</label>
                <div class="search-box">
                    <SearchField state search input error />
                    <Options state search />
                    <p class="found-count" class:sr-only=move || search.is_expanded() role="status">{outcome}</p>
                </div>
                <button type="submit" class="small">{words::find()}</button>
            </form>
            <FieldError field="find" text=error />
        </search>
    }
}

/// Restores the search after each step through the history.
fn restore_on_steps(search: PlayerSearch, input: NodeRef<html::Input>) {
    Effect::new(move |_| {
        let stepped = window_event_listener_untyped("popstate", move |_| {
            let text = search.restore();
            if let Some(input) = input.get_untracked() {
                input.set_value(&text);
            }
        });
        on_cleanup(move || stepped.remove());
    });
}

/// The number of players found for a text, or the reason why there are none. Screen readers
/// announce this text alone, and not the whole list. The error of a text is at the field.
fn outcome_text(text: &str, result: &SearchResult) -> Option<String> {
    match result {
        Ok(found) if found.is_empty() => Some(words::no_players_match(text.trim())),
        Ok(found) => Some(words::found_players(found.len() as u64)),
        Err(error) if error.code == "invalid_value" => None,
        Err(error) => Some(error.message.clone()),
    }
}

/// The field. It is a combobox once the page's code runs.
#[component]
fn SearchField(
    state: BoardState,
    search: PlayerSearch,
    input: NodeRef<html::Input>,
    /// The error of its text.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let text = state.view().found.as_ref().map(|(text, _)| text.clone());
    // A result in the document closes when the field loses the focus, so it begins with it.
    let gets_focus = search.is_open.get_untracked();
    let is_combobox = move || state.is_hydrated.get();
    let type_text = move |_| {
        if let Some(input) = input.get_untracked() {
            search.type_text(input.value());
        }
    };
    let press_key = move |event: ev::KeyboardEvent| {
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        if !has_modifier && !event.is_composing() && search.press_key(&event.key()) {
            event.prevent_default();
        }
    };
    view! {
        <input
            id="find"
            type="search"
            name="find"
            node_ref=input
            maxlength="40"
            autocomplete="off"
            placeholder=words::find_a_player()
            value=text.unwrap_or_default()
            autofocus=gets_focus
            role=move || is_combobox().then_some("combobox")
            aria-autocomplete="list"
            aria-controls=OPTIONS
            aria-expanded=move || is_combobox().then(|| search.is_expanded().to_string())
            aria-activedescendant=move || search.active.get().map(option_id)
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby="find-error"
            on:input=type_text
            on:keydown=press_key
            on:blur=move |_| search.leave()
        />
    }
}

/// The players found, as options of the field.
#[component]
fn Options(state: BoardState, search: PlayerSearch) -> impl IntoView {
    let options = move || {
        let found = search.found().into_iter().enumerate();
        let option = |(number, found)| view! { <FoundPlayer state search found number /> };
        found.map(option).collect_view()
    };
    view! {
        <ul
            id=OPTIONS
            class="found"
            role=move || state.is_hydrated.get().then_some("listbox")
            aria-label=words::players_found()
            hidden=move || !search.is_expanded()
            // A press must not take the focus from the field, whose loss closes the list.
            on:mousedown=move |event| event.prevent_default()
        >
            {options}
        </ul>
    }
}

#[component]
fn FoundPlayer(
    state: BoardState,
    search: PlayerSearch,
    found: Found,
    /// Its index.
    number: usize,
) -> impl IntoView {
    let format = state.view().board.format;
    let href = format!(
        "{}?season={}&player={}",
        state.path(),
        state.season(),
        url_escape(found.player.as_str())
    );
    let is_option = move || state.is_hydrated.get();
    let is_active = move || search.active.get() == Some(number);
    let (rank, score) = (found.place.rank, found.place.score);
    let name = found.name.to_string();
    // A long name is clipped.
    let whole_name = name.clone();
    let choose = move |event: ev::MouseEvent| {
        if !is_plain_click(&event) {
            return;
        }
        event.prevent_default();
        search.choose(&found);
    };
    view! {
        <li role=move || is_option().then_some("presentation")>
            <a
                id=option_id(number)
                href=href
                role=move || is_option().then_some("option")
                tabindex=move || is_option().then_some("-1")
                aria-selected=move || is_option().then(|| is_active().to_string())
                class:active=is_active
                on:click=choose
            >
                <span class="rank">"#" {numbers::rank(rank)}</span>
                <span class="name" title=whole_name><bdi>{name}</bdi></span>
                <span class="score">{numbers::score(format, score)}</span>
            </a>
        </li>
    }
}

/// The id of an option.
fn option_id(number: usize) -> String {
    format!("found-{number}")
}
