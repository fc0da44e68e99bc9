//! A board page in the browser: watches the pages on screen, moves rows,
//! submits optimistically. The thin part that touches the DOM.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::Channel;
use leaderport::{PageNumber, PlayerId, PlayerName, Score, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::backoff::wait_millis;
use super::connection::{Connection, PageEvent};
use super::overlay::Pending;
use super::virtualizer::{ROW, Virtualizer};
use crate::api::{self, Confirmed, Me, MyStanding};
use crate::components::board_state::BoardState;
use crate::components::submit_form::Said;

/// How long the screen must rest on pages before they are watched: scrolling
/// through a board asks for nothing on the way.
const REST_MILLIS: u32 = 60;
/// How often the reader's own standing is asked for while the board moves.
const ME_MILLIS: u32 = 2_000;
/// How long a confirmed submission is shown over a replica that does not hear of it.
const CONFIRMED_MILLIS: u32 = 3_000;
/// How long a row takes to its new place.
const MOVE_MILLIS: f64 = 420.0;

/// Follows what is on screen, until the page is left.
pub fn follow(state: BoardState, reload: Callback<()>) {
    let connection = use_context::<Connection>().unwrap_or_default();
    Effect::new(move || state.status.set(connection.status.get()));
    watch_what_is_on_screen(state, connection);
    keep_length(state);
    drop_what_is_seen(state);
    follow_me(state);
    reload_at_reset(state, reload);
}

fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis_clamped(millis)
}

fn watch_what_is_on_screen(state: BoardState, connection: Connection) {
    let channel = move |page: PageNumber| {
        state.first.with_value(|f| Channel {
            board: f.board.slug.clone(),
            season: f.season,
            page,
        })
    };
    let needed = Memo::new(move |_| {
        let visible = state.visible();
        let first = PageNumber::holding(visible.start);
        let last = PageNumber::holding(visible.end.saturating_sub(1).max(visible.start));
        (first.get()..=last.get())
            .filter_map(|n| PageNumber::new(n).ok())
            .collect::<BTreeSet<_>>()
    });
    let watched: Rc<RefCell<BTreeSet<PageNumber>>> = Rc::default();
    let rest: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let sync = {
        let watched = watched.clone();
        move || {
            let Some(needed) = needed.try_get_untracked() else {
                return;
            };
            let mut watched = watched.borrow_mut();
            for page in watched.difference(&needed) {
                connection.unwatch(&channel(*page));
            }
            for page in needed.difference(&watched).copied() {
                connection.watch(channel(page), move |event| hear(state, page, event));
            }
            *watched = needed;
        }
    };
    Effect::new(move |is_again: Option<()>| {
        needed.track();
        if is_again.is_none() {
            sync();
        } else {
            // The timer before is dropped, and with it what it would have done.
            *rest.borrow_mut() = Some(Timeout::new(REST_MILLIS, sync.clone()));
        }
    });
    let watched = StoredValue::new_local(watched);
    on_cleanup(move || {
        watched.with_value(|w| {
            w.borrow()
                .iter()
                .for_each(|p| connection.unwatch(&channel(*p)));
        });
    });
}

/// Whether the event fits what is held.
fn hear(state: BoardState, number: PageNumber, event: PageEvent) -> bool {
    let mut fits = true;
    let heard = state.replica.try_update(|replica| {
        match event {
            PageEvent::Snapshot(page, position) => replica.snapshot(page, position),
            PageEvent::Delta(delta, position) => fits = replica.delta(number, &delta, position),
        }
        replica.keep_near(number);
    });
    // A page that was left hears no more.
    heard.is_none() || fits
}

fn keep_length(state: BoardState) {
    let total = Memo::new(move |_| state.total());
    Effect::new(move || {
        let total = total.get();
        let corrected = state
            .list
            .try_update(|list| list.set_total(total))
            .flatten();
        if corrected.is_some() {
            state.go_to.notify();
        }
    });
}

fn drop_what_is_seen(state: BoardState) {
    Effect::new(move || {
        let is_seen = state.pending.with(|pending| {
            pending
                .as_ref()
                .is_some_and(|p| state.replica.with(|r| p.is_seen(r)))
        });
        if is_seen {
            state.pending.set(None);
        }
    });
}

fn follow_me(state: BoardState) {
    let timer: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let position = Memo::new(move |_| state.replica.with(super::replica::Replica::position));
    Effect::new(move |is_again: Option<()>| {
        position.track();
        let is_stranger = state.me.with_untracked(Option::is_none);
        if is_again.is_none() || is_stranger || timer.borrow().is_some() {
            return;
        }
        let done = timer.clone();
        *timer.borrow_mut() = Some(Timeout::new(ME_MILLIS, move || {
            done.borrow_mut().take();
            ask_for_me(state);
        }));
    });
}

fn ask_for_me(state: BoardState) {
    let Some((slug, season)) = state
        .first
        .try_with_value(|f| (f.board.slug.clone(), f.season))
    else {
        return;
    };
    spawn_local(async move {
        if let Ok(standing) = api::find_me(slug, season).await {
            state.me.try_update(|me| {
                if let Some(me) = me {
                    me.standing = standing;
                }
            });
        }
    });
}

fn reload_at_reset(state: BoardState, reload: Callback<()>) {
    let Some(until) = state.next_reset() else {
        return;
    };
    let left = until.millis_i64() - state.first.with_value(|f| f.now.millis_i64());
    // A little late rather than early: then the new season has begun.
    let wait = std::time::Duration::from_millis(u64::try_from(left).unwrap_or(0) + 500);
    // Timers of browsers hold 24 days; nobody keeps a page open for longer.
    if wait.as_millis() < 1 << 31 {
        let timer = set_timeout_with_handle(move || reload.run(()), wait);
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    }
}

/// Measures the list, shows the first place, and answers to requests for others.
pub fn attach_list(state: BoardState, scroller: NodeRef<html::Div>) {
    let measure = move || {
        if let Some(element) = scroller.get_untracked() {
            state
                .list
                .update(|list| list.resized(f64::from(element.client_height())));
        }
    };
    Effect::new(move |is_again: Option<()>| {
        if scroller.get().is_some() && is_again.is_none() {
            measure();
            let place = state.first.with_value(|f| f.place);
            state.list.update(|list| {
                list.go_to(place);
            });
            state.is_alive.set(true);
            state.go_to.set((place > 0).then_some(place));
        }
    });
    Effect::new(move || {
        if let Some(place) = state.go_to.get() {
            state.list.update(|list| {
                list.go_to(place);
            });
        }
        // After the list's element has its new height.
        request_animation_frame(move || move_scrollbar(state, scroller));
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
}

fn move_scrollbar(state: BoardState, scroller: NodeRef<html::Div>) {
    let Some(element) = scroller.try_get_untracked().flatten() else {
        return;
    };
    let wanted = state.list.with_untracked(Virtualizer::scroll_top);
    let element: &web_sys::Element = &element;
    #[expect(clippy::cast_possible_truncation, reason = "at most 8,000,000 pixels")]
    let wanted = wanted.round() as i32;
    if element.scroll_top() != wanted {
        element.set_scroll_top(wanted);
    }
}

/// The browser has scrolled the list.
pub fn scrolled(state: BoardState, scroller: NodeRef<html::Div>) {
    let Some(element) = scroller.get_untracked() else {
        return;
    };
    let top = f64::from(element.scroll_top());
    if !state.is_alive.get_untracked() {
        return;
    }
    // Our own corrections come back rounded to whole pixels.
    if (state.list.with_untracked(Virtualizer::scroll_top) - top).abs() <= 1.0 {
        return;
    }
    let corrected = state.list.try_update(|list| list.scrolled(top)).flatten();
    if corrected.is_some() {
        move_scrollbar(state, scroller);
    }
}

/// The reader has stopped scrolling: the scrollbar may be brought to where the rows are.
pub fn scroll_ended(state: BoardState, scroller: NodeRef<html::Div>) {
    let before = state.list.get_untracked();
    let mut after = before;
    after.settle();
    if (after.scroll_top() - before.scroll_top()).abs() > 1.0 {
        state.list.set(after);
        request_animation_frame(move || move_scrollbar(state, scroller));
    }
}

/// Slides a row to its new place, and lights it up when its score changes.
pub fn animate(row: NodeRef<html::Li>, place: Memo<u64>, score: Memo<Option<Score>>) {
    Effect::new(move |before: Option<u64>| {
        let place = place.get();
        if let (Some(before), Some(element)) = (before, row.get_untracked())
            && before != place
        {
            #[expect(clippy::cast_precision_loss, reason = "places are fewer than 2^32")]
            let from = (before as f64 - place as f64) * ROW;
            // Rows do not fly in from pages away.
            let from = from.clamp(-12.0 * ROW, 12.0 * ROW);
            play(
                &element,
                "transform",
                &[format!("translateY({from}px)"), "translateY(0)".into()],
                true,
            );
        }
        place
    });
    Effect::new(move |before: Option<Option<Score>>| {
        let score = score.get();
        if let (Some(Some(before)), Some(element)) = (before, row.get_untracked())
            && score.is_some_and(|s| s != before)
        {
            play(
                &element,
                "backgroundColor",
                &["var(--flash)".into(), "transparent".into()],
                false,
            );
        }
        score
    });
}

/// Plays an animation of one property, unless the reader wants none.
fn play(element: &web_sys::Element, property: &str, frames: &[String], is_added: bool) {
    let is_still = window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|m| m.matches());
    if is_still {
        return;
    }
    let set = |object: &js_sys::Object, key: &str, value: &wasm_bindgen::JsValue| {
        // Setting a property of a plain object cannot fail.
        let _ = js_sys::Reflect::set(object, &key.into(), value);
    };
    let values: js_sys::Array = frames.iter().map(wasm_bindgen::JsValue::from).collect();
    let keyframes = js_sys::Object::new();
    set(&keyframes, property, &values);
    let options = js_sys::Object::new();
    let duration = if is_added {
        MOVE_MILLIS
    } else {
        3.0 * MOVE_MILLIS
    };
    set(&options, "duration", &duration.into());
    set(&options, "easing", &"cubic-bezier(0.2, 0.8, 0.2, 1)".into());
    set(
        &options,
        "composite",
        &if is_added { "add" } else { "replace" }.into(),
    );
    let animate = js_sys::Reflect::get(element, &"animate".into()).ok();
    if let Some(animate) = animate.and_then(|f| f.dyn_into::<js_sys::Function>().ok()) {
        // A browser that cannot animate shows the row in its place all the same.
        let _ = animate.call2(element, &keyframes, &options);
    }
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
    said.set(Said::Pending("Submitting…".to_owned()));
    if let Some(input) = field("score") {
        input.set_value("");
    }
    spawn_local(send(state, said, name, score, id));
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
            standing: mine.and_then(|s| {
                Some(MyStanding {
                    rank: s.rank?,
                    score: s.score,
                    ..standing?
                })
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
    ask_for_me(state);
    // Where its place is on no page held, nothing will show that it has come.
    Timeout::new(CONFIRMED_MILLIS, move || {
        state.pending.try_update(|pending| {
            if pending.as_ref().is_some_and(|p| p.confirmed.is_some()) {
                *pending = None;
            }
        });
    })
    .forget();
}
