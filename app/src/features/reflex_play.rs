//! Plays Reflex in the browser: its timer, and the form that takes its score.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::board_state::BoardState;
use crate::browser::clock::{after, monotonic_millis};
use crate::core::reflex_game::{Reflex, wait};

/// Captures the pointer, so that the end of a press is reported even outside the element.
pub fn capture_pointer(event: &ev::PointerEvent) {
    let target = event.current_target();
    if let Some(element) = target.and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
        // Fails when the press has ended already.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Handles a tap at an instant of the page's clock, in milliseconds.
pub fn tap(game: RwSignal<Reflex>, at: f64) {
    let round = game.write().tap(at);
    if let Some(round) = round {
        change_colour_later(game, round);
    }
}

/// Changes the colour of a round after a random wait. The player sees it with the next frame.
fn change_colour_later(game: RwSignal<Reflex>, round: u32) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred milliseconds"
    )]
    let millis = wait(js_sys::Math::random()) as u32;
    after(millis, move || {
        request_animation_frame(move || {
            game.write().go(round, monotonic_millis());
        });
    });
}

/// Submits the score of a finished game through the form, which asks a new player for a name. Call
/// it after the end of the press, because that event moves the focus.
pub fn submit_game(state: BoardState, game: RwSignal<Reflex>) {
    let score = game.write().take_score();
    let Some(score) = score else {
        return;
    };
    if let (Some(form), Some(input)) = (
        state.form.form.get_untracked(),
        state.form.score.get_untracked(),
    ) {
        input.set_value(&score.to_string());
        // Fails only for a submitter outside the form.
        let _ = form.request_submit();
    }
}
