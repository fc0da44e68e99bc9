//! The game Reflex on its board's page: a field to tap as soon as it turns green. A known player's
//! score is saved at once. A new player types a name first. The code of the game loads later, because
//! other boards do not need it.

use leaderport::Score;
use leptos::mount::mount_to;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos::{ev, html, prelude::*};

use super::submit::submit_form::SubmitOutcome;
use crate::browser::part::{PartFuture, boxed};
use crate::components::erased::erased;
use crate::components::form::field_error::FieldError;
use crate::components::mount_later::mount_later;
use crate::core::reflex_game::{Phase, Reflex, TAPS};
use crate::core::submit::submit_status::{SubmitField, SubmitStatus};
use crate::features::board::board_state::BoardState;
use crate::features::reflex_play::{capture_pointer, finish_game, save_score, tap};
use crate::features::submit::submit_score::forget_error;
use crate::locale::numbers;
use crate::words;

/// The game, on the page of its board. It needs JavaScript, so it appears after hydration, once its code
/// has arrived. Its space is reserved until then.
#[component]
pub fn ReflexGame(state: BoardState) -> impl IntoView {
    state.has_game().then(|| {
        let area = NodeRef::<html::Div>::new();
        let is_shown = RwSignal::new(false);
        mount_later(state.is_hydrated.into(), move || {
            mount_game(state, area, is_shown)
        });
        erased(view! {
            <section class="panel game" aria-labelledby="reflex">
                <h2 id="reflex">{words::play()}</h2>
                <p class="no-code" hidden=move || state.is_hydrated.get()>{words::game_needs_javascript()}</p>
                <div class="reflex" hidden=move || !is_shown.get() node_ref=area></div>
            </section>
        })
    })
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn mount_game(
    state: BoardState,
    area: NodeRef<html::Div>,
    is_shown: RwSignal<bool>,
) -> Result<PartFuture<()>, SplitLoaderError> {
    boxed(async move {
        let Some(area) = area.get_untracked() else {
            return;
        };
        mount_to(area.into(), move || view! { <Game state /> }).forget();
        is_shown.set(true);
    })
}

#[component]
fn Game(state: BoardState) -> impl IntoView {
    let game = RwSignal::new(Reflex::default());
    Effect::new(move || {
        let game = game.read();
        let is_over = matches!(game.phase(), Phase::Ready | Phase::Done(_));
        state
            .is_playing
            .set(!is_over || game.unsaved_score().is_some());
    });
    view! {
        <TapField state game />
        <p id="run" class="run" hidden=move || run_text(state, game).is_none()>{move || run_text(state, game)}</p>
        <SaveForm state game />
        <SubmitOutcome state />
    }
}

/// The field to tap.
#[component]
fn TapField(state: BoardState, game: RwSignal<Reflex>) -> impl IntoView {
    let phase = move || game.read().phase();
    let instruction = move || match phase() {
        Phase::Ready => words::tap_to_play(),
        Phase::Wait => words::wait_for_green(),
        Phase::Go(_) => words::tap(),
        Phase::TooSoon => words::too_soon(),
        Phase::Done(_) => words::tap_to_play_again(),
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
    let finish = move || finish_game(state, game);
    // The start of a press counts, of the first finger or the main mouse button.
    let press = move |event: ev::PointerEvent| {
        if event.is_primary() && event.button() == 0 {
            capture_pointer(&event);
            tap(game, event.time_stamp());
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if !matches!(event.key().as_str(), " " | "Enter") {
            return;
        }
        event.prevent_default();
        if !event.repeat() {
            tap(game, event.time_stamp());
            finish();
        }
    };
    // A click without a press comes from a screen reader or voice control.
    let click = move |event: ev::MouseEvent| {
        if event.detail() == 0 {
            tap(game, event.time_stamp());
        }
        finish();
    };
    view! {
        <button
            type="button"
            class="tap"
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
    }
}

/// The form that saves a score: after a new player's game, and after a refusal.
#[component]
fn SaveForm(state: BoardState, game: RwSignal<Reflex>) -> impl IntoView {
    let is_known = move || state.me.read().is_some();
    let is_refused = move || matches!(*state.submit_status.read(), SubmitStatus::Refused(_));
    let is_shown = move || game.read().unsaved_score().is_some() && (!is_known() || is_refused());
    let error = Signal::derive(move || {
        let status = state.submit_status.read();
        status.reason_at(SubmitField::Name).map(str::to_owned)
    });
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        save_score(state, game);
    };
    view! {
        <form class="save" novalidate=true hidden=move || !is_shown() on:submit=save>
            <label for="name" hidden=is_known>{words::ask_for_your_name()}</label>
            <input
                id="name"
                name="name"
                node_ref=state.form.name
                hidden=is_known
                required
                maxlength="40"
                autocomplete="nickname"
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby="run name-error"
                on:input=move |_| forget_error(state, SubmitField::Name)
            />
            <button type="submit" class="button">{words::save()}</button>
            <FieldError field="name" text=error />
        </form>
    }
}

/// The time of the last game; of an unsaved score, also its estimated rank. None before the first
/// game has ended.
fn run_text(state: BoardState, game: RwSignal<Reflex>) -> Option<String> {
    let game = game.read();
    let time = |millis: u32| numbers::count(millis.into());
    match (game.unsaved_score(), game.phase()) {
        (Some(millis), _) => Some(match estimated_rank(state, millis) {
            Some(rank) => words::reaction_time_at_rank(time(millis), numbers::count(rank)),
            None => words::reaction_time(time(millis)),
        }),
        (None, Phase::Done(millis)) => Some(words::reaction_time(time(millis))),
        (None, _) => None,
    }
}

/// The rank that the sketch of the season's scores estimates for a score in milliseconds.
fn estimated_rank(state: BoardState, millis: u32) -> Option<u64> {
    let view = state.view();
    let score = Score::new(millis.into()).ok()?;
    let guess = view.sketch.guess(view.board.order, view.board.tie, score)?;
    Some(guess.place + 1)
}
