//! Submits a score optimistically: stores it, shows it at its predicted place, then sends it.

use leaderport::sketch::Guess;
use leaderport::{PlayerName, Score, SubmissionId};
use leptos::prelude::*;

use super::board_state::BoardState;
use super::pending_scores::show_pending;
use super::submit_outcome::{OutboxCommand, command_outbox};
use crate::browser::clock::now;
use crate::browser::outbox_worker::store_score;
use crate::core::outbox::{MAX_QUEUED, QueuedScore};
use crate::core::overlay::{Overlay, score_after};
use crate::core::submit_status::SubmitStatus;
use crate::core::typed_name::typed_name;
use crate::locale::numbers;
use crate::words;

/// Keeps the name in the form at the reader's name, until the reader types another one.
pub fn sync_name_field(state: BoardState) {
    let name = Memo::new(move |_| {
        let me = state.me.read();
        me.as_ref()
            .map(|me| me.name.to_string())
            .unwrap_or_default()
    });
    Effect::new(move || {
        let name = name.get();
        let Some(field) = state.form.name.get() else {
            return;
        };
        let is_untouched = field.value() == field.default_value();
        field.set_default_value(&name);
        if is_untouched {
            field.set_value(&name);
        }
    });
}

/// Submits the score in the form, and the name if the reader typed one.
pub fn submit_form(state: BoardState) {
    let score = state.form.score.get_untracked();
    let score = score.map(|input| input.value()).unwrap_or_default();
    let (name, value) = match read(state, &score) {
        Ok(read) => read,
        Err(reason) => return refuse(state, reason),
    };
    let owner = untrack(|| state.owner());
    if state.outbox.read_untracked().is_full(owner.as_ref()) {
        return refuse(state, words::scores_waiting_already(MAX_QUEUED as u64));
    }
    let board = state.board();
    let at = now();
    let queued = QueuedScore {
        id: SubmissionId::new(at, random_bytes()).to_string(),
        // A second random id, which only the server learns.
        proof: SubmissionId::new(at, random_bytes()).to_string(),
        slug: board.slug,
        title: board.title,
        player: owner.map(|owner| owner.player),
        name,
        score,
        value,
        at,
        attempts: 0,
        answer: None,
    };
    store_score(&queued);
    show_pending(state, &queued);
    state
        .submit_status
        .set(SubmitStatus::Pending(pending_text(state)));
    if let Some(input) = state.form.score.get_untracked() {
        input.set_value("");
    }
    command_outbox(state, OutboxCommand::Send(queued));
}

fn refuse(state: BoardState, reason: String) {
    state.submit_status.set(SubmitStatus::Refused(reason));
}

/// Reads the name in the form, if the reader typed one, and a score by the board's format and
/// bounds. The error is a sentence for the reader.
fn read(state: BoardState, score: &str) -> Result<(Option<PlayerName>, Score), String> {
    let board = state.board();
    let value = numbers::read(board.format, score).ok();
    let bounds = (board.min_score, board.max_score);
    let value = words::check_score(board.format, bounds, value)?;
    let field = state.form.name.get_untracked();
    let (text, shown) = field
        .map(|field| (field.value(), field.default_value()))
        .unwrap_or_default();
    let name = typed_name(&text, &shown).map_err(|_| words::invalid_name())?;
    if name.is_none() && state.me.read_untracked().is_none() {
        return Err(words::invalid_name().to_owned());
    }
    Ok((name, value))
}

fn random_bytes() -> [u8; 10] {
    let mut random = [0; 10];
    if let Ok(crypto) = window().crypto() {
        // Fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    random
}

/// The text for a pending score. It has an estimate of the rank if the list cannot show the score.
fn pending_text(state: BoardState) -> String {
    match estimated_place(state) {
        Some(Guess { place, within }) => {
            words::submitting_to_about_rank(numbers::count(place + 1), numbers::count(within))
        }
        None => words::submitting().to_owned(),
    }
}

fn estimated_place(state: BoardState) -> Option<Guess> {
    let visible = state.list.read_untracked().visible();
    let predicted = state.overlay.read_untracked().as_ref().map(Overlay::place);
    if predicted.is_some_and(|place| visible.contains(&place)) {
        return None;
    }
    let (view, pending) = (state.view(), state.pending.get_untracked());
    let (order, tie) = (view.board.order, view.board.tie);
    let score = score_after(&pending, &view.board)?;
    let guess = view.sketch.guess(order, tie, score)?;
    // The estimate still counts the reader's own old, better score: subtract one.
    let drops = |(_, before)| order.is_better(before, score);
    let counted_twice = u64::from(pending.first()?.before.is_some_and(drops));
    Some(Guess {
        place: guess.place.saturating_sub(counted_twice),
        ..guess
    })
}
