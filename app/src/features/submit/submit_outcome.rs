//! Sends submitted scores, applies the outcome to the board, and notifies the reader. This code is
//! loaded on demand. Without demand, it is loaded some seconds after hydration, so that it is
//! available without a network.

use std::cell::Cell;
use std::sync::Arc;

use leaderport::protocol::MyPlace;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::pending_scores::{hide_pending, mark_confirmed, show_pending};
use crate::api::board::Me;
use crate::browser::clock::after;
use crate::browser::crash_recovery::reload_after_crash;
use crate::browser::dom::focus::{find, focus_first_of};
use crate::browser::offline::outbox_worker::{OutboxWorker, is_any_score_stored};
use crate::browser::part::{PartFuture, RETRY_MILLIS, boxed};
use crate::core::submit::confirmation::Confirmation;
use crate::core::submit::outbox::{Answer, Change, QueuedScore, ScoreOwner};
use crate::core::submit::submit_status::{Refusal, SubmitStatus};
use crate::core::sync::transport::ConnectionStatus;
use crate::features::board::board_state::BoardState;
use crate::features::list::arrival::{arrive_recorded, outcome_text};
use crate::features::list::list_scroll::after_scrolling;
use crate::features::toasts::{Toasts, Tone};
use crate::words;

/// The maximum time for which a confirmed score stays in the overlay, in milliseconds. It is needed
/// if the score's place is on no loaded page.
const CONFIRMED_MILLIS: u32 = 3_000;

/// Like [`CONFIRMED_MILLIS`], while the page is not connected live.
const POLLED_MILLIS: u32 = 9_000;

/// The delay after hydration before this code is loaded if no score is waiting, in milliseconds.
const LOAD_MILLIS: u32 = 3_000;

thread_local! {
    /// The worker of the page, once it has started.
    static WORKER: Cell<Option<OutboxWorker>> = const { Cell::new(None) };
}

/// A command to the outbox of the page.
#[derive(Clone)]
pub enum OutboxCommand {
    /// Send the stored scores.
    Start,
    /// Send a new score.
    Send(QueuedScore),
    /// Move a score that was not recorded back into the form.
    Edit {
        /// The id of the score.
        id: String,
        /// The text for the form.
        text: String,
    },
    /// Remove a score that was not recorded.
    Drop {
        /// The id of the score.
        id: String,
    },
}

/// Starts the outbox worker: at once if the browser stores scores, else some time after hydration.
pub fn start_sending(state: BoardState) {
    Effect::new(move |_| {
        let start = move || command_outbox(state, OutboxCommand::Start);
        if is_any_score_stored() {
            start();
        } else {
            after_scrolling(LOAD_MILLIS, start);
        }
    });
}

/// Gives a command to the outbox, once its code is loaded. If the code does not arrive, the server may
/// have been upgraded, so a page with a network reloads. Without one, it tries again after some seconds.
pub fn command_outbox(state: BoardState, command: OutboxCommand) {
    spawn_local(async move {
        if let Ok(run) = begin_command(state, command.clone()).await {
            return run.await;
        }
        reload_after_crash();
        let again = match command {
            // Starting sends the stored scores. To add this one again could send it twice.
            OutboxCommand::Send(_) if is_any_score_stored() => OutboxCommand::Start,
            command => command,
        };
        after(RETRY_MILLIS, move || command_outbox(state, again));
    });
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn begin_command(
    state: BoardState,
    command: OutboxCommand,
) -> Result<PartFuture<()>, SplitLoaderError> {
    boxed(async move { run_command(state, command) })
}

fn run_command(state: BoardState, command: OutboxCommand) {
    let worker = worker(state);
    match command {
        OutboxCommand::Start => {}
        OutboxCommand::Send(score) => worker.add(score),
        OutboxCommand::Edit { id, .. } | OutboxCommand::Drop { id } if worker.is_in_flight(&id) => {
            let text = words::score_is_being_sent();
            state.toasts.show("in flight", Tone::Plain, text, None);
        }
        OutboxCommand::Edit { id, text } => edit_score(state, worker, &id, &text),
        OutboxCommand::Drop { id } => drop_score(state, worker, &id),
    }
}

fn edit_score(state: BoardState, worker: OutboxWorker, id: &str, text: &str) {
    let Some(input) = state.form.score.get_untracked() else {
        return;
    };
    let typed_name = worker.remove(id).and_then(|score| score.name);
    if let (Some(name), Some(field)) = (typed_name, state.form.name.get_untracked()) {
        field.set_value(name.as_str());
    }
    input.set_value(text);
    // A browser that refuses leaves the focus where it is.
    let _ = input.focus();
}

/// Removes a score. The reader can undo that for a while.
fn drop_score(state: BoardState, worker: OutboxWorker, id: &str) {
    let neighbour = discard_button_near(id);
    let Some(dropped) = worker.remove(id) else {
        return;
    };
    let field = state.form.score.get_untracked();
    let field = field.map(|field| HtmlElement::clone(&field));
    focus_first_of(neighbour.into_iter().chain(field));
    let text = words::discarded_score(&dropped.score);
    let undo = Arc::new(move || {
        worker.add(QueuedScore {
            answer: None,
            ..dropped.clone()
        });
    });
    let action = Some((words::undo(), undo as _));
    state.toasts.show("dropped", Tone::Plain, text, action);
}

/// The button that discards the score after another one in the list of unsent scores, else the one
/// before it.
fn discard_button_near(id: &str) -> Option<HtmlElement> {
    let item = find(&format!(".outbox [data-id='{id}']"))?;
    let near = item.next_element_sibling();
    let near = near.or_else(|| item.previous_element_sibling())?;
    let button = near.query_selector(".discard").ok().flatten()?;
    button.dyn_into().ok()
}

/// The page's outbox worker, started with the first use.
fn worker(state: BoardState) -> OutboxWorker {
    WORKER.get().unwrap_or_else(|| {
        let reader = Signal::derive(move || state.owner());
        let worker = OutboxWorker::start(state.outbox, reader);
        WORKER.set(Some(worker));
        notify_outcomes(worker, state.toasts);
        update_board(state, worker);
        worker
    })
}

/// Updates the board with the outcome of its scores, whichever tab submitted them.
fn update_board(state: BoardState, worker: OutboxWorker) {
    let slug = state.board().slug;
    let waiting = state.outbox.get_untracked();
    waiting
        .of(&slug)
        .filter(|score| score.answer.is_none())
        .for_each(|score| show_pending(state, score));
    worker.listen(move |change| match change {
        Change::Added(score) if score.slug == slug => show_pending(state, score),
        Change::Dropped(score) if score.slug == slug => hide_pending(state, &score.id),
        Change::Changed(score) if score.slug == slug => match &score.answer {
            None => set_status(
                state,
                SubmitStatus::Pending(words::score_kept_for_later().to_owned()),
            ),
            Some(Answer::Recorded(confirmation)) => confirm(state, &score.id, confirmation),
            Some(Answer::Refused(reason)) => {
                hide_pending(state, &score.id);
                let refusal = Refusal::of_form(reason.clone());
                set_status(state, SubmitStatus::Refused(refusal));
            }
        },
        Change::Held(score) if score.slug == slug => set_status(
            state,
            SubmitStatus::Pending(words::score_waits_for_its_player().to_owned()),
        ),
        Change::Added(_) | Change::Dropped(_) | Change::Changed(_) | Change::Held(_) => {}
    });
}

fn set_status(state: BoardState, status: SubmitStatus) {
    state.submit_status.set(status);
}

fn confirm(state: BoardState, id: &str, confirmation: &Confirmation) {
    let season = state.season();
    let mine = confirmation.seasons.iter().find(|s| s.season == season);
    let pending = state.pending.get_untracked();
    let sent = pending.iter().find(|pending| pending.id == id);
    let score_before = sent.and_then(|sent| sent.before).map(|(_, score)| score);
    let text = outcome_text(&state.board(), mine, score_before);
    set_status(state, SubmitStatus::Done(text));
    if let Some(mine) = mine {
        arrive_recorded(state, id, mine.score);
    }
    let before = state.me.get_untracked();
    let standing = before.as_ref().and_then(|me| me.standing);
    let guest = || ScoreOwner {
        player: confirmation.player.clone(),
        has_account: false,
    };
    let (owner, player) = before.map_or_else(
        || (guest(), confirmation.player.clone()),
        |me| (me.owner, me.player),
    );
    state.me.set(Some(Me {
        owner,
        player: player.clone(),
        name: confirmation.name.clone(),
        history: Vec::new(),
        // Without a rank for this season, the confirmation has no newer standing.
        standing: standing.map(|before| match mine.and_then(|s| Some((s.rank?, s.score))) {
            Some((rank, score)) => MyPlace {
                rank,
                score,
                ..before
            },
            None => before,
        }),
    }));
    let Some(position) = mine.and_then(|s| s.position) else {
        // The broker is down, or the score counts in another season.
        return hide_pending(state, id);
    };
    mark_confirmed(state, id, &player, position);
    let id = id.to_owned();
    let millis = if state.status.get_untracked() == ConnectionStatus::Live {
        CONFIRMED_MILLIS
    } else {
        POLLED_MILLIS
    };
    after(millis, move || hide_pending(state, &id));
}

/// Notifies the reader of the outcome of scores of boards other than the one on the page.
pub fn notify_outcomes(worker: OutboxWorker, toasts: Toasts) {
    worker.listen(move |change| {
        let Change::Changed(score) = change else {
            return;
        };
        let is_on_its_page = window()
            .location()
            .pathname()
            .is_ok_and(|path| path == format!("/boards/{}", score.slug));
        if is_on_its_page {
            return;
        }
        let (text, tone) = match &score.answer {
            None => return,
            Some(Answer::Recorded(_)) => (
                words::score_is_recorded(&score.score, &score.title),
                Tone::Good,
            ),
            Some(Answer::Refused(reason)) => (
                words::score_was_refused(&score.score, &score.title, reason),
                Tone::Bad,
            ),
        };
        toasts.show(score.id.clone(), tone, text, None);
    });
}
