//! Scores that wait are sent from every page: what that takes is loaded where some do.

use leptos::mount::mount_to_body;
use leptos::prelude::*;

use crate::browser::outbox_worker::Sender;
use crate::components::toasts::{ToastArea, Toasts};
use crate::core::outbox::KeptScores;
use crate::features::submit_outcome::{is_any_kept, tell};
use crate::islands::lazy::{Task, later};

/// On a page that is no board's: sends what waits, if anything does.
pub fn start() {
    let is_board = document()
        .query_selector(".board")
        .is_ok_and(|board| board.is_some());
    if !is_board && is_any_kept() {
        later(Task::Courier);
    }
}

pub(crate) fn send() {
    mount_to_body(|| {
        let toasts = Toasts::new();
        provide_context(toasts);
        let sender = Sender::start(KeptScores::default().0);
        tell(sender, toasts);
        view! { <ToastArea /> }
    });
}
