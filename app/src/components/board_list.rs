//! The list: only the rows on screen are in the document, and it is a table of all of
//! them to whoever reads by ear: each row says which of how many it is.
//!
//! Rows are keyed by player, so that a player who moves keeps their element and
//! the move can be animated. Nothing moves the list but its reader: rows change
//! beneath, the place on screen stays.

use std::collections::HashMap;

use leaderport::{PAGE_SIZE, ScoreFormat};
use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::board_state::BoardState;
use super::search::Search;
use super::{flag, hue, tenths, text, url_escape};
use crate::client::overlay::{ViewRow, row_at};

/// What is drawn: a player, or a place whose row has not come yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Player(String),
    Place(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Drawn {
    place: u64,
    row: Option<ViewRow>,
}

type DrawnRows = HashMap<Key, Drawn>;

/// The rows of a season.
#[component]
pub fn BoardList(state: BoardState) -> impl IntoView {
    let board = state.board();
    let format = board.format;
    let drawn = Memo::new(move |_| {
        let overlay = state.overlay.get();
        state.replica.with(|replica| {
            let draw = |place| {
                let row = row_at(place, overlay.as_ref(), replica);
                let key = match &row {
                    Some(shown) => Key::Player(shown.row.player.to_string()),
                    None => Key::Place(place),
                };
                (key, Drawn { place, row })
            };
            let mut rows: Vec<(Key, Drawn)> = state.visible().map(draw).collect();
            // Pages of different moments may both have a player who moved between them.
            let mut seen = std::collections::HashSet::new();
            for (key, row) in &mut rows {
                if !seen.insert(key.clone()) {
                    *key = Key::Place(row.place);
                }
            }
            rows
        })
    });
    let by_key = Memo::new(move |_| drawn.with(|d| d.iter().cloned().collect::<DrawnRows>()));
    let keys = move || drawn.with(|d| d.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>());
    let scroller = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    crate::client::list::attach_list(state, scroller);
    let on_scroll = move |_| {
        #[cfg(feature = "hydrate")]
        crate::client::list::scrolled(state, scroller);
    };
    let on_scroll_end = move |_| {
        #[cfg(feature = "hydrate")]
        crate::client::list::scroll_ended(state, scroller);
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        #[cfg(feature = "hydrate")]
        crate::client::list::key(state, scroller, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let title = board.title.clone();
    let score = if board.unit.is_empty() {
        "Score".to_owned()
    } else {
        board.unit.clone()
    };
    let is_empty = move || state.total() == 0;
    view! {
        <section class="list-frame" aria-label="Standings">
            <Search state />
            <div role="table" aria-label=title aria-rowcount=text(move || (state.total() + 1).to_string())>
                <div role="rowgroup">
                    <div class="list-head" role="row" aria-rowindex="1">
                        <span role="columnheader" class="rank">"Rank"</span>
                        <span role="columnheader" class="name">"Player"</span>
                        <span role="columnheader" class="score">{score}</span>
                    </div>
                </div>
                <div class="list" role="rowgroup" tabindex="0" node_ref=scroller on:scroll=on_scroll on:scrollend=on_scroll_end on:keydown=on_key>
                    <div class="rows" style:height=text(move || format!("{}px", tenths(state.height())))>
                        <For each=keys key=Clone::clone let:key>
                            <RowView state by_key key format />
                        </For>
                    </div>
                </div>
            </div>
            <p class="quiet empty" hidden=flag(move || !is_empty())>"Nobody is ranked in this season yet. Be the first."</p>
            <Pager state />
        </section>
    }
}

#[component]
fn RowView(
    state: BoardState,
    by_key: Memo<DrawnRows>,
    key: Key,
    format: ScoreFormat,
) -> impl IntoView {
    let drawn = {
        let key = key.clone();
        // A row that has just gone keeps what it last showed.
        Memo::new(move |last: Option<&Option<Drawn>>| {
            by_key
                .with(|rows| rows.get(&key).cloned())
                .or_else(|| last.cloned().flatten())
        })
    };
    let place = Memo::new(move |_| drawn.with(|d| d.as_ref().map_or(0, |d| d.place)));
    let shown = move || drawn.with(|d| d.as_ref().and_then(|d| d.row.clone()));
    let is_pending = flag(move || shown().is_some_and(|s| s.is_pending));
    let is_mine = {
        let key = key.clone();
        Memo::new(move |_| {
            is_pending.get()
                || state.me.with(|me| {
                    me.as_ref()
                        .is_some_and(|me| key == Key::Player(me.player.to_string()))
                })
        })
    };
    let rank = text(move || shown().map_or_else(String::new, |s| s.row.rank.to_string()));
    let score = text(move || shown().map_or_else(String::new, |s| format.show(s.row.score)));
    let hue = match &key {
        Key::Player(player) => hue(player),
        Key::Place(_) => 0,
    };
    let name =
        Memo::new(move |_| shown().map_or_else(|| "…".to_owned(), |s| s.row.name.to_string()));
    let name: Signal<String> = name.into();
    let link = match &key {
        Key::Player(player) => {
            let href = format!("/players/{}", url_escape(player));
            Either::Left(view! { <a href=href class="name">{name}</a> })
        }
        Key::Place(_) => Either::Right(view! { <span class="name">{name}</span> }),
    };
    let row = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    if matches!(key, Key::Player(_)) {
        let score = Memo::new(move |_| shown().map(|s| s.row.score));
        crate::client::list::animate(row, place, score);
    }
    view! {
        <div
            role="row"
            class="row"
            class:me=flag(move || is_mine.get())
            class:pending=is_pending
            class:loading=flag(move || shown().is_none())
            aria-rowindex=text(move || (place.get() + 2).to_string())
            aria-current=text(move || is_mine.get().to_string())
            data-place=text(move || (place.get() + 1).to_string())
            style:transform=text(move || format!("translateY({}px)", tenths(state.offset(place.get()))))
            node_ref=row
        >
            <span role="cell" class="rank" data-rank=rank>{rank}</span>
            <span role="cell" class="whose">
                <Avatar hue name />
                {link}
                <span class="note">{text(move || if is_pending.get() { "pending".to_owned() } else { String::new() })}</span>
            </span>
            <span role="cell" class="score">{score}</span>
        </div>
    }
}

/// Pages by links, for readers without JavaScript.
#[component]
fn Pager(state: BoardState) -> impl IntoView {
    let (slug, season, page, total) = state.first.with_value(|f| {
        (
            f.board.slug.clone(),
            f.season,
            f.page.number.get(),
            f.page.total,
        )
    });
    let last = total.div_ceil(PAGE_SIZE).max(1);
    let link = move |to: u64, words: &'static str| {
        let href = format!("/boards/{slug}?season={season}&page={to}");
        ((1..=last).contains(&to) && to != page).then(|| view! { <a href=href>{words}</a> })
    };
    view! {
        <nav class="pager" aria-label="Pages" hidden=flag(move || state.is_alive.get())>
            {link(1, "First")}
            {link(page.saturating_sub(1), "Previous")}
            <span>{format!("Page {page} of {last}")}</span>
            {link(page + 1, "Next")}
            {link(last, "Last")}
        </nav>
    }
}
