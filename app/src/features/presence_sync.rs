//! Who else looks at a board, and whether the reader is named to them.

use leaderport::protocol::{Channel, State};
use leptos::prelude::*;

use crate::browser::connection::{Connection, News};
use crate::features::board_state::BoardState;

/// Who else is there, the reader among them by name if they wish.
pub fn follow_presence(state: BoardState, connection: Connection) {
    let channel = Channel::Presence(state.first.with_value(|f| f.board.slug.clone()));
    connection.watch(&channel, None, move |news| {
        if let News::State(State::Presence(presence), _) = news {
            state.presence.try_set(presence.clone());
        }
    });
    let player = Memo::new(move |_| state.me.with(|me| Some(me.as_ref()?.player.to_string())));
    Effect::new(move || {
        // Somebody else has other wishes.
        state
            .is_seen
            .set(player.with(|player| kept_wish() == *player && player.is_some()));
    });
    let of = channel.clone();
    // By the name on the board: who is not on it is not named before they are.
    let stands = Memo::new(move |_| {
        state
            .me
            .with(|me| me.as_ref().is_some_and(|me| me.standing.is_some()))
    });
    Effect::new(move || connection.show(&of, state.is_seen.get() && stands.get()));
    on_cleanup(move || connection.unwatch(&channel));
}

/// Where this browser keeps who wishes to be seen.
const SEEN: &str = "leaderport.seen";

fn kept_wish() -> Option<String> {
    let kept = window().local_storage().ok().flatten();
    kept.and_then(|kept| kept.get_item(SEEN).ok().flatten())
}

/// The reader wishes to be named to others, or does so no more.
pub fn wish(state: BoardState, is_seen: bool) {
    state.is_seen.set(is_seen);
    let player = state
        .me
        .with_untracked(|me| Some(me.as_ref()?.player.to_string()));
    // Where nothing may be kept, the wish lasts as long as the page.
    if let Ok(Some(kept)) = window().local_storage() {
        let _ = match player.filter(|_| is_seen) {
            Some(player) => kept.set_item(SEEN, &player),
            None => kept.remove_item(SEEN),
        };
    }
}
