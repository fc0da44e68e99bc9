//! Submits optimistically: shown at once, sent until there is an answer.

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leaderport::live::wait_millis;
use leaderport::protocol::MyPlace;
use leaderport::sketch::Guess;
use leaderport::{PlayerId, PlayerName, Score, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::overlay::Pending;
use super::virtualizer::Virtualizer;
use crate::api::{self, Confirmed, Me};
use crate::components::board_state::BoardState;
use crate::components::submit_form::Said;

/// How long a confirmed submission is shown over a replica that does not hear of it.
const CONFIRMED_MILLIS: u32 = 3_000;

fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis_clamped(millis)
}

/// Submits what the form says: shown at once, then confirmed or taken back.
pub fn submit(state: BoardState, said: RwSignal<Said>, event: &leptos::ev::SubmitEvent) {
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
    if matches!(said.get_untracked(), Said::Pending(_)) {
        return said.set(Said::Pending(
            "The score before is still on its way…".to_owned(),
        ));
    }
    let board = state.board();
    let read = || -> Result<(PlayerName, Score), leaderport::InvalidValue> {
        let value = board.format.read(&score).map_err(|e| e.of("score"))?;
        board.check_value(value)?;
        Ok((PlayerName::new(&name)?, value))
    };
    let (name, value) = match read() {
        Ok(read) => read,
        Err(error) => return said.set(Said::Refused(error.to_string())),
    };
    let me = state.me.get_untracked();
    let player = me.as_ref().map_or_else(
        || PlayerId::new("me").expect("a printable id"),
        |me| me.player.clone(),
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "the browser makes the submission's id"
    )]
    let id = uuid::Uuid::now_v7().to_string();
    state.pending.set(Some(Pending {
        id: id.clone(),
        player,
        name: name.clone(),
        value,
        at: now(),
        before: me.and_then(|me| me.standing).map(|s| (s.place, s.score)),
        confirmed: None,
    }));
    said.set(Said::Pending(on_its_way(state)));
    if let Some(input) = field("score") {
        input.set_value("");
    }
    spawn_local(send(state, said, name, score, id));
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
        let pending = state.pending.get_untracked().filter(|_| !is_shown)?;
        state.first.with_value(|f| {
            let (order, tie) = (f.board.order, f.board.tie);
            let score = pending.score(&f.board)?;
            // Who falls back leaves a place above: that is not in the sketch.
            let rises = |(_, before)| order.is_better(score, before);
            let rises = pending.before.is_none_or(rises);
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

/// Sends until there is an answer: the id makes a repeat harmless.
async fn send(
    state: BoardState,
    said: RwSignal<Said>,
    name: PlayerName,
    score: String,
    id: String,
) {
    let slug = state.board().slug.to_string();
    let mut failures = 0;
    loop {
        let sent = api::submit_score(
            slug.clone(),
            name.to_string(),
            score.clone(),
            Some(id.clone()),
        );
        match sent.await {
            Ok(confirmed) => return confirm(state, said, &confirmed),
            Err(error) if error.retry_helps => {
                let words = format!("{} Your score is kept and sent again.", error.message);
                if said.try_set(Said::Pending(words)).is_some() {
                    // The page was left.
                    return;
                }
                TimeoutFuture::new(500 + wait_millis(failures, js_sys::Math::random())).await;
                failures = failures.saturating_add(1);
            }
            Err(error) => {
                state.pending.try_set(None);
                said.try_set(Said::Refused(error.message));
                return;
            }
        }
    }
}

fn confirm(state: BoardState, said: RwSignal<Said>, confirmed: &Confirmed) {
    let Some(season) = state.first.try_with_value(|f| f.season) else {
        return;
    };
    let mine = confirmed.seasons.iter().find(|s| s.season == season);
    let words = match mine.and_then(|s| s.rank) {
        Some(rank) => format!("Recorded. You rank #{rank}."),
        None => "Recorded.".to_owned(),
    };
    said.try_set(Said::Done(words));
    state.me.try_update(|me| {
        let standing = me.as_ref().and_then(|me| me.standing);
        let known = me.as_ref().map(|me| me.player.clone());
        *me = Some(Me {
            player: known.unwrap_or_else(|| confirmed.player.clone()),
            name: confirmed.name.clone(),
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
    state.pending.try_update(|pending| {
        *pending = pending
            .take()
            .zip(mine.and_then(|s| s.position))
            .map(|(pending, position)| Pending {
                player: shown_as,
                confirmed: Some(position),
                ..pending
            });
    });
    // Where its place is on no page held, nothing will show that it has come.
    let id = state
        .pending
        .try_with_untracked(|p| p.as_ref().map(|p| p.id.clone()));
    let id = id.flatten();
    Timeout::new(CONFIRMED_MILLIS, move || {
        state.pending.try_update(|pending| {
            if pending.as_ref().map(|p| &p.id) == id.as_ref() {
                *pending = None;
            }
        });
    })
    .forget();
}
