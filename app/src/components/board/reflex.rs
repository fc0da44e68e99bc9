//! The game Reflex on its board's page: a field to tap as soon as it turns green. The score is
//! submitted through the form.

use leptos::{ev, prelude::*};

use crate::core::reflex_game::{Phase, Reflex, TAPS, is_of};
use crate::features::board_state::BoardState;
use crate::features::reflex_play::{capture_pointer, submit_game, tap};
use crate::words;

/// The game, on the page of its board. It needs JavaScript, so it appears after hydration.
#[component]
pub fn ReflexGame(state: BoardState) -> impl IntoView {
    let is_playable = state.closed().is_none() && is_of(&state.board());
    is_playable.then(|| {
        view! {
            <div class="game">
                <Show when=move || state.is_hydrated.get()>
                    <Game state />
                </Show>
            </div>
        }
    })
}

#[component]
fn Game(state: BoardState) -> impl IntoView {
    let game = RwSignal::new(Reflex::default());
    let phase = move || game.read().phase();
    let instruction = move || match phase() {
        Phase::Ready => words::tap_to_play().to_owned(),
        Phase::Wait => words::wait_for_green().to_owned(),
        Phase::Go(_) => words::tap().to_owned(),
        Phase::TooSoon => words::too_soon().to_owned(),
        Phase::Done(score) => words::reflex_done(score),
    };
    let phase_name = move || match phase() {
        Phase::Ready => "ready",
        Phase::Wait => "wait",
        Phase::Go(_) => "go",
        Phase::TooSoon => "soon",
        Phase::Done(_) => "done",
    };
    let progress = move || match phase() {
        Phase::Ready => words::reflex_rules(TAPS as u64),
        _ => words::reflex_taps(game.read().taps(), TAPS),
    };
    Effect::new(move || {
        let is_over = matches!(phase(), Phase::Ready | Phase::Done(_));
        state.is_playing.set(!is_over);
    });
    let finish = move || submit_game(state, game);
    // The start of a press counts, of the first finger or the main mouse button.
    let press = move |event: ev::PointerEvent| {
        if event.is_primary() && event.button() == 0 {
            capture_pointer(&event);
            tap(game, event.time_stamp());
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.repeat() || !matches!(event.key().as_str(), " " | "Enter") {
            return;
        }
        event.prevent_default();
        tap(game, event.time_stamp());
        finish();
    };
    // A click without a press comes from a screen reader or voice control.
    let click = move |event: ev::MouseEvent| {
        if event.detail() == 0 {
            tap(game, event.time_stamp());
        }
        finish();
    };
    view! {
        <section class="panel reflex" aria-labelledby="reflex">
            <h2 id="reflex">{words::play()}</h2>
            <button
                type="button"
                data-phase=phase_name
                on:pointerdown=press
                on:pointerup=move |_| finish()
                on:pointercancel=move |_| finish()
                on:keydown=key
                on:click=click
            >
                <span class="big">{instruction}</span>
                <span>{progress}</span>
            </button>
        </section>
    }
}
