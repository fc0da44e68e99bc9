//! What is drawn and told when the reader's standing has changed. Loaded later, since it first has
//! to.

use std::sync::Arc;

use leaderport::milestone::MAX_MILESTONES;
use leaderport::protocol::{MyPlace, Overtaker};
use leaderport::{Milestone, Rank, ScoreFormat};
use leptos::prelude::*;
use web_sys::HtmlDivElement;

use crate::components::history;
use crate::components::toasts::{Toasts, Tone};
use crate::features::board_state::BoardState;
use crate::features::board_sync::now;
use crate::locale::numbers;
use crate::words;

/// A standing that has changed.
pub struct Noted {
    /// Whether it was somebody else's before.
    pub is_another: bool,
    /// What it was, if it was theirs.
    pub before: Option<MyPlace>,
    /// What it is; none of who does not stand.
    pub standing: Option<MyPlace>,
}

/// Notes a standing in a history, and draws that.
pub(crate) fn note(
    history: StoredValue<Vec<Milestone>>,
    place: &HtmlDivElement,
    format: ScoreFormat,
    noted: &Noted,
) {
    // The page may have been left.
    let plot = history.try_update_value(|all| {
        push(all, noted);
        history::plot(all, format)
    });
    if let Some(plot) = plot {
        place.set_inner_html(&plot);
    }
}

fn push(all: &mut Vec<Milestone>, noted: &Noted) {
    if noted.is_another || noted.standing.is_none() {
        // Whoever is next is somebody else.
        all.clear();
    }
    // The page may have come without the moment before.
    let before = noted.before.filter(|_| noted.standing.is_some());
    for standing in before.into_iter().chain(noted.standing) {
        if all.last().is_none_or(|last| last.score != standing.score) {
            let surplus = (all.len() + 1).saturating_sub(MAX_MILESTONES);
            all.drain(..surplus);
            all.push(Milestone {
                at: now(),
                score: standing.score,
                rank: Some(standing.rank),
            });
        }
    }
}

/// Tells the reader who came past them, with the way to their row.
pub(crate) fn overtaken(state: BoardState, toasts: Toasts, by: &[Overtaker], rank: Rank) {
    let Some(last) = by.last() else { return };
    let who = match by.len() {
        1 => last.name.to_string(),
        more => words::and_others(&last.name, words::others(more as u64 - 1)),
    };
    let words = words::overtook_you(who, numbers::rank(rank));
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
