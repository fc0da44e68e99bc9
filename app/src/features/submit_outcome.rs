//! What becomes of scores on their way: sent by the [`Sender`], shown on the board, said where
//! the reader is. Loaded once the page is alive, or as soon as a score is there to be sent.

use std::cell::Cell;
use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leaderport::protocol::MyPlace;
use leaderport::{PlayerId, Position};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::api::board::Me;
use crate::api::submit::Confirmed;
use crate::browser::outbox_worker::Sender;
use crate::components::board::submit_form::Said;
use crate::components::board::unsent_scores::Waiting;
use crate::components::toasts::{Toasts, Tone};
use crate::core::outbox::{Answer, Change, Kept, KeptScores, PREFIX};
use crate::core::transport::ConnectionStatus;
use crate::features::board_state::BoardState;
use crate::features::list_scroll::when_still;
use crate::features::submit_score::{hide, show};
use crate::islands::lazy::{Task, later};
use crate::locale::numbers;
use crate::words;

/// How long a confirmed submission is shown over a replica that does not hear of it.
const CONFIRMED_MILLIS: u32 = 3_000;

/// The same while changes do not arrive by themselves: until the page has asked for them.
const ASKED_MILLIS: u32 = 9_000;

/// How long after the page's coming alive it is loaded, in milliseconds, so that it is there
/// when the network is not.
const REST_MILLIS: u32 = 3_000;

/// Where scores that wait are listed.
pub const PLACE: &str = "waiting";

thread_local! {
    /// The board's page has one.
    static SENDER: Cell<Option<Sender>> = const { Cell::new(None) };
}

/// What a board's page has it with.
#[derive(Clone)]
pub struct Desk {
    /// The board.
    pub state: BoardState,
    /// The page's scores.
    pub kept: KeptScores,
    /// The page's notifications.
    pub toasts: Toasts,
    /// Who owns what it makes.
    pub owner: Owner,
}

/// Begins where something waits already; else some time after the page has come alive.
pub fn begin(desk: Desk) {
    if is_any_kept() {
        later(Task::Dispatch(desk, None));
    } else {
        when_still(REST_MILLIS, || later(Task::Dispatch(desk, None)));
    }
}

/// Whether the browser keeps any score.
pub fn is_any_kept() -> bool {
    let Ok(Some(storage)) = window().local_storage() else {
        return false;
    };
    let count = storage.length().unwrap_or(0);
    let mut keys = (0..count).filter_map(|n| storage.key(n).ok().flatten());
    keys.any(|key| key.starts_with(PREFIX))
}

/// Sends a score, if one is given, and whatever else waits.
pub(crate) fn dispatch(desk: &Desk, kept: Option<Kept>) {
    let sender = SENDER.get().unwrap_or_else(|| {
        let sender = desk.owner.with(|| start(desk));
        SENDER.set(Some(sender));
        sender
    });
    if let Some(kept) = kept {
        sender.add(kept);
    }
}

fn start(desk: &Desk) -> Sender {
    let (state, toasts) = (desk.state, desk.toasts);
    let sender = Sender::start(desk.kept.0);
    tell(sender, toasts);
    attend(state, sender);
    let place = document().get_element_by_id(PLACE);
    if let Some(place) = place.and_then(|place| place.dyn_into().ok()) {
        let list = move || view! { <Waiting state sender toasts /> };
        mount_to(place, list).forget();
    }
    sender
}

/// Shows what is on its way to the board, from now until the page is left: also what was
/// submitted before it was loaded, or in another tab.
fn attend(state: BoardState, sender: Sender) {
    let slug = state.board().slug;
    sender.listen(move |change| match change {
        Change::Added(kept) if kept.slug == slug => show(state, kept),
        Change::Dropped(kept) if kept.slug == slug => hide(state, &kept.id),
        Change::Changed(kept) if kept.slug == slug => match &kept.answer {
            None => {
                let words = words::score_is_kept();
                state.said.try_set(Said::Pending(words.to_owned()));
            }
            Some(Answer::Recorded(confirmed)) => confirm(state, &kept.id, confirmed),
            Some(Answer::Refused(why)) => {
                hide(state, &kept.id);
                state.said.try_set(Said::Refused(why.clone()));
            }
        },
        Change::Added(_) | Change::Dropped(_) | Change::Changed(_) => {}
    });
}

fn confirm(state: BoardState, id: &str, confirmed: &Confirmed) {
    let Some(season) = state.first.try_with_value(|f| f.season) else {
        return;
    };
    let mine = confirmed.seasons.iter().find(|s| s.season == season);
    let words = match mine.and_then(|s| s.rank) {
        Some(rank) => words::recorded_at_rank(numbers::rank(rank)),
        None => words::recorded().to_owned(),
    };
    state.said.try_set(Said::Done(words));
    state.me.try_update(|me| {
        let standing = me.as_ref().and_then(|me| me.standing);
        let known = me.as_ref().map(|me| me.player.clone());
        *me = Some(Me {
            player: known.unwrap_or_else(|| confirmed.player.clone()),
            name: confirmed.name.clone(),
            history: Vec::new(),
            // Of another season, or without the broker, nothing is known that is newer.
            standing: standing.map(|before| match mine.and_then(|s| Some((s.rank?, s.score))) {
                Some((rank, score)) => MyPlace {
                    rank,
                    score,
                    ..before
                },
                None => before,
            }),
        });
    });
    let shown_as = state.me.try_get_untracked().flatten();
    let shown_as = shown_as.map_or_else(|| confirmed.player.clone(), |me| me.player);
    let Some(position) = mine.and_then(|s| s.position) else {
        // The broker is away, or it is of another season.
        return hide(state, id);
    };
    mark_confirmed(state, id, &shown_as, position);
    // Where its place is on no page held, nothing will show that it has come.
    let id = id.to_owned();
    let is_live = state.status.get_untracked() == ConnectionStatus::Live;
    let millis = if is_live {
        CONFIRMED_MILLIS
    } else {
        ASKED_MILLIS
    };
    Timeout::new(millis, move || hide(state, &id)).forget();
}

fn mark_confirmed(state: BoardState, id: &str, shown_as: &PlayerId, position: Position) {
    state.pending.try_update(|pending| {
        for one in pending {
            // Who was nobody is somebody now, also in what still waits.
            one.player.clone_from(shown_as);
            if one.id == id {
                one.confirmed = Some(position);
            }
        }
    });
}

/// Says of one that it cannot be taken back just now.
fn say_in_flight(toasts: Toasts) {
    let words = words::being_sent_just_now().to_owned();
    toasts.say("in flight", Tone::Plain, words, None);
}

/// Takes a score back into the form, as this text.
pub fn edit(sender: Sender, toasts: Toasts, id: &str, text: &str) {
    let input = document().get_element_by_id("score");
    let input = input.and_then(|i| i.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(input) = input else { return };
    if sender.is_in_flight(id) {
        return say_in_flight(toasts);
    }
    sender.drop_one(id);
    input.set_value(text);
    // What cannot have the focus is edited all the same.
    let _ = input.focus();
}

/// Drops a score, which can be undone for a while.
pub fn forget(sender: Sender, toasts: Toasts, kept: &Kept) {
    if sender.is_in_flight(&kept.id) {
        return say_in_flight(toasts);
    }
    if let Some(dropped) = sender.drop_one(&kept.id) {
        let words = words::dropped_score(&dropped.score);
        let undo = Arc::new(move || {
            sender.add(Kept {
                answer: None,
                ..dropped.clone()
            });
        });
        toasts.say("dropped", Tone::Plain, words, Some((words::undo(), undo)));
    }
}

/// Tells, on whatever page the reader is, what became of a score of another one.
pub(crate) fn tell(sender: Sender, toasts: Toasts) {
    sender.listen(move |change| {
        let Change::Changed(kept) = change else {
            return;
        };
        let is_there = window()
            .location()
            .pathname()
            .is_ok_and(|path| path == format!("/boards/{}", kept.slug));
        if is_there {
            return;
        }
        let (score, title) = (&kept.score, &kept.title);
        match &kept.answer {
            None => {}
            Some(Answer::Recorded(_)) => {
                let words = words::score_is_recorded(score, title);
                toasts.say(kept.id.clone(), Tone::Good, words, None);
            }
            Some(Answer::Refused(why)) => {
                let words = words::score_was_refused_there(score, title, why);
                toasts.say(kept.id.clone(), Tone::Bad, words, None);
            }
        }
    });
}
