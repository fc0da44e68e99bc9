//! The pending scores of a board, which are laid over the replica until the replica includes them.

use leaderport::{PlayerId, Position};
use leptos::prelude::*;

use crate::core::submit::outbox::QueuedScore;
use crate::core::sync::overlay::{Overlay, Pending, score_after};
use crate::features::board::board_state::BoardState;

/// Shows a queued score as pending, if it is the reader's and the displayed season is running.
pub fn show_pending(state: BoardState, score: &QueuedScore) {
    let view = state.view();
    let me = state.me.get_untracked();
    if !view.is_running || !score.is_of(me.as_ref().map(|me| &me.owner)) {
        return;
    }
    let standing = me.as_ref().and_then(|me| me.standing);
    let predicted = state.overlay.read_untracked().as_ref().map(Overlay::place);
    let pending = state.pending.get_untracked();
    if pending.iter().any(|pending| pending.id == score.id) {
        return;
    }
    let place = standing.map(|s| s.place).or(predicted);
    let before = score_after(&pending, &view.board).or(standing.map(|s| s.score));
    let (player, known_name) = me.map(|me| (me.player, me.name)).unzip();
    // A score without a player has a name.
    let Some(name) = score.name.clone().or(known_name) else {
        return;
    };
    state.pending.write().push(Pending {
        id: score.id.clone(),
        player,
        name,
        value: score.value,
        before: place.zip(before),
        confirmed: None,
    });
}

/// Removes a score from the pending ones.
pub fn hide_pending(state: BoardState, id: &str) {
    state.pending.write().retain(|pending| pending.id != id);
}

/// Marks a score as confirmed at a position, and sets the player of all pending scores.
pub fn mark_confirmed(state: BoardState, id: &str, player: &PlayerId, position: Position) {
    for pending in state.pending.write().iter_mut() {
        // The first confirmation assigns a player to a new reader, so set it in the other scores
        // too.
        pending.player = Some(player.clone());
        if pending.id == id {
            pending.confirmed = Some(position);
        }
    }
}
