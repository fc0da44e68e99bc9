//! The button that turns notifications on, for players who leave the page.

use leptos::prelude::*;

use crate::components::erased::erased;
use crate::features::board::board_state::BoardState;
use crate::features::notifications::push_notifications::{PushStatus, sync_push, toggle_push};
use crate::words;

/// The button, with the state of the notifications. It needs JavaScript.
#[component]
pub fn NotifyMe(state: BoardState) -> impl IntoView {
    let status = RwSignal::new(PushStatus::default());
    sync_push(state, status);
    let is_on = move || status.get() == PushStatus::On;
    let note = move || match status.get() {
        PushStatus::Off | PushStatus::Busy => "",
        PushStatus::On => words::notifications_on(),
        PushStatus::Blocked => words::notifications_blocked(),
        PushStatus::Unsupported => words::notifications_unsupported(),
        PushStatus::Failed => words::notifications_failed(),
    };
    let toggle = move |_| toggle_push(state, status);
    erased(view! {
        <div class="notify" hidden=move || !state.is_hydrated.get()>
            <button
                type="button"
                class="button quiet-button"
                aria-pressed=move || is_on().to_string()
                on:click=toggle
            >
                {words::notify_when_overtaken()}
            </button>
            <p class="quiet" role="status">{note}</p>
        </div>
    })
}
