//! The facts next to a board's title: the number of players, the time until the season changes,
//! and the status of the connection.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::season::season_result::PhaseLabel;
use crate::components::countdown::Countdown;
use crate::core::season_phase::SeasonPhase;
use crate::core::sync::transport::ConnectionStatus;
use crate::features::board::board_state::BoardState;
use crate::features::sync::board_sync::show_next_season;
use crate::features::sync::season_end::after_season_end;
use crate::words;

/// The facts.
#[component]
pub fn SeasonFacts(state: BoardState) -> impl IntoView {
    let phase = state.view().phase;
    let status = if phase == SeasonPhase::Open {
        Either::Left(view! { <ConnectionState state /> })
    } else {
        Either::Right(view! { <PhaseLabel phase /> })
    };
    view! {
        <div class="facts">
            <span>{move || words::ranked(state.total())}</span>
            <NextChange state />
            {status}
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
