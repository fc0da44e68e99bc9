//! Submits optimistically: a score is kept and shown at once, then sent ([`crate::features::submit_outcome`]).

use leaderport::sketch::Guess;
use leaderport::{PlayerId, PlayerName, Score, SubmissionId};
use leptos::prelude::*;

use crate::components::board::submit_form::Said;
use crate::core::outbox::{Kept, MOST, Outbox};
use crate::core::overlay::{Overlay, Pending, score_after};
use crate::core::virtual_list::Virtualizer;
use crate::features::board_state::BoardState;
use crate::features::board_sync::now;
use crate::features::form_fields::{field, text_of};
use crate::features::submit_outcome::Desk;
use crate::islands::lazy::{Task, later};
use crate::locale::{marks, numbers};
use crate::words;

/// Submits what the form says: shown at once, then confirmed or taken back.
pub fn submit(desk: &Desk, event: &leptos::ev::SubmitEvent) {
    let state = desk.state;
    event.prevent_default();
    event.stop_propagation();
    let (name, score) = (text_of(event, "name"), text_of(event, "score"));
    let board = state.board();
    let read = || -> Result<(PlayerName, Score), leaderport::InvalidValue> {
        let value = numbers::read(board.format, &score).map_err(|e| e.of("score"))?;
        board
            .format
            .check_within(value, (board.min_score, board.max_score), marks())?;
        Ok((PlayerName::new(&name)?, value))
    };
    let (name, value) = match read() {
        Ok(read) => read,
        Err(error) => return state.said.set(Said::Refused(error.to_string())),
    };
    if desk.kept.0.with_untracked(Outbox::is_full) {
        let words = words::scores_wait_already(MOST);
        return state.said.set(Said::Refused(words));
    }
    let mut random = [0; 10];
    if let Ok(crypto) = window().crypto() {
        // It fails only for more bytes than these.
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    let at = now();
    let kept = Kept {
        id: SubmissionId::new(at, random).to_string(),
        slug: board.slug,
        title: board.title,
        player: state
            .me
            .with_untracked(|me| Some(me.as_ref()?.player.clone())),
        name,
        score,
        value,
        at,
        attempts: 0,
        answer: None,
    };
    if let Ok(Some(storage)) = window().local_storage() {
        // Before anything else, so that it goes out whatever becomes of this page. Where nothing
        // may be kept, it waits as long as the page.
        let _ = storage.set_item(&kept.key(), &kept.text());
    }
    show(state, &kept);
    later(Task::Dispatch(desk.clone(), Some(kept)));
    state.said.set(Said::Pending(on_its_way(state)));
    if let Some(input) = field(event, "score") {
        input.set_value("");
    }
}

/// Shows what is on its way where it will count: in a season that runs, to whose it is.
pub(crate) fn show(state: BoardState, kept: &Kept) {
    let first = state
        .first
        .try_with_value(|f| f.is_running.then(|| f.board.clone()));
    let Some(board) = first.flatten() else { return };
    let me = state.me.try_get_untracked().flatten();
    if !kept.is_of(me.as_ref().map(|me| &me.player)) {
        return;
    }
    let standing = me.as_ref().and_then(|me| me.standing);
    let place = state
        .overlay
        .try_with_untracked(|o| o.as_ref().map(Overlay::place));
    state.pending.try_update(|pending| {
        if pending.iter().any(|p| p.id == kept.id) {
            return;
        }
        let place = standing.map(|s| s.place).or(place.flatten());
        let score = score_after(pending, &board).or(standing.map(|s| s.score));
        pending.push(Pending {
            id: kept.id.clone(),
            player: me.map_or_else(
                || PlayerId::new("me").expect("a printable id"),
                |me| me.player,
            ),
            name: kept.name.clone(),
            value: kept.value,
            at: kept.at,
            before: place.zip(score),
            confirmed: None,
        });
    });
}

pub(crate) fn hide(state: BoardState, id: &str) {
    state
        .pending
        .try_update(|pending| pending.retain(|p| p.id != id));
}

/// That a score is on its way, and about where it will rank if the list does not show it.
fn on_its_way(state: BoardState) -> String {
    let guess = || {
        let is_shown = state.overlay.with_untracked(|overlay| {
            let visible = state.list.with_untracked(Virtualizer::visible);
            overlay
                .as_ref()
                .is_some_and(|o| visible.contains(&o.place()))
        });
        let pending = state.pending.get_untracked();
        let first = pending.first().filter(|_| !is_shown)?;
        state.first.with_value(|f| {
            let (order, tie) = (f.board.order, f.board.tie);
            let score = score_after(&pending, &f.board)?;
            let guess = f.sketch.guess(order, tie, score)?;
            // Who falls back is counted among those above, and leaves them.
            let falls = |(_, before)| order.is_better(before, score);
            let left = u64::from(first.before.is_some_and(falls));
            Some(Guess {
                place: guess.place.saturating_sub(left),
                ..guess
            })
        })
    };
    match guess() {
        Some(Guess { place, within }) => {
            words::submitting_to_about_rank(numbers::count(place + 1), numbers::count(within))
        }
        None => words::submitting().to_owned(),
    }
}
