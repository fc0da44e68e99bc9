//! The subscriptions of a board's page: the pages on screen, the reader's standing, the board's
//! settings and the feed. Pages are also stored in the page cache, for use without a network.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leaderport::protocol::{Channel, Overtaker, State};
use leaderport::{Page, PageNumber, Position, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::presence_sync::sync_presence;
use super::season_end::{after_season_end, has_ended};
use crate::api::board::Me;
use crate::browser::clock::{now, reload_page};
use crate::browser::connection::ChannelUpdate;
use crate::browser::dom::typed_value::is_typing;
use crate::browser::offline::page_cache::{cache_pages, cached_page};
use crate::browser::offline::service_worker;
use crate::core::submit::submit_status::SubmitStatus;
use crate::core::sync::overlay::{Overlay, Pending};
use crate::core::sync::transport::ConnectionStatus;
use crate::features::board::board_state::BoardState;
use crate::features::list::arrival::arrive;
use crate::features::list::list_scroll::{after_scrolling, is_scrolling};
use crate::features::notifications::overtaken_notice::notify_overtaken;

/// The debounce of subscriptions to pages. A page that is only scrolled past is not subscribed to.
const DEBOUNCE: Duration = Duration::from_millis(60);

/// The time between two writes of changed pages to the page cache, in milliseconds.
const CACHE_MILLIS: u32 = 5_000;

/// Keeps the state of a board's page current, until the page is closed.
pub fn sync_board(state: BoardState) {
    Effect::new(move |_| state.connection.delay_while(is_scrolling));
    sync_pages(state);
    sync_list_length(state);
    drop_settled_submissions(state);
    sync_my_standing(state);
    sync_settings(state);
    sync_feed(state);
    sync_presence(state);
    cache_shown_pages(state);
    show_cached_pages(state);
}

/// The pages with a row on screen.
fn pages_on_screen(state: BoardState) -> Vec<PageNumber> {
    let visible = state.visible();
    let first = PageNumber::holding(visible.start);
    let last = PageNumber::holding(visible.end.saturating_sub(1).max(visible.start));
    let numbers = first.get()..=last.get();
    numbers.filter_map(|n| PageNumber::new(n).ok()).collect()
}

/// The pages to subscribe to: those on screen, the next ones in the direction of scrolling, and the
/// first one for the podium. Also those with the rows of the reader, of the player above, and of a
/// pending score. Each page once.
fn needed_pages(state: BoardState) -> Vec<PageNumber> {
    let ahead = state.ahead();
    let last_ahead = ahead.end.saturating_sub(1).max(ahead.start);
    let ahead = (!ahead.is_empty()).then_some([ahead.start, last_ahead]);
    let place = state.my_standing().map(|place| place.place);
    let above = place.and_then(|place| place.checked_sub(1));
    let pending = state.overlay.read().as_ref().map(Overlay::place);
    let places = [Some(0), place, above, pending].into_iter().flatten();
    let places = places.chain(ahead.into_iter().flatten());
    let mut pages = pages_on_screen(state);
    for page in places.map(PageNumber::holding) {
        if !pages.contains(&page) {
            pages.push(page);
        }
    }
    pages
}

fn sync_pages(state: BoardState) {
    let key = state.season_key();
    let channel = move |page: PageNumber| Channel::Page(key.clone(), page);
    let needed = Memo::new(move |_| needed_pages(state));
    // A few pages, so a search of all is fast enough.
    let watched: Rc<RefCell<Vec<PageNumber>>> = Rc::default();
    let subscribe = move || {
        let needed = needed.get_untracked();
        let before = watched.replace(needed.clone());
        for page in before.iter().filter(|page| !needed.contains(page)) {
            state.connection.unwatch(&channel(*page));
        }
        for page in needed.iter().filter(|page| !before.contains(page)) {
            let replica = state.replica.read_untracked();
            let held = replica.page(*page);
            let held = held.map(|(page, position)| (State::Page(page.clone()), position));
            drop(replica);
            let watched = watched.clone();
            state
                .connection
                .watch(&channel(*page), held, move |update| {
                    if let ChannelUpdate::State(State::Page(page), position) = update {
                        take_page(state, &watched.borrow(), page, position);
                    }
                });
        }
    };
    let mut subscribe_at_rest = debounce(DEBOUNCE, {
        let subscribe = subscribe.clone();
        move |()| subscribe()
    });
    Effect::new(move |is_again: Option<()>| {
        needed.track();
        if is_again.is_none() {
            subscribe();
        } else {
            subscribe_at_rest(());
        }
    });
}

fn take_page(state: BoardState, watched: &[PageNumber], page: &Page, position: Position) {
    let on_screen = PageNumber::holding(state.list.read_untracked().top());
    let mut replica = state.replica.write();
    replica.snapshot(page.clone(), position);
    replica.keep_near(on_screen, watched);
    drop(replica);
    // The channel of the reader's own standing has no name, so take a new name from a page.
    if let Some(me) = state.me.get_untracked()
        && let Some(row) = page.rows.iter().find(|row| row.player == me.player)
        && row.name != me.name
    {
        let name = row.name.clone();
        state.me.set(Some(Me { name, ..me }));
    }
}

/// Keeps the length of the list at the number of rows, without moving the rows on screen.
fn sync_list_length(state: BoardState) {
    let total = Memo::new(move |_| state.total());
    Effect::new(move || {
        let total = total.get();
        let corrected = state.list.write().set_total(total);
        if corrected.is_some() {
            state.scroll_target.notify();
        }
    });
}

/// Drops pending submissions once the replica includes them.
fn drop_settled_submissions(state: BoardState) {
    Effect::new(move || {
        let place = state.overlay.read().as_ref().map(Overlay::place);
        let (pending, replica) = (state.pending.get(), state.replica.read());
        let is_settled = |pending: &Pending| pending.is_seen(place, &replica);
        if pending.iter().any(is_settled) {
            state.pending.write().retain(|pending| !is_settled(pending));
        }
    });
}

/// Codes of refusals if the connection's cookies do not identify the reader, or no longer do.
const UNKNOWN_READER: [&str; 3] = ["unauthorized", "signed_out", "token_expired"];

/// Subscribes to the reader's standing as soon as the reader is known. If the connection was opened
/// with older cookies, the server refuses. The connection is then renewed once.
fn sync_my_standing(state: BoardState) {
    let channel = Channel::Me(state.season_key());
    let is_known = Memo::new(move |_| state.me.read().is_some());
    Effect::new(move || {
        if !is_known.get() {
            return;
        }
        let overtakers = RefCell::new(None::<Vec<Overtaker>>);
        let is_renewed = Cell::new(false);
        state
            .connection
            .watch(&channel, None, move |update| match update {
                ChannelUpdate::State(State::Me(mine), _) => {
                    // The subscription works, so a later refusal allows another renewal.
                    is_renewed.set(false);
                    let before = overtakers.replace(Some(mine.overtaken_by.clone()));
                    if let (Some(before), Some(standing)) = (before, mine.standing) {
                        let new = mine.overtaken_by.iter().filter(|by| !before.contains(by));
                        notify_overtaken(state, &new.collect::<Vec<_>>(), standing.rank);
                    }
                    if let Some(me) = &mut *state.me.write() {
                        me.player = mine.player.clone();
                        me.standing = mine.standing;
                    }
                    arrive(state);
                }
                ChannelUpdate::Refused(refusal)
                    if UNKNOWN_READER.contains(&refusal.code.as_str()) =>
                {
                    if is_renewed.replace(true) {
                        // The reader has signed out, here or in another tab.
                        state.me.set(None);
                        state.pending.write().clear();
                        state.submit_status.set(SubmitStatus::Idle);
                    } else {
                        state.connection.renew();
                    }
                }
                ChannelUpdate::State(..) | ChannelUpdate::Refused(_) => {}
            });
    });
}

/// Moves the page on when its season has ended. Offers a reload when the board's settings have
/// changed.
fn sync_settings(state: BoardState) {
    let view = state.view();
    let version = view.board.version;
    let running = view.is_running.then_some(view.season);
    Effect::new(move || {
        let channel = Channel::Board(view.board.slug.clone());
        state.connection.watch(&channel, None, move |update| {
            let ChannelUpdate::State(State::Board(board), _) = update else {
                return;
            };
            if board.version != version {
                // Do not reload, because the reader may be typing a score.
                state.is_outdated.set(true);
            }
            if running.is_some_and(|shown| has_ended(shown, &board.seasons)) {
                after_season_end(move || show_next_season(state));
            }
        });
    });
}

/// Reloads the page for the next season. If the reader is playing or typing, offers the reload
/// instead. An offered reload never happens by itself.
pub fn show_next_season(state: BoardState) {
    if state.is_season_over.try_get_untracked() == Some(true) {
        return;
    }
    if state.is_playing.try_get_untracked() == Some(true) || is_typing() {
        // None once the page is closed.
        state.is_season_over.try_set(true);
    } else {
        reload_page();
    }
}

fn sync_feed(state: BoardState) {
    Effect::new(move || {
        let channel = Channel::Feed(state.season_key());
        state.connection.watch(&channel, None, move |update| {
            if let ChannelUpdate::State(State::Feed(feed), _) = update {
                state.feed.set(feed.clone());
            }
        });
    });
}

/// Writes changed pages to the page cache from time to time.
fn cache_shown_pages(state: BoardState) {
    let cached: Rc<RefCell<Vec<(PageNumber, Position)>>> = Rc::default();
    let is_due = Rc::new(Cell::new(false));
    Effect::new(move || {
        state.replica.track();
        if is_due.replace(true) {
            return;
        }
        let (cached, is_due) = (cached.clone(), is_due.clone());
        after_scrolling(CACHE_MILLIS, move || {
            is_due.set(false);
            let replica = state.replica.read_untracked();
            let all = replica.pages().map(|(page, at)| (page.number, at));
            let before = cached.replace(all.collect());
            let pages = replica.pages();
            let changed = pages.filter(|(page, at)| !before.contains(&(page.number, *at)));
            let changed: Vec<_> = changed.map(|(page, at)| (page.clone(), at)).collect();
            if !changed.is_empty() {
                spawn_local(cache_pages(state.season_key(), changed));
            }
        });
    });
}

/// Shows cached pages while no changes arrive: pages on screen that are not loaded, and pages that
/// are newer in the cache than in the document. The displayed age is that of the oldest page on
/// screen.
fn show_cached_pages(state: BoardState) {
    // The instant up to which the loaded pages are current.
    let loaded_at = RwSignal::new(state.current_at.get_untracked());
    Effect::new(move |was: Option<ConnectionStatus>| {
        let status = state.status.get();
        if was.is_some_and(ConnectionStatus::is_connected) && !status.is_connected() {
            loaded_at.set(now());
        }
        status
    });
    // The pages on screen that come from the cache, with the time at which they were cached.
    let from_cache = RwSignal::new(Vec::<(PageNumber, Timestamp)>::new());
    let on_screen = Memo::new(move |_| pages_on_screen(state));
    // Whether the page was ever connected. If so, its loaded pages are no copies of an earlier
    // visit.
    let was_connected = StoredValue::new(false);
    Effect::new(move || {
        let (status, on_screen) = (state.status.get(), on_screen.get());
        if status.is_connected() {
            was_connected.set_value(true);
            from_cache
                .write()
                .retain(|(number, _)| !on_screen.contains(number));
            return;
        }
        let may_be_a_copy = status != ConnectionStatus::Connecting
            && !was_connected.get_value()
            && service_worker::is_in_control();
        for number in on_screen {
            let is_loaded = move || state.replica.read_untracked().page(number).is_some();
            if !may_be_a_copy && is_loaded() {
                continue;
            }
            spawn_local(async move {
                let Some(found) = cached_page(state.season_key(), number).await else {
                    return;
                };
                let is_newer = found.at > loaded_at.get_untracked();
                let is_connected = state.status.get_untracked().is_connected();
                if !is_connected && (is_newer || !is_loaded()) {
                    state.replica.write().snapshot(found.page, found.position);
                    let mut cached = from_cache.write();
                    cached.retain(|(of, _)| *of != number);
                    cached.push((number, found.at));
                }
            });
        }
    });
    Effect::new(move || {
        let loaded_at = loaded_at.get();
        let current_at = |number: &PageNumber| {
            let cached = from_cache.read();
            let cached = cached.iter().find(|(of, _)| of == number);
            cached.map_or(loaded_at, |(_, at)| *at)
        };
        let oldest = on_screen.read().iter().map(current_at).min();
        state.current_at.set(oldest.unwrap_or(loaded_at));
    });
}
