//! `/boards/{slug}`: one board, live. `?period=&season=&page=&rank=&player=&me=` say
//! what to show first; all of it works without JavaScript.

use crate::components::page_title::PageTitle;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::{LazyRoute, lazy_route};

use crate::api::board::{BoardView, Wanted, load_board};
use crate::client::kept::{fresh_or_kept, keep};
use crate::components::board_list::BoardList;
use crate::components::board_state::BoardState;
use crate::components::distribution::Distribution;
use crate::components::feed::Feed;
use crate::components::podium::Podium;
use crate::components::present::Present;
use crate::components::reflex::ReflexGame;
use crate::components::refused::Refused;
use crate::components::season_bar::SeasonBar;
use crate::components::share::{Share, ShareCard};
use crate::components::submit_form::SubmitForm;
use crate::components::unconnected::Unconnected;
use crate::components::you::You;
use crate::error::PageError;

/// A board's page.
pub struct BoardPage {
    wanted: Memo<Wanted>,
    view: Resource<Result<BoardView, PageError>>,
}

#[lazy_route]
impl LazyRoute for BoardPage {
    fn data() -> Self {
        let wanted = wanted();
        Self {
            wanted,
            view: Resource::new(move || wanted.get(), load),
        }
    }

    fn view(this: Self) -> AnyView {
        let BoardPage { wanted, view } = this;
        let reload = Callback::new(move |()| view.refetch());
        view! {
            <Transition fallback=|| view! { <p class="quiet">"Loading the board…"</p> }>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(view) => {
                            // Where the address leads within it is the address's.
                            let kept = BoardView { found: None, ..view.clone() };
                            keep(key_of(&wanted.get_untracked()), &kept);
                            Either::Left(view! { <BoardScreen view reload /> })
                        }
                        Err(error) => Either::Right(view! { <Refused error /> }),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// The board as it is; without a network, as it was seen last.
async fn load(wanted: Wanted) -> Result<BoardView, PageError> {
    fresh_or_kept(key_of(&wanted), load_board(wanted)).await
}

/// What a board is kept by: itself and its season, wherever in it one looks.
fn key_of(wanted: &Wanted) -> String {
    let season = wanted.season.as_deref().or(wanted.period.as_deref());
    format!("board {} {}", wanted.slug, season.unwrap_or_default())
}

/// What the address asks for.
fn wanted() -> Memo<Wanted> {
    let params = use_params_map();
    let query = use_query_map();
    Memo::new(move |_| {
        let query = query.get();
        Wanted {
            slug: params.with(|p| p.get("slug")).unwrap_or_default(),
            period: query.get("period"),
            season: query.get("season"),
            page: query.get("page"),
            rank: query.get("rank").filter(|r| !r.is_empty()),
            me: query.get("me").is_some(),
            player: query.get("player").filter(|p| !p.is_empty()),
            find: query.get("find").filter(|text| !text.is_empty()),
        }
    })
}

#[component]
fn BoardScreen(view: BoardView, reload: Callback<()>) -> impl IntoView {
    let title = view.board.title.clone();
    let description = view.board.description.clone();
    let state = BoardState::new(view);
    state.go_live(reload);
    view! {
        <PageTitle text=title.clone() />
        <ShareCard state />
        <div class="board">
            <div class="board-head">
                <div class="title"><h1>{title}</h1> <Share state /></div>
                {(!description.is_empty()).then(|| view! { <p class="description">{description}</p> })}
                <Unconnected state />
                <Degraded state />
                <Outdated state reload />
            </div>
            <SeasonBar state />
            <div class="standings">
                <Podium state />
                <BoardList state />
            </div>
            <aside class="side" aria-label="You and others">
                <ReflexGame state />
                <You state />
                <SubmitForm state />
                <Distribution state />
                <Feed state />
                <Present state />
            </aside>
        </div>
    }
}

/// Says that the board's settings are others by now, and shows them when asked.
#[component]
fn Outdated(state: BoardState, reload: Callback<()>) -> impl IntoView {
    view! {
        <Show when=move || state.is_outdated.get()>
            <p class="degraded" role="status">
                "The settings of this board were changed. "
                <button type="button" class="link" on:click=move |_| reload.run(())>"Show them"</button>
            </p>
        </Show>
    }
}

/// Says that the rows come from the ledger, for as long as they do.
#[component]
fn Degraded(state: BoardState) -> impl IntoView {
    view! {
        <Show when=move || state.is_degraded()>
            <p class="degraded" role="status">
                "Live ranking is away. These are the recorded standings; scores are taken, and the board moves again by itself."
            </p>
        </Show>
    }
}
