//! Notifies the reader when other players overtake them.

use std::sync::Arc;

use leaderport::Rank;
use leaderport::protocol::Overtaker;

use crate::features::board::board_state::BoardState;
use crate::features::list::jump::jump_to_me;
use crate::features::toasts::Tone;
use crate::locale::numbers;
use crate::words;

/// Shows a notification with the players who overtook the reader, and a button that scrolls to the
/// reader's row.
pub fn notify_overtaken(state: BoardState, by: &[&Overtaker], rank: Rank) {
    let Some(last) = by.last() else { return };
    let (name, rank) = (&last.name, numbers::rank(rank));
    let text = match by.len() as u64 - 1 {
        0 => words::overtook_you(name, rank),
        others => words::overtook_you_with_others(others, name, rank),
    };
    let scroll_to_me = Arc::new(move || {
        jump_to_me(state);
    });
    let action = Some((words::find_me(), scroll_to_me as _));
    state.toasts.show("overtaken", Tone::Plain, text, action);
}
