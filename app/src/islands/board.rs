//! A board, alive: the list, the reader's card, the form, and all that moves beside them.

use leptos::prelude::*;

use super::given;
use crate::api::board::BoardView;
use crate::components::board::distribution::Distribution;
use crate::components::board::feed::Feed;
use crate::components::board::offline_notice::Unconnected;
use crate::components::board::podium::Podium;
use crate::components::board::presence::Present;
use crate::components::board::reflex::ReflexGame;
use crate::components::board::season_bar::SeasonBar;
use crate::components::board::share::Share;
use crate::components::board::submit_form::{Said, SubmitForm};
use crate::components::board::you::You;
use crate::components::flag;
use crate::components::list::BoardList;
use crate::components::part::Part;
use crate::components::toasts::{ToastArea, Toasts};
use crate::core::outbox::KeptScores;
use crate::features::board_state::BoardState;
use crate::words;

/// The board. Begins with what the server knew of it, and why a score was refused that was
/// submitted without JavaScript.
///
/// In the module itself, not loaded apart: it is most of what players load, and one file weighs
/// less than its parts.
#[island]
pub fn BoardIsland() -> impl IntoView {
    let (view, refused) = given::<(BoardView, Option<String>)>();
    let kept = KeptScores::default();
    let toasts = Toasts::new();
    provide_context(kept);
    provide_context(toasts);
    #[cfg(feature = "hydrate")]
    provide_context(crate::browser::connection::Connection::default());
    let state = BoardState::new(view);
    if let Some(why) = refused {
        state.said.set(Said::Refused(why));
    }
    let (title, description) = state
        .first
        .with_value(|f| (f.board.title.clone(), f.board.description.clone()));
    let view = view! {
        <div class="board">
            <Part class="board-head">
                <div class="title"><h1>{title}</h1> <Share state /></div>
                <p class="description" hidden=description.is_empty()>{description.clone()}</p>
                <Unconnected state />
                <Degraded state />
                <Outdated state />
            </Part>
            <Part class="bar"><SeasonBar state /></Part>
            <Part class="standings">
                <Podium state />
                <BoardList state />
            </Part>
            <aside class="side" aria-label=words::you_and_others()>
                <Part class="part">
                    <ReflexGame state />
                    <You state />
                </Part>
                // The last, and with all that a score changes.
                <Part class="part">
                    <SubmitForm state />
                    <Distribution state />
                    <Feed state />
                    <Present state />
                </Part>
            </aside>
        </div>
        {devtools(state)}
        <ToastArea />
    };
    state.go_live();
    view
}

/// What the page holds, where it is worked on.
fn devtools(state: BoardState) -> impl IntoView {
    #[cfg(debug_assertions)]
    return view! { <crate::components::board::devtools::Devtools state /> };
    #[cfg(not(debug_assertions))]
    let _ = state;
}

/// Says that the board's settings are others by now, and shows them when asked.
#[component]
fn Outdated(state: BoardState) -> impl IntoView {
    let show = move |_| {
        #[cfg(feature = "hydrate")]
        crate::features::board_sync::reload();
    };
    view! {
        <p class="degraded" role="status" hidden=flag(move || !state.is_outdated.get())>
            {words::settings_were_changed()}" "
            <button type="button" class="link" on:click=show>{words::show_them()}</button>
        </p>
    }
}

/// Says that the rows come from the ledger, for as long as they do.
#[component]
fn Degraded(state: BoardState) -> impl IntoView {
    view! {
        <p class="degraded" role="status" hidden=flag(move || !state.is_degraded())>
            {words::live_ranking_is_away()}
        </p>
    }
}
