//! Reflex in the browser: its place, its clock, and the form that takes its score.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::board::reflex::Game;
use crate::core::reflex_game::{Reflex, wait};
use crate::islands::lazy::{Task, later};

/// Has the game loaded into its place.
pub fn begin(place: NodeRef<leptos::html::Div>) {
    Effect::new(move |is_begun: Option<bool>| {
        if is_begun == Some(true) {
            return true;
        }
        let place = place.get();
        let is_there = place.is_some();
        if let Some(place) = place {
            later(Task::Play(place));
        }
        is_there
    });
}

pub(crate) fn load(place: web_sys::HtmlDivElement) {
    leptos::mount::mount_to(place.into(), || view! { <Game /> }).forget();
}

/// A press is heard to its end, wherever that is.
pub fn hold(event: &leptos::ev::PointerEvent) {
    let target = event.current_target();
    if let Some(element) = target.and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
        // A pointer that is gone already has ended.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Somebody taps, at an instant of the page's clock.
pub fn tap(game: RwSignal<Reflex>, at: f64) {
    if let Some(Some(round)) = game.try_update(|game| game.tap(at)) {
        change_later(game, round);
    }
}

/// Changes the colour of a round after a while. What the player sees begins with a frame.
fn change_later(game: RwSignal<Reflex>, round: u32) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred milliseconds"
    )]
    let millis = wait(js_sys::Math::random()) as u32;
    Timeout::new(millis, move || {
        request_animation_frame(move || {
            let now = window().performance().map_or(0.0, |clock| clock.now());
            // A page that was left hears nothing of it.
            game.try_update(|game| game.go(round, now));
        });
    })
    .forget();
}

/// Hands the score of a game that is over to the form. Who has no name yet is asked for
/// one by it; so this must be when the press is over, which moves the focus itself.
pub fn hand_over(game: RwSignal<Reflex>) {
    let Some(Some(score)) = game.try_update(Reflex::take_score) else {
        return;
    };
    let of = |selector: &str| document().query_selector(selector).ok().flatten();
    let input = of("#score").and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok());
    let button = of("form.submit button").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let (Some(input), Some(button)) = (input, button) {
        input.set_value(&score.to_string());
        button.click();
    }
}
