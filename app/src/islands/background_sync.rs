//! Sends waiting scores from pages other than a board's. The code is loaded only if scores are
//! waiting.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::dom::reader::reader_of_document;
use crate::browser::offline::outbox_worker::{OutboxWorker, is_any_score_stored};
use crate::components::toasts::ToastArea;
use crate::core::submit::outbox::Outbox;
use crate::features::submit::submit_outcome::notify_outcomes;
use crate::features::toasts::Toasts;

/// Sends the scores that the browser stores, if there are any. Does nothing on a board's page,
/// which sends them by itself.
pub fn send_in_background() {
    let has_board = document().get_elements_by_class_name("board").length() > 0;
    if !has_board && is_any_score_stored() {
        spawn_local(send_stored());
    }
}

#[lazy]
fn send_stored() {
    mount_to_body(|| {
        let toasts = Toasts::default();
        let reader = Signal::stored(reader_of_document());
        let worker = OutboxWorker::start(RwSignal::new(Outbox::default()), reader);
        notify_outcomes(worker, toasts);
        view! { <ToastArea toasts /> }
    });
}
