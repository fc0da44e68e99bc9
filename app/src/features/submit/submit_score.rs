//! Submits a score optimistically: stores it, shows it at its predicted place, then sends it.

use leaderport::ranking::sketch::Guess;
use leaderport::{PlayerName, Score, SubmissionId};
use leptos::prelude::*;

use super::pending_scores::show_pending;
use super::submit_outcome::{OutboxCommand, command_outbox};
use crate::api::board::accepted_scores;
use crate::browser::clock::now;
use crate::browser::offline::outbox_worker::store_score;
use crate::core::submit::outbox::{MAX_QUEUED, QueuedScore};
use crate::core::submit::submit_status::{Refusal, SubmitField, SubmitStatus};
use crate::core::submit::typed_name::typed_name;
use crate::core::sync::overlay::{Overlay, score_after};
use crate::features::board::board_state::BoardState;
use crate::features::list::arrival::expect_arrival;
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
    let Some(input) = state.form.score.get_untracked() else {
        return;
    };
    match submit_score(state, input.value()) {
        Ok(()) => input.set_value(""),
        Err(refusal) => refuse(state, refusal),
    }
}

/// Submits a score, as the text that the reader typed, and the name in the form if the reader typed
/// one.
///
/// # Errors
/// Refuses an invalid name or score, and a score beyond the number that the browser keeps.
pub fn submit_score(state: BoardState, score: String) -> Result<(), Refusal> {
    let (name, value) = read(state, &score)?;
    let owner = untrack(|| state.owner());
    if state.outbox.read_untracked().is_full(owner.as_ref()) {
        let reason = words::scores_waiting_already(MAX_QUEUED as u64);
        return Err(Refusal::of_form(reason));
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
    expect_arrival(state, &queued.id);
    show_pending(state, &queued);
    state
        .submit_status
        .set(SubmitStatus::Pending(pending_text(state)));
    command_outbox(state, OutboxCommand::Send(queued));
    Ok(())
}

/// Removes the error of a field that the reader changes.
pub fn forget_error(state: BoardState, field: SubmitField) {
    let is_refused = state
        .submit_status
        .with_untracked(|status| status.reason_at(field).is_some());
    if is_refused {
        state.submit_status.set(SubmitStatus::Idle);
    }
}

/// Shows a refusal, and moves the focus to the refused field.
pub fn refuse(state: BoardState, refusal: Refusal) {
    let field = refusal.field.and_then(|field| match field {
        SubmitField::Name => state.form.name.get_untracked(),
        SubmitField::Score => state.form.score.get_untracked(),
    });
    state.submit_status.set(SubmitStatus::Refused(refusal));
    if let Some(field) = field {
        // A browser that refuses leaves the focus where it is.
        let _ = field.focus();
    }
}

/// Reads the name in the form, if the reader typed one, and a score by the rules of the board. The
/// error is that of the first refused field.
fn read(state: BoardState, score: &str) -> Result<(Option<PlayerName>, Score), Refusal> {
    let field = state.form.name.get_untracked();
    let (text, shown) = field
        .map(|field| (field.value(), field.default_value()))
        .unwrap_or_default();
    let refused_name = || Refusal::of_field(SubmitField::Name, words::invalid_name());
    let name = typed_name(&text, &shown).map_err(|_| refused_name())?;
    if name.is_none() && state.me.read_untracked().is_none() {
        return Err(refused_name());
    }
    let board = state.board();
    let value = numbers::read(board.format, score).ok();
    let value = words::check_score(accepted_scores(&board), value);
    let value = value.map_err(|reason| Refusal::of_field(SubmitField::Score, reason))?;
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
