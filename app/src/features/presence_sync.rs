//! The readers who are on a board's page, and whether this reader's name is visible to them.

use leaderport::protocol::{Channel, State};
use leptos::prelude::*;

use super::board_state::BoardState;
use crate::browser::connection::ChannelUpdate;

/// The key in the browser's storage that holds the player whose name may be visible.
const VISIBLE_PLAYER: &str = "leaderport.seen";

/// Subscribes to the presence of the board, and shows this reader's name if they chose to.
pub fn sync_presence(state: BoardState) {
    let channel = Channel::Presence(state.view().board.slug.clone());
    let watched = channel.clone();
    Effect::new(move || {
        state.connection.watch(&watched, None, move |update| {
            if let ChannelUpdate::State(State::Presence(presence), _) = update {
                state.presence.set(presence.clone());
            }
        });
    });
    let player = Memo::new(move |_| Some(state.my_player()?.to_string()));
    Effect::new(move || {
        // The choice is stored with the player, so it does not apply to another player.
        let player = player.get();
        let is_visible = player.is_some() && visible_player() == player;
        state.is_name_visible.set(is_visible);
    });
    // Presence uses the name on the board, which only ranked players have.
    let is_ranked = Memo::new(move |_| state.my_standing().is_some());
    Effect::new(move || {
        let is_shown = state.is_name_visible.get() && is_ranked.get();
        state.connection.show_name(&channel, is_shown);
    });
}

/// Makes the reader's name visible to the others, or hides it.
pub fn set_name_visible(state: BoardState, is_visible: bool) {
    state.is_name_visible.set(is_visible);
    let player = untrack(|| state.my_player());
    // Without storage, the choice is lost when the page is closed.
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = match player.filter(|_| is_visible) {
            Some(player) => storage.set_item(VISIBLE_PLAYER, player.as_str()),
            None => storage.remove_item(VISIBLE_PLAYER),
        };
    }
}

fn visible_player() -> Option<String> {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(VISIBLE_PLAYER).ok().flatten())
}
