//! Scores that wait are sent from every page: what that takes is loaded where some do.

use leptos::mount::mount_to_body;
use leptos::prelude::*;

use super::outbox::{KeptScores, PREFIX};
use super::sender::Sender;
use super::submit;
use crate::components::toasts::{ToastArea, Toasts};

/// On a page that is no board's: sends what waits, if anything does.
pub fn start() {
    let is_board = document()
        .query_selector(".board")
        .is_ok_and(|board| board.is_some());
    if !is_board && is_any_kept() {
        leptos::task::spawn_local(send());
    }
}

fn is_any_kept() -> bool {
    let Ok(Some(storage)) = window().local_storage() else {
        return false;
    };
    let count = storage.length().unwrap_or(0);
    let mut keys = (0..count).filter_map(|n| storage.key(n).ok().flatten());
    keys.any(|key| key.starts_with(PREFIX))
}

#[lazy]
fn send() {
    mount_to_body(|| {
        let toasts = Toasts::new();
        provide_context(toasts);
        let sender = Sender::start(KeptScores::default().0);
        submit::tell(sender, toasts);
        view! { <ToastArea /> }
    });
}
