//! Jumps to a place of the list: to a rank, to a player, to a page.

use std::cell::Cell;

use leaderport::TieRule;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::board_state::BoardState;
use crate::api::board::place_of_rank;

thread_local! {
    /// Counts the jumps to ranks, so that a late answer does not undo a newer jump.
    static JUMPS: Cell<u32> = const { Cell::new(0) };
}

/// Scrolls to the first row of a rank. If the server does not answer, opens the rank's address, as
/// without JavaScript.
pub fn jump_to_rank(state: BoardState, rank: u64) {
    JUMPS.set(JUMPS.get() + 1);
    if state.board().tie != TieRule::Dense {
        return scroll_to(state, rank - 1);
    }
    // Any number of players can have each rank of a dense board, so only the server knows the place.
    let jump = JUMPS.get();
    let slug = state.board().slug.to_string();
    let season = state.season().to_string();
    spawn_local(async move {
        let place = place_of_rank(slug, season, rank).await;
        if JUMPS.get() != jump {
            return;
        }
        match place {
            Ok(place) => scroll_to(state, place),
            Err(_) => open_address(&rank_address(state, rank)),
        }
    });
}

fn rank_address(state: BoardState, rank: u64) -> String {
    format!("{}?season={}&rank={rank}", state.path(), state.season())
}

fn scroll_to(state: BoardState, place: u64) {
    state.is_following_me.set(false);
    state.scroll_target.set(Some(place));
}

fn open_address(address: &str) {
    // Fails only for an invalid address.
    let _ = window().location().set_href(address);
}
