//! Plays Reflex in the browser: its timer, and the end of a game, which saves its score.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::board::board_state::BoardState;
use super::submit::submit_score::{refuse, submit_score};
use crate::browser::clock::{after, monotonic_millis};
use crate::browser::dom::focus::{find, focus};
use crate::core::reflex_game::{Phase, Reflex, wait};

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

/// Saves the score of a game that has just ended, or asks a new player for a name. Call it after the
/// end of the press, because that event moves the focus.
pub fn finish_game(state: BoardState, game: RwSignal<Reflex>) {
    let has_ended = matches!(game.read_untracked().phase(), Phase::Done(_));
    if !has_ended || game.read_untracked().unsaved_score().is_none() {
        return;
    }
    if state.me.read_untracked().is_some() {
        save_score(state, game);
    } else if let Some(field) = state.form.name.get_untracked() {
        // The form is shown after this event. A browser that refuses leaves the focus where it is.
        request_animation_frame(move || {
            let _ = field.focus();
        });
    }
}

/// Saves the score that is not saved yet, with the name in the form.
pub fn save_score(state: BoardState, game: RwSignal<Reflex>) {
    let score = game.read_untracked().unsaved_score();
    let Some(score) = score else {
        return;
    };
    match submit_score(state, score.to_string()) {
        Ok(()) => {
            // The form disappears, and must not take the focus along.
            if let Some(field) = find(".tap") {
                focus(&field);
            }
            game.write().mark_saved();
        }
        Err(refusal) => refuse(state, refusal),
    }
}
