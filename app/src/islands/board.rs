//! A board's page, live.

use leptos::prelude::*;

use super::initial_state;
use crate::api::board::BoardView;
use crate::components::board::distribution::Distribution;
use crate::components::board::facts::SeasonFacts;
use crate::components::board::feed::Feed;
use crate::components::board::notices::{
    DegradedNotice, OfflineNotice, OutdatedNotice, SeasonOverNotice,
};
use crate::components::board::podium::Podium;
use crate::components::board::presence::Present;
use crate::components::board::reader::pinned::PinnedBar;
use crate::components::board::reader::you::You;
use crate::components::board::reflex::ReflexGame;
use crate::components::board::season::season_bar::SeasonBar;
use crate::components::board::season::season_result::SeasonResult;
use crate::components::board::share::Share;
use crate::components::board::submit::submit_form::SubmitForm;
use crate::components::emblem::BoardEmblem;
use crate::components::erased::erased;
use crate::components::list::BoardList;
use crate::components::toasts::ToastArea;
use crate::core::submit::submit_status::{Refusal, SubmitStatus};
use crate::features::board::board_state::BoardState;
use crate::features::sync::board_sync::sync_board;
use crate::words;

/// The board as the server rendered it, and the refusal of a score that was submitted without
/// JavaScript.
pub type BoardPageState = (BoardView, Option<Refusal>);

/// The board.
#[island]
pub fn BoardIsland(
    /// The choice of the season, which the server renders.
    children: Children,
) -> impl IntoView {
    let (view, refusal) = initial_state::<BoardPageState>();
    let state = BoardState::new(view);
    if let Some(refusal) = refusal {
        state.submit_status.set(SubmitStatus::Refused(refusal));
    }
    sync_board(state);
    view! {
        <div class="board" class:with-game=state.has_game() data-accent=state.board().accent.name() data-part=move || state.part()>
            <Head state />
            <SeasonBar state>{children()}</SeasonBar>
            <ReflexGame state />
            <Standings state />
            <Side state />
            <PinnedBar state />
        </div>
        <Devtools state />
        <ToastArea toasts=state.toasts />
    }
}

#[component]
fn Head(state: BoardState) -> impl IntoView {
    let board = state.board();
    erased(view! {
        <div class="board-head">
            <div class="title"><h1><BoardEmblem slug=board.slug.clone() emblem=board.emblem /><bdi>{board.title}</bdi></h1> <Share state /> <SeasonFacts state /></div>
            <p class="description" hidden=board.description.is_empty()><bdi>{board.description.clone()}</bdi></p>
            <SeasonResult state />
            <OfflineNotice state />
            <DegradedNotice state />
            <OutdatedNotice state />
            <SeasonOverNotice state />
        </div>
    })
}

#[component]
fn Standings(state: BoardState) -> impl IntoView {
    erased(view! {
        <div class="standings">
            <Podium state />
            <BoardList state />
        </div>
    })
}

#[component]
fn Side(state: BoardState) -> impl IntoView {
    erased(view! {
        <aside class="side" aria-label=words::you_and_others()>
            <You state />
            <SubmitForm state />
            <Distribution state />
            <Feed state />
            <Present state />
        </aside>
    })
}

/// The state of the page, in debug builds.
#[component]
fn Devtools(state: BoardState) -> impl IntoView {
    #[cfg(debug_assertions)]
    return view! { <crate::components::board::devtools::Devtools state /> };
    #[cfg(not(debug_assertions))]
    let _ = state;
}
