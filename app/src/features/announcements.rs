//! Says what becomes of the reader's own rank: to those who listen, once it rests; and in their
//! history. Never what becomes of everybody's.

use gloo_timers::callback::Timeout;
use leaderport::protocol::MyPlace;
use leaderport::{PlayerId, Rank};
use leptos::prelude::*;

use crate::features::board_state::BoardState;
use crate::features::rank_history::Noted;
use crate::islands::lazy::{Task, later};
use crate::locale::numbers;
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

/// Has the reader's history show what becomes of their score from now on.
pub fn note(state: BoardState, place: NodeRef<leptos::html::Div>) {
    let (format, history) = state.first.with_value(|f| {
        let me = f.me.as_ref();
        let history = me.map(|me| me.history.clone()).unwrap_or_default();
        (f.board.format, StoredValue::new(history))
    });
    let reached = Memo::new(move |_| {
        state.me.with(|me| {
            let me = me.as_ref()?;
            Some((me.player.clone(), me.standing?.score))
        })
    });
    Effect::new(move |before: Option<Option<(PlayerId, MyPlace)>>| {
        // Read, since a memo that nobody has read follows nothing.
        reached.with(|_| ());
        let now = state.me.with_untracked(|me| {
            let me = me.as_ref()?;
            Some((me.player.clone(), me.standing?))
        });
        // What was first is shown already.
        if let (Some(before), Some(place)) = (before, place.get_untracked()) {
            let who = |of: &Option<(PlayerId, MyPlace)>| of.as_ref().map(|(who, _)| who.clone());
            let is_another = before.is_some() && who(&before) != who(&now);
            let noted = Noted {
                is_another,
                before: before.filter(|_| !is_another).map(|(_, place)| place),
                standing: now.as_ref().map(|(_, place)| *place),
            };
            later(Task::Note(history, place, format, noted));
        }
        now
    });
}

/// What is said of a rank that was another one: nothing of somebody else's, or of the same.
fn words<P: PartialEq>(before: Option<(P, Rank)>, now: Option<(P, Rank)>) -> Option<String> {
    let (who, now) = now?;
    let before = before.filter(|(was, _)| *was == who).map(|(_, rank)| rank);
    match before {
        Some(before) if before == now => None,
        Some(before) if now < before => Some(words::you_rose_to_rank(numbers::rank(now))),
        Some(_) => Some(words::you_are_now_rank(numbers::rank(now))),
        None => Some(words::you_are_rank(numbers::rank(now))),
    }
}
