//! Says what becomes of the reader's own rank: to those who listen, once it rests; and who
//! came past them, as a notification. Never what becomes of everybody's.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leaderport::milestone::MAX_MILESTONES;
use leaderport::protocol::Overtaker;
use leaderport::{Milestone, Rank};
use leptos::prelude::*;

use super::follow::now as now_by_clock;
use crate::components::board_state::BoardState;
use crate::components::toasts::{Toasts, Tone};
use crate::words;

/// How long a rank rests before it is said, in milliseconds: a busy board moves often.
const REST_MILLIS: u32 = 1_500;

/// Announces the reader's rank, until the page is left.
pub fn announce(state: BoardState, announced: RwSignal<String>) {
    let rank = Memo::new(move |_| {
        let me = state.me.get()?;
        Some((me.player, me.standing?.rank))
    });
    let rest = StoredValue::new_local(None::<Timeout>);
    let said = StoredValue::new(rank.get_untracked());
    Effect::new(move || {
        rank.track();
        let say = move || {
            let (Some(now), Some(before)) = (rank.try_get_untracked(), said.try_get_value()) else {
                return;
            };
            said.set_value(now.clone());
            if let Some(words) = words(before, now) {
                announced.set(words);
            }
        };
        // The timer before is dropped, and with it what it would have said.
        rest.set_value(Some(Timeout::new(REST_MILLIS, say)));
    });
}

/// Notes in the reader's history what becomes of their score from now on.
pub fn note(state: BoardState, history: RwSignal<Vec<Milestone>>) {
    let standing = Memo::new(move |_| {
        state.me.with(|me| {
            let me = me.as_ref()?;
            Some((me.player.clone(), me.standing?))
        })
    });
    Effect::new(move |before: Option<Option<_>>| {
        let now = standing.get();
        let Some((player, place)) = &now else {
            // Whoever is next is somebody else.
            history.update(Vec::clear);
            return now;
        };
        let is_new =
            history.with_untracked(|all| all.last().is_none_or(|last| last.score != place.score));
        let is_same_player = match before.flatten() {
            Some((was, _)) => was == *player,
            None => true,
        };
        history.update(|all| {
            if !is_same_player {
                all.clear();
            }
            if is_new {
                let surplus = (all.len() + 1).saturating_sub(MAX_MILESTONES);
                all.drain(..surplus);
                all.push(Milestone {
                    at: now_by_clock(),
                    score: place.score,
                    rank: Some(place.rank),
                });
            }
        });
        now
    });
}

/// What is said of a rank that was another one: nothing of somebody else's, or of the same.
fn words<P: PartialEq>(before: Option<(P, Rank)>, now: Option<(P, Rank)>) -> Option<String> {
    let (who, now) = now?;
    let before = before.filter(|(was, _)| *was == who).map(|(_, rank)| rank);
    match before {
        Some(before) if before == now => None,
        Some(before) if now < before => Some(words::you_rose_to_rank(now)),
        Some(_) => Some(words::you_are_now_rank(now)),
        None => Some(words::you_are_rank(now)),
    }
}

/// Tells the reader who came past them, with the way to their row.
pub fn overtaken(state: BoardState, toasts: Toasts, by: &[Overtaker], rank: Rank) {
    let Some(last) = by.last() else { return };
    let who = match by.len() {
        1 => last.name.to_string(),
        more => words::and_others(&last.name, words::others(more as u64 - 1)),
    };
    let words = words::overtook_you(who, rank);
    let find = Arc::new(move || {
        // The board's page may have been left.
        if let Some(place) = state
            .overlay
            .try_get_untracked()
            .and_then(|_| state.my_place())
        {
            state.go_to.try_set(Some(place));
        }
    });
    toasts.say(
        "overtaken",
        Tone::Plain,
        words,
        Some((words::find_me(), find)),
    );
}
