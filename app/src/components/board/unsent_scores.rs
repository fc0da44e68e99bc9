//! Scores that are not recorded yet, on their board's page.

use leptos::prelude::*;

use crate::browser::outbox_worker::Sender;
use crate::components::toasts::Toasts;
use crate::core::outbox::Kept;
use crate::features::board_state::BoardState;
use crate::features::submit_outcome;
use crate::locale::numbers;
use crate::words;

/// Scores that could not be sent yet, and those that were refused: each can be dropped,
/// or taken back into the form.
#[component]
pub fn Waiting(state: BoardState, sender: Sender, toasts: Toasts) -> impl IntoView {
    let outbox = sender.outbox;
    let (slug, format) = (state.board().slug, state.board().format);
    let shown = Memo::new(move |_| {
        outbox.with(|outbox| {
            let shown = outbox.of(&slug);
            let waits = |kept: &&Kept| kept.answer.is_none() && kept.attempts > 0;
            let shown = shown.filter(|kept| waits(kept) || kept.refusal().is_some());
            let shown = shown.filter(|kept| {
                let reader = state.me.with(|me| me.as_ref().map(|me| me.player.clone()));
                kept.is_of(reader.as_ref())
            });
            shown.cloned().collect::<Vec<_>>()
        })
    });
    let one = move |kept: Kept| {
        let why = kept.refusal().map(ToOwned::to_owned);
        let kind = if why.is_some() { "refused" } else { "waits" };
        let words = why.unwrap_or_else(|| words::waits_for_the_server().to_owned());
        // With the marks of now: those that it was typed with may be others.
        let score = numbers::score(format, kept.value);
        let (id, dropped, text) = (kept.id.clone(), kept.clone(), score.clone());
        let edit = move |_| submit_outcome::edit(sender, toasts, &id, &text);
        let forget = move |_| submit_outcome::forget(sender, toasts, &dropped);
        view! {
            <li data-state=kind>
                <strong>{score}</strong>
                " "
                <span>{words}</span>
                <span class="tools">
                    <button type="button" class="small" on:click=edit>{words::edit()}</button>
                    <button type="button" class="small" on:click=forget>{words::drop()}</button>
                </span>
            </li>
        }
    };
    view! {
        <ul class="outbox" aria-label=words::scores_that_are_not_recorded_yet() hidden=move || shown.with(Vec::is_empty)>
            <For each=move || shown.get() key=|kept| (kept.id.clone(), kept.refusal().map(ToOwned::to_owned)) children=one />
        </ul>
    }
}
