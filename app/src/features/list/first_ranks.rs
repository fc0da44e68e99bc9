//! Remembers at which ranks the reader first saw the players of a board, so that the list can show
//! who has moved since.

use leptos::prelude::*;

use crate::features::board::board_state::BoardState;

/// Remembers the first ranks of the reader, and of the players of all pages that are loaded.
pub fn remember_first_ranks(state: BoardState) {
    Effect::new(move |_| {
        let me = state.my_player().zip(state.my_standing());
        let replica = state.replica.read();
        state.first_ranks.update_value(|ranks| {
            if let Some((player, standing)) = &me {
                ranks.see(player, standing.rank);
            }
            for (_, row) in replica.rows() {
                ranks.see(&row.player, row.rank);
            }
        });
    });
}
