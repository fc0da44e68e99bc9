//! Reflex on its board's page: a field to tap as soon as it turns green. The score goes
//! the way of every other: through the form beside it.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use crate::core::reflex_game::{Phase, Reflex, TAPS};
use crate::features::board_state::BoardState;
#[cfg(feature = "hydrate")]
use crate::words;

/// The place of the game, on the board that is played by it. Without JavaScript there is
/// nothing to play: it is loaded once the page is alive.
#[component]
pub fn ReflexGame(state: BoardState) -> impl IntoView {
    if state.closed().is_some() || !crate::core::reflex_game::is_of(&state.board()) {
        return None;
    }
    let place = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "hydrate")]
    crate::features::reflex_play::begin(place);
    Some(view! { <div class="game" node_ref=place></div> })
}

/// The game.
#[cfg(feature = "hydrate")]
#[component]
pub fn Game() -> impl IntoView {
    let game = RwSignal::new(Reflex::default());
    let phase = move || game.with(Reflex::phase);
    let words = move || match phase() {
        Phase::Ready => words::tap_to_play().to_owned(),
        Phase::Wait => words::wait_for_green().to_owned(),
        Phase::Go(_) => words::tap().to_owned(),
        Phase::TooSoon => words::too_soon_tap_to_go_on().to_owned(),
        Phase::Done(score) => words::reflex_done(score),
    };
    let kind = move || match phase() {
        Phase::Ready => "ready",
        Phase::Wait => "wait",
        Phase::Go(_) => "go",
        Phase::TooSoon => "soon",
        Phase::Done(_) => "done",
    };
    let progress = move || match phase() {
        Phase::Ready => words::reflex_rules(TAPS),
        _ => words::reflex_taps(game.with(Reflex::taps), TAPS),
    };
    let tap = move |at: f64| {
        crate::features::reflex_play::tap(game, at);
    };
    let hand_over = move || {
        crate::features::reflex_play::hand_over(game);
    };
    // The press counts and not its end; by the first finger, or the button of a mouse.
    let press = move |event: leptos::ev::PointerEvent| {
        if event.is_primary() && event.button() == 0 {
            crate::features::reflex_play::hold(&event);
            tap(event.time_stamp());
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.repeat() || !matches!(event.key().as_str(), " " | "Enter") {
            return;
        }
        event.prevent_default();
        tap(event.time_stamp());
        hand_over();
    };
    // A click without a press is that of a screen reader, or of a voice.
    let click = move |event: leptos::ev::MouseEvent| {
        if event.detail() == 0 {
            tap(event.time_stamp());
        }
        hand_over();
    };
    view! {
        <section class="panel reflex" aria-labelledby="reflex">
            <h2 id="reflex">{words::play()}</h2>
            <button type="button" data-phase=kind on:pointerdown=press on:pointerup=move |_| hand_over() on:pointercancel=move |_| hand_over() on:keydown=key on:click=click>
                <span class="big">{words}</span>
                <span>{progress}</span>
            </button>
        </section>
    }
}
