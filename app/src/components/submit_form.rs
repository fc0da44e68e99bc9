//! Submits a score: as a form without JavaScript, optimistically with it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::board_state::BoardState;
use crate::api::submit::SubmitScore;
use crate::client::outbox::{Kept, KeptScores};

/// What the form says of the last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing yet.
    Nothing,
    /// On its way.
    Pending(String),
    /// Recorded.
    Done(String),
    /// Refused: why.
    Refused(String),
}

/// The form to submit a score as a guest.
#[component]
pub fn SubmitForm(state: BoardState) -> impl IntoView {
    let board = state.board();
    let name = state
        .me
        .get_untracked()
        .map(|me| me.name.to_string())
        .unwrap_or_default();
    let placeholder = board
        .format
        .show(leaderport::Score::new(12_345).unwrap_or_default());
    let label = if board.unit.is_empty() {
        "Score".to_owned()
    } else {
        format!("Score ({})", board.unit)
    };
    let said = state.said;
    #[cfg(feature = "hydrate")]
    let sender = use_context::<crate::client::sender::Sender>();
    let submit = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        if let Some(sender) = sender {
            crate::client::submit::submit(state, sender, &event);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let closed = state.closed();
    let is_closed = closed.is_some();
    view! {
        <section class="panel" aria-labelledby="submit">
            <h2 id="submit">"Submit a score"</h2>
            {closed.map(|why| view! { <p class="quiet">{why}</p> })}
            <div hidden=is_closed>
                <form method="post" action=SubmitScore::url() class="submit" on:submit=submit>
                    <input type="hidden" name="slug" value=board.slug.to_string() />
                    <label for="name">"Name"</label>
                    <input id="name" name="name" required maxlength="40" autocomplete="nickname" value=name />
                    <label for="score">{label}</label>
                    <input id="score" name="score" required inputmode="decimal" autocomplete="off" placeholder=placeholder />
                    <button type="submit" class="button">"Submit"</button>
                </form>
            </div>
            <Waiting state />
            <p class="said" role="status" data-said=move || said.with(Said::kind)>{move || said.with(Said::words)}</p>
        </section>
    }
}

/// Scores that could not be sent yet, and those that were refused: each can be dropped,
/// or taken back into the form.
#[component]
fn Waiting(state: BoardState) -> impl IntoView {
    let outbox = use_context::<KeptScores>().unwrap_or_default().0;
    #[cfg(feature = "hydrate")]
    let hands =
        use_context::<crate::client::sender::Sender>().zip(use_context::<super::toasts::Toasts>());
    let slug = state.board().slug;
    let shown = Memo::new(move |_| {
        // What the server drew comes alive first: it knows of none.
        if !state.is_alive.get() {
            return Vec::new();
        }
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
        let words = why.unwrap_or_else(|| "waits for the server".to_owned());
        let (edited, dropped) = (kept.clone(), kept.clone());
        let edit = move |_| {
            #[cfg(feature = "hydrate")]
            if let Some((sender, toasts)) = hands {
                crate::client::submit::edit(sender, toasts, &edited);
            }
            #[cfg(not(feature = "hydrate"))]
            let _ = &edited;
        };
        let forget = move |_| {
            #[cfg(feature = "hydrate")]
            if let Some((sender, toasts)) = hands {
                crate::client::submit::forget(sender, toasts, &dropped);
            }
            #[cfg(not(feature = "hydrate"))]
            let _ = &dropped;
        };
        view! {
            <li data-state=kind>
                <strong>{kept.score}</strong>
                " "
                <span>{words}</span>
                <span class="tools">
                    <button type="button" class="small" on:click=edit>"Edit"</button>
                    <button type="button" class="small" on:click=forget>"Drop"</button>
                </span>
            </li>
        }
    };
    view! {
        <ul class="outbox" aria-label="Scores that are not recorded yet" hidden=move || shown.with(Vec::is_empty)>
            <For each=move || shown.get() key=|kept| (kept.id.clone(), kept.refusal().map(ToOwned::to_owned)) children=one />
        </ul>
    }
}

impl Said {
    fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pending(_) => "pending",
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Pending(words) | Self::Done(words) | Self::Refused(words) => words.clone(),
        }
    }
}
