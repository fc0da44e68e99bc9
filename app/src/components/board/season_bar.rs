//! Above the list: periods, season, countdown, connection, jump to a rank.

use leaderport::Period;
use leptos::either::Either;
use leptos::prelude::*;

use crate::components::countdown::Countdown;
use crate::components::{text, written};
use crate::core::transport::ConnectionStatus;
use crate::features::board_state::BoardState;
use crate::locale::{dates, numbers};
use crate::words;

/// The bar above the list.
#[component]
pub fn SeasonBar(state: BoardState) -> impl IntoView {
    let tabs = written(|| {
        let (board, shown) = (state.board(), state.period());
        let tab = move |period: Period| {
            let current = (period == shown).then_some("page");
            let href = format!("/boards/{}?period={period}", board.slug);
            view! { <li><a href=href aria-current=current class="tab">{words::period(period)}</a></li> }
        };
        let tabs = board.periods.into_iter().map(tab).collect_view();
        view! { <ul class="tabs">{tabs}</ul> }
    });
    let season = written(|| (state.period() != Period::AllTime).then(|| past(state)));
    let now = state.first.with_value(|f| f.now);
    let countdown = state
        .next_reset()
        .map(|until| view! { <Countdown until now /> });
    let players = text(move || words::ranked(state.total()));
    view! {
        <nav aria-label=words::periods() inner_html=tabs></nav>
        <div class="facts">
            <div class="of" inner_html=season></div>
            <span>{players}</span>
            {countdown}
            <Connection state />
        </div>
        <Jump state />
    }
}

/// The season shown, and the way to others of its period.
fn past(state: BoardState) -> impl IntoView {
    let (slug, seasons) = state
        .first
        .with_value(|f| (f.board.slug.clone(), f.seasons.clone()));
    let season = state.season();
    if seasons.iter().all(|other| *other == season) {
        return Either::Left(view! { <span class="season">{dates::season(season)}</span> });
    }
    let link = move |other: leaderport::Season| {
        let href = format!("/boards/{slug}?season={other}");
        let current = (other == season).then_some("page");
        view! { <li><a href=href aria-current=current>{dates::season(other)}</a></li> }
    };
    Either::Right(view! {
        <details class="past">
            <summary><span class="sr-only">{words::season()}" "</span><span class="season">{dates::season(season)}</span></summary>
            <ul aria-label=words::seasons()>{seasons.into_iter().map(link).collect_view()}</ul>
        </details>
    })
}

#[component]
fn Connection(state: BoardState) -> impl IntoView {
    let words = move || match state.status.get() {
        ConnectionStatus::Live if state.is_degraded() => words::paused(),
        ConnectionStatus::Live => words::live(),
        ConnectionStatus::Asking => words::every_few_seconds(),
        ConnectionStatus::Connecting => words::connecting(),
        ConnectionStatus::Reconnecting => words::reconnecting(),
        ConnectionStatus::Ended => words::not_live(),
    };
    let kind = move || match state.status.get() {
        // Without JavaScript nothing connects, and nothing is said.
        _ if !state.is_alive.get() => "connection unknown",
        ConnectionStatus::Live if state.is_degraded() => "connection connecting",
        ConnectionStatus::Live => "connection live",
        ConnectionStatus::Connecting | ConnectionStatus::Asking => "connection connecting",
        ConnectionStatus::Reconnecting | ConnectionStatus::Ended => "connection reconnecting",
    };
    let watching = move || state.presence.with(|p| p.count);
    let is_known = move |count| if count == 0 { "unknown" } else { "watching" };
    // What is not known yet has its place: nothing moves when it is. The last, for its words are
    // of different lengths.
    view! {
        <span class=text(move || is_known(watching()).to_owned())>
            {text(move || words::watching(watching()))}
        </span>
        <span class=text(move || kind().to_owned()) role="status">
            <i aria-hidden="true"></i>
            {text(move || words().to_owned())}
        </span>
    }
}

/// Goes to a rank: in the browser at once, without JavaScript by the address.
#[component]
fn Jump(state: BoardState) -> impl IntoView {
    let jump = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        crate::features::form_fields::jump(state, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let fields = written(|| {
        view! {
            <input type="hidden" name="season" value=state.season().to_string() />
            <label for="rank">{words::rank()}</label>
            <input id="rank" name="rank" inputmode="numeric" pattern=r"[\d\s.,'’_]*" autocomplete="off" placeholder=numbers::count(1_000) />
            <button type="submit">{words::go()}</button>
        }
    });
    view! { <form class="jump" method="get" action=state.path() on:submit=jump inner_html=fields></form> }
}
