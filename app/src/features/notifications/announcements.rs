//! Announces changes of the reader's own rank to screen readers. Other players' moves are not
//! announced.

use std::time::Duration;

use leaderport::{PlayerId, Rank};
use leptos::prelude::*;

use crate::features::board::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The debounce of announcements: a new rank is announced once it is unchanged for this time,
/// because ranks on a busy board change often.
const DEBOUNCE: Duration = Duration::from_millis(1_500);

/// The text to announce. The signal changes when the reader's rank does.
#[must_use]
pub fn rank_announcement(state: BoardState) -> RwSignal<String> {
    let announcement = RwSignal::new(String::new());
    let rank = Memo::new(move |_| {
        let me = state.me.get()?;
        Some((me.player, me.standing?.rank))
    });
    let announced = StoredValue::new(rank.get_untracked());
    let mut announce = debounce(DEBOUNCE, move |()| {
        let (now, before) = (rank.get_untracked(), announced.get_value());
        announced.set_value(now.clone());
        if let Some(text) = text(before, now) {
            announcement.set(text);
        }
    });
    Effect::new(move || {
        rank.track();
        announce(());
    });
    announcement
}

/// The announcement of a new rank; none for the same rank, or without one.
fn text(before: Option<(PlayerId, Rank)>, now: Option<(PlayerId, Rank)>) -> Option<String> {
    let (player, now) = now?;
    let before = before.filter(|(was, _)| *was == player);
    match before.map(|(_, rank)| rank) {
        Some(before) if before == now => None,
        Some(before) if now < before => Some(words::you_rose_to_rank(numbers::rank(now))),
        Some(_) => Some(words::you_are_now_rank(numbers::rank(now))),
        None => Some(words::you_are_rank(numbers::rank(now))),
    }
}
