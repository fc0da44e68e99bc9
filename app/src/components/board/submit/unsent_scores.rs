//! The reader's scores that are not recorded: waiting ones and refused ones. The code of their list
//! loads with the code that sends scores.

use leptos::html;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use crate::browser::part::{PartFuture, boxed};
use crate::components::mount_later::mount_later;
use crate::core::submit::outbox::QueuedScore;
use crate::features::board::board_state::BoardState;
use crate::features::submit::submit_outcome::{OutboxCommand, command_outbox};
use crate::locale::numbers;
use crate::words;

/// The reader's unrecorded scores on this board; hidden if there are none.
#[component]
pub fn UnsentScores(state: BoardState) -> impl IntoView {
    let slug = state.board().slug;
    let unsent = Memo::new(move |_| {
        let reader = state.owner();
        let outbox = state.outbox.read();
        let scores = outbox.of(&slug).filter(|score| {
            let was_sent = score.answer.is_none() && score.attempts > 0;
            (was_sent || score.refusal().is_some()) && score.is_of(reader.as_ref())
        });
        scores.cloned().collect::<Vec<_>>()
    });
    let list = NodeRef::<html::Ul>::new();
    let is_needed = Signal::derive(move || !unsent.read().is_empty());
    mount_later(is_needed, move || mount_scores(state, unsent, list));
    view! {
        <ul class="outbox" aria-label=words::scores_not_recorded_yet() hidden=move || unsent.read().is_empty() node_ref=list></ul>
    }
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn mount_scores(
    state: BoardState,
    unsent: Memo<Vec<QueuedScore>>,
    list: NodeRef<html::Ul>,
) -> Result<PartFuture<()>, SplitLoaderError> {
    boxed(async move {
        let Some(list) = list.get_untracked() else {
            return;
        };
        let key = |score: &QueuedScore| (score.id.clone(), score.refusal().is_some());
        let scores = move || {
            view! {
                <For each=move || unsent.get() key=key let:score>
                    <UnsentScore state score />
                </For>
            }
        };
        mount_to(list.into(), scores).forget();
    })
}

#[component]
fn UnsentScore(state: BoardState, score: QueuedScore) -> impl IntoView {
    let format = state.view().board.format;
    // Format the value again, because the reader's locale may have changed since the submission.
    let text = numbers::score(format, score.value);
    let (kind, explanation) = match score.refusal() {
        Some(reason) => ("refused", reason.to_owned()),
        None => ("waits", words::waiting_to_be_sent().to_owned()),
    };
    let edit_command = {
        let (id, text) = (score.id.clone(), text.clone());
        move || OutboxCommand::Edit {
            id: id.clone(),
            text: text.clone(),
        }
    };
    let edit = move |_| command_outbox(state, edit_command());
    // The score of a game cannot be edited.
    let is_editable = !state.has_game();
    let id = score.id.clone();
    let remove = move |_| {
        let id = score.id.clone();
        command_outbox(state, OutboxCommand::Drop { id });
    };
    view! {
        <li data-state=kind data-id=id>
            <strong>{text}</strong>
            " "
            <span>{explanation}</span>
            <span class="tools">
                <button type="button" class="small" hidden=!is_editable on:click=edit>{words::edit()}</button>
                <button type="button" class="small discard" on:click=remove>{words::discard()}</button>
            </span>
        </li>
    }
}
