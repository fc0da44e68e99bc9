//! The search for players of the season by name. Without JavaScript, the search is a request for a
//! page.

use leptos::{ev, html, prelude::*};

use crate::api::board::Found;
use crate::core::url::url_escape;
use crate::features::board_state::BoardState;
use crate::features::jump::{is_plain_click, jump_to};
use crate::features::search::{PlayerSearch, SearchResult};
use crate::locale::numbers;
use crate::words;

/// The field for a name, and the players found.
#[component]
pub fn Search(state: BoardState) -> impl IntoView {
    let search = PlayerSearch::new(state);
    let input = NodeRef::<html::Input>::new();
    let text = state.view().found.as_ref().map(|(text, _)| text.clone());
    Effect::new(move |_| {
        let stepped = window_event_listener_untyped("popstate", move |_| {
            let text = search.restore();
            if let Some(input) = input.get_untracked() {
                input.set_value(&text);
            }
        });
        on_cleanup(move || stepped.remove());
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            search.search(input.value());
        }
    };
    let outcome = move || {
        let result = search.result.read();
        let result = result.as_ref();
        result.map(|(text, result)| outcome_text(text, result))
    };
    view! {
        <search class="search">
            <form method="get" action=state.path() on:submit=submit>
                <input type="hidden" name="season" value=state.season().to_string() />
                <label class="sr-only" for="find">{words::find_a_player_by_name()}</label>
                <input id="find" type="search" name="find" node_ref=input maxlength="40" autocomplete="off" placeholder=words::find_a_player() value=text.unwrap_or_default() />
                <button type="submit" class="small">{words::find()}</button>
            </form>
            <p class="found-count" role="status">{outcome}</p>
            {move || search.result.get().map(|(text, result)| view! { <Results state text result /> })}
        </search>
    }
}

/// The number of players found for a text, or the reason why there are none. Screen readers
/// announce this text alone, and not the whole list.
fn outcome_text(text: &str, result: &SearchResult) -> String {
    match result {
        Ok(found) if found.is_empty() => words::no_players_match(text.trim()),
        Ok(found) => words::found_players(found.len() as u64),
        Err(error) => error.message.clone(),
    }
}

/// The players found.
#[component]
fn Results(state: BoardState, text: String, result: SearchResult) -> impl IntoView {
    let found = result.ok().filter(|found| !found.is_empty());
    found.map(|found| {
        let items = found.into_iter().map(|found| {
            let text = text.clone();
            view! { <Player state found text /> }
        });
        view! { <ul class="found" aria-label=words::players_found()>{items.collect_view()}</ul> }
    })
}

#[component]
fn Player(
    state: BoardState,
    found: Found,
    /// The text of the search.
    text: String,
) -> impl IntoView {
    let format = state.view().board.format;
    let place = found.place.place;
    let player = found.player.to_string();
    let href = format!(
        "{}?season={}&find={}&player={}",
        state.path(),
        state.season(),
        url_escape(text.trim()),
        url_escape(&player)
    );
    let scroll = move |event: ev::MouseEvent| {
        if !is_plain_click(&event) {
            return;
        }
        event.prevent_default();
        jump_to(
            state,
            &[("find", text.trim()), ("player", player.as_str())],
            place,
        );
    };
    view! {
        <li>
            <a href=href on:click=scroll>
                <span class="rank">"#" {numbers::rank(found.place.rank)}</span>
                <span class="name"><bdi>{found.name.to_string()}</bdi></span>
                <span class="score">{numbers::score(format, found.place.score)}</span>
            </a>
        </li>
    }
}
