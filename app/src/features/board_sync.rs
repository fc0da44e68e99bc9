//! What a board page listens to: the first page and those on screen, the reader's own
//! standing, the board's settings, who else is there, and what happened lately.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use leaderport::protocol::{Channel, Overtaker, State};
use leaderport::{PageNumber, Position, SeasonKey, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::connection::{Connection, News};
use crate::browser::service_worker;
use crate::components::toasts::Toasts;
use crate::core::overlay::{Overlay, Pending};
use crate::core::replica::Replica;
use crate::core::row_pool::insert_by;
use crate::core::transport::ConnectionStatus;
use crate::core::virtual_list::Virtualizer;
use crate::features::board_state::BoardState;
use crate::features::list_scroll::{is_scrolling, when_still};
use crate::features::presence_sync::follow_presence;
use crate::features::season_end::reload_after;
use crate::islands::lazy::{Task, later};

/// How long the screen must rest on pages before they are watched: scrolling
/// through a board asks for nothing on the way.
const REST_MILLIS: u32 = 60;

/// Follows what is on screen, until the page is left.
pub fn follow(state: BoardState) {
    let connection = use_context::<Connection>().unwrap_or_default();
    // When what is there was last known to be right.
    let right_at = RwSignal::new(state.as_of.get_untracked());
    Effect::new(move |was: Option<ConnectionStatus>| {
        let status = connection.status.get();
        if was.is_some_and(ConnectionStatus::is_connected) && !status.is_connected() {
            right_at.set(now());
        }
        state.status.set(status);
        status
    });
    connection.hold_while(is_scrolling);
    keep_what_is_seen(state);
    show_what_was_kept(state, right_at);
    watch_what_is_on_screen(state, connection);
    keep_length(state);
    drop_what_is_seen(state);
    follow_me(state, connection);
    follow_board(state, connection);
    follow_presence(state, connection);
    follow_feed(state, connection);
}

/// Loads the page anew, where the reader is.
pub fn reload() {
    // A browser that does not do it shows what there is.
    let _ = window().location().reload();
}

/// The browser's clock.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis_clamped(millis)
}

/// How often pages that have changed are kept for when there is no network.
const KEEP_MILLIS: u32 = 5_000;

/// Shows pages that were kept while no others come: what is on screen and not there, and what was
/// kept later than it was known to be right, as after a page that is the browser's own copy. How
/// old is what is shown is as old as the oldest of it.
fn show_what_was_kept(state: BoardState, right_at: RwSignal<Timestamp>) {
    // Pages that are shown as they were kept, and since when they were.
    let kept = RwSignal::new(Vec::<(PageNumber, Timestamp)>::new());
    let on_screen = Memo::new(move |_| pages_on_screen(state));
    // What was connected once is right as of when that was lost.
    let was_connected = StoredValue::new(false);
    Effect::new(move || {
        let (status, on_screen) = (state.status.get(), on_screen.get());
        if status.is_connected() {
            was_connected.set_value(true);
            // They are heard of.
            kept.update(|kept| kept.retain(|(number, _)| !on_screen.contains(number)));
            return;
        }
        let may_be_a_copy = status != ConnectionStatus::Connecting
            && !was_connected.get_value()
            && service_worker::is_in_control();
        for number in on_screen {
            let is_held = move |replica: &Replica| replica.page(number).is_some();
            if !may_be_a_copy && state.replica.with_untracked(is_held) {
                continue;
            }
            let (sent, found) = oneshot::channel();
            later(Task::Find(season(state), number, sent));
            spawn_local(async move {
                let Ok(Some(found)) = found.await else { return };
                let status = state.status.try_get_untracked();
                let is_newer = right_at.try_get_untracked().is_some_and(|at| found.at > at);
                if status.is_none_or(ConnectionStatus::is_connected) {
                    return;
                }
                let is_shown = state.replica.try_update(|replica| {
                    let is_shown = is_newer || !is_held(replica);
                    if is_shown {
                        replica.snapshot(found.page, found.position);
                    }
                    is_shown
                });
                if is_shown == Some(true) {
                    kept.update(|kept| {
                        kept.retain(|(of, _)| *of != number);
                        kept.push((number, found.at));
                    });
                }
            });
        }
    });
    Effect::new(move || {
        let right_at = right_at.get();
        let known_at = |number: &PageNumber| {
            let kept = kept.with(|kept| kept.iter().find(|(of, _)| of == number).copied());
            kept.map_or(right_at, |(_, at)| at)
        };
        let oldest = on_screen.with(|pages| pages.iter().map(known_at).min());
        state.as_of.set(oldest.unwrap_or(right_at));
    });
}

/// The pages that a part is on screen of.
fn pages_on_screen(state: BoardState) -> Vec<PageNumber> {
    let visible = state.visible();
    let first = PageNumber::holding(visible.start);
    let last = PageNumber::holding(visible.end.saturating_sub(1).max(visible.start));
    let numbers = first.get()..=last.get();
    numbers.filter_map(|n| PageNumber::new(n).ok()).collect()
}

/// Keeps the pages that are shown.
fn keep_what_is_seen(state: BoardState) {
    let season = season(state);
    let kept: Rc<RefCell<Vec<(PageNumber, Position)>>> = Rc::default();
    let is_due = Rc::new(Cell::new(false));
    Effect::new(move || {
        state.replica.track();
        if is_due.replace(true) {
            return;
        }
        let (season, kept, is_due) = (season.clone(), kept.clone(), is_due.clone());
        let keep = move || {
            is_due.set(false);
            let changed = state.replica.try_with_untracked(|replica| {
                let mut kept = kept.borrow_mut();
                let pages = replica.pages();
                let changed =
                    pages.filter(|(page, position)| !kept.contains(&(page.number, *position)));
                let changed = changed.map(|(page, position)| (page.clone(), position));
                let changed: Vec<_> = changed.collect();
                *kept = replica
                    .pages()
                    .map(|(page, position)| (page.number, position))
                    .collect();
                changed
            });
            let changed = changed.filter(|changed| !changed.is_empty());
            if let Some(changed) = changed {
                later(Task::Keep(season, changed));
            }
        };
        when_still(KEEP_MILLIS, keep);
    });
}

fn season(state: BoardState) -> SeasonKey {
    state.first.with_value(|f| SeasonKey {
        board: f.board.slug.clone(),
        season: f.season,
    })
}

fn watch_what_is_on_screen(state: BoardState, connection: Connection) {
    let key = season(state);
    let channel = move |page: PageNumber| Channel::Page(key.clone(), page);
    let needed = Memo::new(move |_| {
        let on_screen = pages_on_screen(state).into_iter();
        // What is read next is there before it is.
        let ahead = state.ahead();
        let last_ahead = ahead.end.saturating_sub(1).max(ahead.start);
        let ahead = (!ahead.is_empty()).then_some([ahead.start, last_ahead]);
        // The first three stand above the list, wherever it is; and who is to be
        // overtaken next stands above the reader.
        let place = state.me.with(|me| Some(me.as_ref()?.standing?.place));
        let above = place.and_then(|place| place.checked_sub(1));
        let besides = [Some(0), place, above].into_iter().flatten();
        let besides = besides.chain(ahead.into_iter().flatten());
        let mut needed = Vec::new();
        for page in on_screen.chain(besides.map(PageNumber::holding)) {
            if !needed.contains(&page) {
                insert_by(&mut needed, page, |page| *page);
            }
        }
        needed
    });
    let watched: Rc<RefCell<Vec<PageNumber>>> = Rc::default();
    let rest: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let sync = {
        let (watched, channel) = (watched.clone(), channel.clone());
        move || {
            let Some(needed) = needed.try_get_untracked() else {
                return;
            };
            let before = watched.replace(needed.clone());
            for page in before.iter().filter(|page| !needed.contains(page)) {
                connection.unwatch(&channel(*page));
            }
            for page in needed.into_iter().filter(|page| !before.contains(page)) {
                let held = state.replica.with_untracked(|replica| {
                    let (page, position) = replica.page(page)?;
                    Some((State::Page(page.clone()), position))
                });
                let watched = watched.clone();
                connection.watch(&channel(page), held, move |news| {
                    hear(state, &watched.borrow(), &news);
                });
            }
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
    let left = StoredValue::new_local((watched, channel));
    on_cleanup(move || {
        left.with_value(|(watched, channel)| {
            let watched = watched.borrow();
            watched
                .iter()
                .for_each(|page| connection.unwatch(&channel(*page)));
        });
    });
}

fn hear(state: BoardState, watched: &[PageNumber], news: &News<'_>) {
    let on_screen = state.list.try_with_untracked(Virtualizer::top);
    let on_screen = on_screen.map_or(PageNumber::FIRST, PageNumber::holding);
    if let News::State(State::Page(page), position) = news {
        // A page that was left hears no more.
        state.replica.try_update(|replica| {
            replica.snapshot(page.clone(), *position);
            replica.keep_near(on_screen, watched);
        });
        // Who has another name has it in all places.
        let name = state.me.try_with_untracked(|me| {
            let me = me.as_ref()?;
            let mut mine = page.rows.iter().filter(|row| row.player == me.player);
            let name = &mine.next()?.name;
            (*name != me.name).then(|| name.clone())
        });
        if let Some(name) = name.flatten() {
            state
                .me
                .try_update(|me| me.as_mut().map(|me| me.name = name));
        }
    }
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
        let place = state.overlay.with(|o| o.as_ref().map(Overlay::place));
        let is_any_seen = state.pending.with(|pending| {
            let mut pending = pending.iter();
            state.replica.with(|r| pending.any(|p| p.is_seen(place, r)))
        });
        if is_any_seen {
            state.replica.with_untracked(|replica| {
                let wait =
                    |pending: &mut Vec<_>| pending.retain(|p: &Pending| !p.is_seen(place, replica));
                state.pending.update(wait);
            });
        }
    });
}

/// Refusals of a connection that does not know the reader, or no longer.
const UNKNOWN: [&str; 3] = ["unauthorized", "signed_out", "token_expired"];

/// The reader's own standing, as soon as they are somebody. A connection that was
/// opened before they were is opened anew, once.
fn follow_me(state: BoardState, connection: Connection) {
    let channel = Channel::Me(season(state));
    let toasts = use_context::<Toasts>();
    let overtakers = StoredValue::new(None::<Vec<Overtaker>>);
    let is_somebody = Memo::new(move |_| state.me.with(Option::is_some));
    let is_renewed = StoredValue::new(false);
    let watched = channel.clone();
    Effect::new(move || {
        if !is_somebody.get() {
            return;
        }
        connection.watch(&watched, None, move |news| match news {
            News::State(State::Me(mine), _) => {
                // Known again: the next refusal is another one.
                is_renewed.try_set_value(false);
                let told =
                    overtakers.try_update_value(|before| before.replace(mine.overtaken_by.clone()));
                if let (Some(Some(before)), Some(standing), Some(toasts)) =
                    (told, mine.standing, toasts)
                {
                    // Those of the state before were told then.
                    let news = |by: &&Overtaker| !before.contains(by);
                    let news: Vec<_> = mine.overtaken_by.iter().filter(news).cloned().collect();
                    if !news.is_empty() {
                        later(Task::Overtaken(state, toasts, news, standing.rank));
                    }
                }
                state.me.try_update(|me| {
                    let Some(me) = me else { return };
                    me.player = mine.player.clone();
                    me.standing = mine.standing;
                });
            }
            News::Refused(refusal) if UNKNOWN.contains(&refusal.code.as_str()) => {
                if is_renewed.try_update_value(|is| !std::mem::replace(is, true)) == Some(true) {
                    connection.renew();
                } else {
                    // They have signed out, here or elsewhere.
                    state.me.try_set(None);
                }
            }
            News::State(..) | News::Refused(_) => {}
        });
    });
    on_cleanup(move || connection.unwatch(&channel));
}

/// Loads the page anew when its season has ended; says so when the board is another one.
fn follow_board(state: BoardState, connection: Connection) {
    let (slug, version, mine) = state.first.with_value(|f| {
        (
            f.board.slug.clone(),
            f.board.version,
            f.is_running.then_some(f.season),
        )
    });
    let channel = Channel::Board(slug);
    connection.watch(&channel, None, move |news| {
        let News::State(State::Board(board), _) = news else {
            return;
        };
        if board.version != version {
            // Not at once: a score may be half typed.
            state.is_outdated.try_set(true);
        }
        if let Some(mine) = mine {
            reload_after(mine, &board.seasons);
        }
    });
    on_cleanup(move || connection.unwatch(&channel));
}

fn follow_feed(state: BoardState, connection: Connection) {
    let channel = Channel::Feed(season(state));
    connection.watch(&channel, None, move |news| {
        if let News::State(State::Feed(feed), _) = news {
            state.feed.try_set(feed.clone());
        }
    });
    on_cleanup(move || connection.unwatch(&channel));
}
