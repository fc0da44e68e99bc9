//! The bar above the list: the number of players, the countdown, the connection's status, and a
//! form to jump to a rank. Only the server renders the choice of the season.

use leaderport::{Period, Season};
use leptos::either::{Either, EitherOf3};
use leptos::{ev, html, prelude::*};

use super::season_result::PhaseLabel;
use crate::api::board::BoardView;
use crate::components::countdown::Countdown;
use crate::components::field_error::FieldError;
use crate::core::season_phase::SeasonPhase;
use crate::core::transport::ConnectionStatus;
use crate::features::board_state::BoardState;
use crate::features::board_sync::show_next_season;
use crate::features::jump::jump_to_rank;
use crate::features::season_end::after_season_end;
use crate::locale::{marks, numbers};
use crate::words::{self, dates};

/// The bar above the list.
#[component]
pub fn SeasonBar(
    state: BoardState,
    /// The choice of the season.
    children: Children,
) -> impl IntoView {
    let phase = state.view().phase;
    let status = if phase == SeasonPhase::Open {
        Either::Left(view! { <ConnectionState state /> })
    } else {
        Either::Right(view! { <PhaseLabel phase /> })
    };
    view! {
        <div class="bar">
            {children()}
            <div class="facts">
                <span>{move || words::ranked(state.total())}</span>
                <NextChange state />
                <Watchers state />
                {status}
            </div>
            <JumpToRank state />
        </div>
    }
}

/// The time until the season ends, or until it begins. The page reloads when it begins.
#[component]
fn NextChange(state: BoardState) -> impl IntoView {
    let view = state.view();
    let now = view.now;
    match (view.phase, state.next_reset()) {
        (SeasonPhase::Upcoming(until), _) => {
            let text = |time: String| words::opens_in(time);
            let show = move |()| after_season_end(move || show_next_season(state));
            let at_end = Callback::new(show);
            EitherOf3::A(view! { <Countdown until now text at_end /> })
        }
        (SeasonPhase::Open | SeasonPhase::Closed, Some(until)) => {
            let text = |time: String| words::resets_in(time);
            EitherOf3::B(view! { <Countdown until now text /> })
        }
        _ => EitherOf3::C(()),
    }
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

/// The status of the connection. It is invisible until hydration, with its space reserved, because
/// without JavaScript there is no connection, and while the notice of an outage says more. Screen
/// readers get it from a live region that is empty in the meantime.
#[component]
fn ConnectionState(state: BoardState) -> impl IntoView {
    let is_known = move || state.is_hydrated.get() && state.outage.read().is_none();
    let text = move || match state.status.get() {
        _ if state.is_season_over.get() => words::season_final(),
        ConnectionStatus::Live if state.is_degraded() => words::paused(),
        ConnectionStatus::Live => words::live(),
        ConnectionStatus::Polling => words::updates_every_five_seconds(),
        ConnectionStatus::Connecting => words::connecting(),
        ConnectionStatus::Reconnecting => words::reconnecting(),
        ConnectionStatus::Ended => words::not_live(),
    };
    let class = move || match state.status.get() {
        _ if !is_known() => "connection unknown",
        _ if state.is_season_over.get() => "connection over",
        ConnectionStatus::Live if state.is_degraded() => "connection connecting",
        ConnectionStatus::Live => "connection live",
        ConnectionStatus::Connecting | ConnectionStatus::Polling => "connection connecting",
        ConnectionStatus::Reconnecting | ConnectionStatus::Ended => "connection reconnecting",
    };
    let announced = move || is_known().then(text);
    view! {
        <span class=class aria-hidden="true">
            <i></i>
            {text}
        </span>
        <span class="sr-only" role="status">{announced}</span>
    }
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
