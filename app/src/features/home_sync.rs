//! What the home page listens to: the first of each board near the screen, and the end of the
//! season that ends next.

use gloo_timers::callback::Timeout;
use js_sys::Array;
use leaderport::protocol::{Channel, State};
use leaderport::{PageNumber, SeasonKey, Timestamp};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::api::board::{BoardCard, Leader};
use crate::browser::connection::{Connection, News};
use crate::core::transport::ConnectionStatus;
use crate::features::board_sync::now;
use crate::features::season_end::reload_after;
use crate::locale::dates::instant;
use crate::words;

/// Provides the connection of a page of these boards: once that is there, the page is no copy any
/// more; when it is lost, the page says since when.
pub fn connect_home(cards: &[BoardCard]) {
    let connection = Connection::default();
    provide_context(connection);
    follow_next_end(connection, cards);
    let status = connection.status;
    // When it was connected last; the document says when it was made.
    let lost_at = StoredValue::new(None::<Timestamp>);
    Effect::new(move |was_connected: Option<bool>| {
        let now_is = status.get();
        let Some(copy) = document().get_element_by_id("copy") else {
            return false;
        };
        if now_is.is_connected() {
            // Nothing can be wrong with an attribute of this name.
            let _ = copy.set_attribute("hidden", "");
        } else if now_is != ConnectionStatus::Connecting {
            if was_connected == Some(true) {
                lost_at.set_value(Some(now()));
            }
            let tell = move || {
                if status
                    .try_get_untracked()
                    .is_none_or(ConnectionStatus::is_connected)
                {
                    return;
                }
                if let Some(at) = lost_at.try_get_value().flatten() {
                    copy.set_text_content(Some(&words::this_is_a_copy(instant(at))));
                }
                let _ = copy.remove_attribute("hidden");
            };
            Timeout::new(WORTH_MILLIS, tell).forget();
        }
        now_is.is_connected()
    });
}

/// Outages that are shorter are not worth a word.
const WORTH_MILLIS: u32 = 4_000;

/// Has the page loaded anew when the first of the seasons that it shows ends; it has the others'
/// next ones, too, when they come.
fn follow_next_end(connection: Connection, cards: &[BoardCard]) {
    let ending = cards
        .iter()
        .filter_map(|card| Some((card.next_reset?, card)));
    let Some((_, card)) = ending.min_by_key(|(at, _)| *at) else {
        return;
    };
    let shown = card.season;
    let channel = Channel::Board(card.board.slug.clone());
    connection.watch(&channel, None, move |news| {
        if let News::State(State::Board(board), _) = news {
            reload_after(shown, &board.seasons);
        }
    });
}

/// Follows the first of a board that is one of many, while its card is on screen or near it: a
/// page may have more of them than a connection has subscriptions.
pub fn follow_card(card: &BoardCard, top: RwSignal<(u64, Vec<Leader>)>) {
    let connection = use_context::<Connection>().unwrap_or_default();
    let season = SeasonKey {
        board: card.board.slug.clone(),
        season: card.season,
    };
    let count = card.leaders.len().max(LEADERS);
    let hear = move |news: News<'_>| {
        if let News::State(State::Page(page), _) = news {
            let first = page.rows.iter().take(count);
            let leaders = first
                .map(|row| (row.rank, row.name.clone(), row.score))
                .collect();
            let now = (page.total, leaders);
            if top.try_with_untracked(|top| *top != now) == Some(true) {
                top.set(now);
            }
        }
    };
    let channel = Channel::Page(season, PageNumber::FIRST);
    let look = Closure::<dyn Fn(Array)>::new(move |seen: Array| {
        let last: IntersectionObserverEntry = seen.pop().unchecked_into();
        if last.is_intersecting() {
            connection.watch(&channel, None, hear);
        } else {
            connection.unwatch(&channel);
        }
    });
    let near = IntersectionObserverInit::new();
    near.set_root_margin(NEAR);
    // They live as long as the page.
    let look = look.into_js_value();
    let observer = IntersectionObserver::new_with_options(look.unchecked_ref(), &near);
    let place = document().get_element_by_id(&format!("board-{}", card.board.slug));
    if let (Some(place), Ok(observer)) = (place, observer) {
        observer.observe(&place);
    }
}

/// What is so far above and below the screen is near it.
const NEAR: &str = "400px 0px";

/// How many are first.
const LEADERS: usize = 3;
