//! The bar above the list: the choice of the season, the search, a form to jump to a rank, and the
//! number of readers on the page. Only the server renders the choice of the season.

use leaderport::{Period, Season};
use leptos::either::EitherOf3;
use leptos::{ev, html, prelude::*};

use crate::api::board::BoardView;
use crate::components::erased::erased;
use crate::components::form::field_error::FieldError;
use crate::components::list::search::Search;
use crate::features::board::board_state::BoardState;
use crate::features::list::jump::jump_to_rank;
use crate::locale::{marks, numbers};
use crate::words::{self, dates};

/// The bar above the list. It is one line on a wide screen.
#[component]
pub fn SeasonBar(
    state: BoardState,
    /// The choice of the season.
    children: Children,
) -> impl IntoView {
    erased(view! {
        <div class="bar">
            {children()}
            <Watchers state />
            // It stays at the top of a narrow screen.
            <div class="finder">
                <Search state />
                <JumpToRank state />
            </div>
        </div>
    })
}

/// Links to the board's periods, and to the seasons of the period shown.
#[component]
pub fn SeasonChoice(view: BoardView) -> impl IntoView {
    let (slug, shown) = (view.board.slug, view.season);
    let tab = |period: Period| {
        let current = (period == shown.period()).then_some("page");
        let href = format!("/boards/{slug}?period={period}");
        view! { <li><a href=href aria-current=current class="tab">{words::period(period)}</a></li> }
    };
    let link = |season: Season| {
        let current = (season == shown).then_some("page");
        let href = format!("/boards/{slug}?season={season}");
        view! { <li><a href=href aria-current=current>{dates::season(season)}</a></li> }
    };
    let seasons = view.seasons;
    let further = |season: Option<Season>, text: &'static str| {
        season.map(|season| {
            let href = format!("/boards/{slug}?season={season}");
            view! { <li><a href=href>{text}</a></li> }
        })
    };
    let (newer, older) = (
        further(seasons.newer, words::newer_seasons()),
        further(seasons.older, words::older_seasons()),
    );
    let has_others = seasons.listed.iter().any(|season| *season != shown);
    let seasons = if shown.period() == Period::AllTime {
        EitherOf3::A(())
    } else if has_others {
        EitherOf3::B(view! {
            <details class="past">
                <summary><span class="sr-only">{words::season()}" "</span><span class="season">{dates::season(shown)}</span></summary>
                <ul aria-label=words::seasons()>
                    {newer}
                    {seasons.listed.into_iter().map(link).collect_view()}
                    {older}
                </ul>
            </details>
        })
    } else {
        EitherOf3::C(view! { <span class="season">{dates::season(shown)}</span> })
    };
    view! {
        <nav aria-label=words::periods()>
            <ul class="tabs">{view.board.periods.iter().copied().map(tab).collect_view()}</ul>
        </nav>
        {seasons}
    }
}

/// The number of readers who are on the page. Its space is reserved until the number is known.
#[component]
fn Watchers(state: BoardState) -> impl IntoView {
    let count = move || state.presence.read().count;
    let class = move || if count() == 0 { "unknown" } else { "watching" };
    view! { <span class=class>{move || words::watching(count())}</span> }
}

/// The form to jump to a rank. A rank beyond the last row leads to the last row.
#[component]
fn JumpToRank(state: BoardState) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let jump = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = input.get_untracked() else {
            return;
        };
        let rank = marks().whole(&field.value()).filter(|rank| *rank > 0);
        if let Some(rank) = rank {
            error.set(None);
            return jump_to_rank(state, rank);
        }
        let last = untrack(|| state.total()).max(1);
        error.set(Some(words::enter_a_rank(numbers::count(last))));
        // A browser that refuses leaves the focus where it is.
        let _ = field.focus();
    };
    view! {
        <form class="jump" method="get" action=state.path() novalidate=move || state.is_hydrated.get() on:submit=jump>
            <input type="hidden" name="season" value=state.season().to_string() />
            <label for="rank">{words::rank()}</label>
            <input
                id="rank"
                name="rank"
                node_ref=input
                inputmode="numeric"
                pattern=r"[\d\s.,'’_]*"
                autocomplete="off"
                placeholder=numbers::count(1_000)
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby="rank-error"
                on:input=move |_| error.set(None)
            />
            <button type="submit">{words::go()}</button>
            <FieldError field="rank" text=error />
        </form>
    }
}
