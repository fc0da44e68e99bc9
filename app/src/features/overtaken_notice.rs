//! Notifies the reader when other players overtake them.

use std::sync::Arc;

use leaderport::Rank;
use leaderport::protocol::Overtaker;
use leptos::prelude::*;

use super::board_state::BoardState;
use super::toasts::Tone;
use crate::locale::numbers;
use crate::words;

/// Shows who overtook the reader, with a button that scrolls to the reader's row.
pub fn notify_overtaken(state: BoardState, by: &[&Overtaker], rank: Rank) {
    let Some(last) = by.last() else { return };
    let who = match by.len() {
        1 => last.name.to_string(),
        count => words::and_others(&last.name, words::others(count as u64 - 1)),
    };
    let text = words::overtook_you(who, numbers::rank(rank));
    let scroll_to_me = Arc::new(move || {
        if let Some(place) = state.my_place() {
            state.scroll_target.set(Some(place));
        }
    });
    let action = Some((words::find_me(), scroll_to_me as _));
    state.toasts.show("overtaken", Tone::Plain, text, action);
}
