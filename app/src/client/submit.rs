//! Submits optimistically: a score is shown at once, kept until the server has answered
//! ([`super::sender`]), then confirmed or taken back.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leaderport::protocol::MyPlace;
use leaderport::sketch::Guess;
use leaderport::{PlayerId, PlayerName, Position, Score};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::follow::now;
use super::outbox::{Answer, Change, Kept, MOST};
use super::overlay::{Overlay, Pending, score_after};
use super::sender::Sender;
use super::virtualizer::Virtualizer;
use crate::api::board::Me;
use crate::api::submit::Confirmed;
use crate::components::board_state::BoardState;
use crate::components::submit_form::Said;
use crate::components::toasts::{Toasts, Tone};

/// How long a confirmed submission is shown over a replica that does not hear of it.
const CONFIRMED_MILLIS: u32 = 3_000;

/// Submits what the form says: shown at once, then confirmed or taken back.
pub fn submit(state: BoardState, sender: Sender, event: &leptos::ev::SubmitEvent) {
    event.prevent_default();
    event.stop_propagation();
    let field = |name: &str| {
        let form = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let input = form.and_then(|f| f.query_selector(&format!("[name={name}]")).ok().flatten());
        input.and_then(|i| i.dyn_into::<web_sys::HtmlInputElement>().ok())
    };
    let text = |name| field(name).map(|i| i.value()).unwrap_or_default();
    let (name, score) = (text("name"), text("score"));
    let board = state.board();
    let read = || -> Result<(PlayerName, Score), leaderport::InvalidValue> {
        let value = board.format.read(&score).map_err(|e| e.of("score"))?;
        board
            .format
            .check_within(value, board.min_score, board.max_score)?;
        Ok((PlayerName::new(&name)?, value))
    };
    let (name, value) = match read() {
        Ok(read) => read,
        Err(error) => return state.said.set(Said::Refused(error.to_string())),
    };
    if sender.outbox.with_untracked(super::outbox::Outbox::is_full) {
        let words = format!("{MOST} scores wait already; this one is still in the form.");
        return state.said.set(Said::Refused(words));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the browser makes the submission's id"
    )]
    let id = uuid::Uuid::now_v7().to_string();
    sender.add(Kept {
        id,
        slug: board.slug,
        title: board.title,
        player: state
            .me
            .with_untracked(|me| Some(me.as_ref()?.player.clone())),
        name,
        score,
        value,
        at: now(),
        attempts: 0,
        answer: None,
    });
    state.said.set(Said::Pending(on_its_way(state)));
    if let Some(input) = field("score") {
        input.set_value("");
    }
}

/// Shows what is on its way to the board, from now until the page is left: also what was
/// submitted before it was loaded, or in another tab.
pub fn attend(state: BoardState) {
    let Some(sender) = use_context::<Sender>() else {
        return;
    };
    let slug = state.board().slug;
    let of = slug.clone();
    // After the page has come alive as the server drew it.
    request_animation_frame(move || {
        sender.outbox.with_untracked(|outbox| {
            for kept in outbox.of(&of).filter(|kept| kept.answer.is_none()) {
                show(state, kept);
            }
        });
    });
    let listener = sender.listen(move |change| match change {
        Change::Added(kept) if kept.slug == slug => show(state, kept),
        Change::Dropped(kept) if kept.slug == slug => hide(state, &kept.id),
        Change::Changed(kept) if kept.slug == slug => match &kept.answer {
            None => {
                let words = "The server cannot be reached. Your score is kept and sent again.";
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
    on_cleanup(move || sender.forget(listener));
}

/// Shows what is on its way where it will count: in a season that runs, to whose it is.
fn show(state: BoardState, kept: &Kept) {
    let first = state
        .first
        .try_with_value(|f| f.is_running.then(|| f.board.clone()));
    let Some(board) = first.flatten() else { return };
    let me = state.me.try_get_untracked().flatten();
    if !kept.is_of(me.as_ref().map(|me| &me.player)) {
        return;
    }
    let standing = me.as_ref().and_then(|me| me.standing);
    let place = state
        .overlay
        .try_with_untracked(|o| o.as_ref().map(Overlay::place));
    state.pending.try_update(|pending| {
        if pending.iter().any(|p| p.id == kept.id) {
            return;
        }
        let place = standing.map(|s| s.place).or(place.flatten());
        let score = score_after(pending, &board).or(standing.map(|s| s.score));
        pending.push(Pending {
            id: kept.id.clone(),
            player: me.map_or_else(
                || PlayerId::new("me").expect("a printable id"),
                |me| me.player,
            ),
            name: kept.name.clone(),
            value: kept.value,
            at: kept.at,
            before: place.zip(score),
            confirmed: None,
        });
    });
}

fn hide(state: BoardState, id: &str) {
    state
        .pending
        .try_update(|pending| pending.retain(|p| p.id != id));
}

/// That a score is on its way, and about where it will rank if the list does not show it.
fn on_its_way(state: BoardState) -> String {
    let guess = || {
        let is_shown = state.overlay.with_untracked(|overlay| {
            let visible = state.list.with_untracked(Virtualizer::visible);
            overlay
                .as_ref()
                .is_some_and(|o| visible.contains(&o.place()))
        });
        let pending = state.pending.get_untracked();
        let first = pending.first().filter(|_| !is_shown)?;
        state.first.with_value(|f| {
            let (order, tie) = (f.board.order, f.board.tie);
            let score = score_after(&pending, &f.board)?;
            // Who falls back leaves a place above: that is not in the sketch.
            let rises = |(_, before)| order.is_better(score, before);
            let rises = first.before.is_none_or(rises);
            rises.then(|| f.sketch.guess(order, tie, score)).flatten()
        })
    };
    match guess() {
        Some(Guess { place, within }) => {
            format!("Submitting… to about rank #{} (±{within})", place + 1)
        }
        None => "Submitting…".to_owned(),
    }
}

fn confirm(state: BoardState, id: &str, confirmed: &Confirmed) {
    let Some(season) = state.first.try_with_value(|f| f.season) else {
        return;
    };
    let mine = confirmed.seasons.iter().find(|s| s.season == season);
    let words = match mine.and_then(|s| s.rank) {
        Some(rank) => format!("Recorded. You rank #{rank}."),
        None => "Recorded.".to_owned(),
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
    Timeout::new(CONFIRMED_MILLIS, move || hide(state, &id)).forget();
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

/// What is said of one that cannot be taken back just now.
const IN_FLIGHT: &str = "It is being sent just now; try again in a moment.";

/// Takes a score back into the form.
pub fn edit(sender: Sender, toasts: Toasts, kept: &Kept) {
    let input = document().get_element_by_id("score");
    let input = input.and_then(|i| i.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(input) = input else { return };
    if sender.is_in_flight(&kept.id) {
        return toasts.say("in flight", Tone::Plain, IN_FLIGHT.to_owned(), None);
    }
    sender.drop_one(&kept.id);
    input.set_value(&kept.score);
    // What cannot have the focus is edited all the same.
    let _ = input.focus();
}

/// Drops a score, which can be undone for a while.
pub fn forget(sender: Sender, toasts: Toasts, kept: &Kept) {
    if sender.is_in_flight(&kept.id) {
        return toasts.say("in flight", Tone::Plain, IN_FLIGHT.to_owned(), None);
    }
    if let Some(dropped) = sender.drop_one(&kept.id) {
        let words = format!("Dropped {}.", dropped.score);
        let undo = Arc::new(move || {
            sender.add(Kept {
                answer: None,
                ..dropped.clone()
            });
        });
        toasts.say("dropped", Tone::Plain, words, Some(("Undo", undo)));
    }
}

/// Tells, wherever the reader is by now, what became of a score that took its time.
pub fn tell(sender: Sender, toasts: Toasts) {
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
                let words = format!("{score} on {title} is recorded.");
                toasts.say(kept.id.clone(), Tone::Good, words, None);
            }
            Some(Answer::Refused(why)) => {
                let words =
                    format!("{score} on {title} was refused: {why}. It is on the board's page.");
                toasts.say(kept.id.clone(), Tone::Bad, words, None);
            }
        }
    });
}
