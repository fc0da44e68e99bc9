//! The readers who are on a board's page, and whether this reader's name is visible to them.

use leaderport::protocol::{Channel, State};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::connection::ChannelUpdate;
use crate::browser::dom::reader::{set_visible_player, visible_player};
use crate::features::board::board_requests::request_visibility;
use crate::features::board::board_state::BoardState;
use crate::features::toasts::Tone;

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

/// Makes the reader's name visible to the others, or hides it: at once, then in their settings. A
/// refusal takes the choice back.
pub fn set_name_visible(state: BoardState, is_visible: bool) {
    show_choice(state, is_visible);
    spawn_local(async move {
        let Err(error) = request_visibility(is_visible).await else {
            return;
        };
        // The reader may have left the page, or have chosen again.
        if state.is_name_visible.try_get_untracked() == Some(is_visible) {
            show_choice(state, !is_visible);
            state
                .toasts
                .show("presence", Tone::Bad, error.message, None);
        }
    });
}

fn show_choice(state: BoardState, is_visible: bool) {
    state.is_name_visible.set(is_visible);
    let player = untrack(|| state.my_player());
    set_visible_player(player.as_ref().filter(|_| is_visible));
}
