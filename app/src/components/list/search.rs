//! Finds players of the season by what their name begins with: in the browser at once,
//! without JavaScript by the address.

use leptos::either::EitherOf3;
use leptos::prelude::*;

use crate::api::board::Found;
use crate::components::{url_escape, written};
use crate::error::PageError;
use crate::features::board_state::BoardState;
#[cfg(feature = "hydrate")]
use crate::features::form_fields::text_of;
#[cfg(feature = "hydrate")]
use crate::islands::lazy::{Task, later};
use crate::locale::numbers;
use crate::words;

/// What came of a search.
pub type Answer = Result<Vec<Found>, PageError>;

/// A field for a name, and who was found.
#[component]
pub fn Search(state: BoardState) -> impl IntoView {
    let found = state.first.with_value(|f| f.found.clone());
    let (text, found) = found.unzip();
    let results = NodeRef::<leptos::html::Div>::new();
    let search = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        #[cfg(feature = "hydrate")]
        if let Some(results) = results.get_untracked() {
            later(Task::Search(state, text_of(&event, "find"), results));
        }
    };
    let fields = written(|| {
        view! {
            <input type="hidden" name="season" value=state.season().to_string() />
            <label class="sr-only" for="find">{words::find_a_player_by_name()}</label>
            <input id="find" type="search" name="find" maxlength="40" autocomplete="off" placeholder=words::find_a_player() value=text.unwrap_or_default() />
            <button type="submit" class="small">{words::find()}</button>
        }
    });
    // What the address searched for. The code that draws in the browser is loaded with the first
    // search there.
    let found = written(|| found.map(|found| view! { <Results state found /> }));
    view! {
        <search class="search">
            <form method="get" action=state.path() on:submit=search inner_html=fields></form>
            <div role="status" node_ref=results inner_html=found></div>
        </search>
    }
}

/// Who was found, or why nobody could be.
#[component]
pub fn Results(state: BoardState, found: Answer) -> impl IntoView {
    let format = state.board().format;
    let slug = state.board().slug;
    let season = state.season();
    let found = match found {
        Ok(found) if found.is_empty() => {
            let nobody = words::nobody_is_called_so();
            return EitherOf3::A(view! { <p class="quiet">{nobody}</p> });
        }
        Ok(found) => found,
        Err(error) => {
            let why = error.message;
            return EitherOf3::B(view! { <p class="said" data-said="refused">{why}</p> });
        }
    };
    let one = move |found: Found| {
        let id = url_escape(found.player.as_str());
        let href = format!("/boards/{slug}?season={season}&player={id}");
        let place = found.place.place;
        let go = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            state.is_following.set(false);
            state.go_to.set(Some(place));
        };
        view! {
            <li>
                <a href=href on:click=go>
                    <span class="rank">"#" {numbers::rank(found.place.rank)}</span>
                    <span class="name">{found.name.to_string()}</span>
                    <span class="score">{numbers::score(format, found.place.score)}</span>
                </a>
            </li>
        }
    };
    let found = found.into_iter().map(one).collect_view();
    EitherOf3::C(view! { <ul class="found" aria-label=words::players_found()>{found}</ul> })
}
