//! The list: only the rows on screen are in the document, and it is a table of all of
//! them to whoever reads by ear: each row says which of how many it is.
//!
//! A player who moves keeps their element, and the move can be animated; elements are made
//! once and shown again with other rows ([`Slots`]). Nothing moves the list but its reader:
//! rows change beneath, the place on screen stays.

use std::ops::Range;

use leaderport::{PAGE_SIZE, PlayerId, ScoreFormat};
use leptos::html;
use leptos::prelude::*;

use super::avatar::avatar;
use super::board_state::BoardState;
use super::search::Search;
use super::{flag, hue, tenths, text, url_escape};
use crate::client::overlay::{ViewRow, row_at};
use crate::client::slots::{Slots, insert_by};
use crate::client::virtualizer::pixels;
use crate::words;

/// Whose row an element shows: a player's, or that of a place which has not come yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Player(PlayerId),
    Place(u64),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// Its place, counted from 0.
    pub(crate) place: u64,
    /// Pixels from the top of the list's element.
    top: f64,
    /// None while it has not come.
    pub(crate) row: Option<ViewRow>,
    is_mine: bool,
}

/// An element of the list, and what it shows.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) number: usize,
    drawn: RwSignal<Drawn>,
    pub(crate) element: NodeRef<html::Div>,
}

/// The elements of the list. Copied freely; there is one.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    state: BoardState,
    /// The places on screen, and by how much they are drawn off.
    window: Memo<(Range<u64>, f64)>,
    slots: StoredValue<Slots<Key>>,
    made: StoredValue<Vec<Slot>>,
    /// Those that show a row, by number: what the document has.
    shown: RwSignal<Vec<Slot>>,
    /// Whose the signals of slots are, whenever they are made.
    owner: StoredValue<Option<Owner>>,
}

/// What has become of an element.
pub(crate) enum Change<'a> {
    /// Its row is another than it was.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "drawn once"))]
    Row(&'a Drawn, &'a Drawn),
    /// It shows another row.
    Another,
}

impl Rows {
    fn new(state: BoardState) -> Self {
        let rows = Self {
            state,
            window: Memo::new(move |_| (state.visible(), state.shift())),
            slots: StoredValue::new(Slots::default()),
            made: StoredValue::new(Vec::new()),
            shown: RwSignal::new(Vec::new()),
            owner: StoredValue::new(Owner::current()),
        };
        rows.draw(|_, _| ());
        rows
    }

    /// Has each element show what is so now, and tells what has become of it.
    pub(crate) fn draw(self, mut tell: impl FnMut(Slot, Change<'_>)) {
        let (keys, drawn): (Vec<Key>, Vec<Drawn>) = self.now().into_iter().unzip();
        let given = self.slots.try_update_value(|slots| slots.assign(keys));
        let mut shown = Vec::with_capacity(drawn.len());
        for (given, drawn) in given.into_iter().flatten().zip(drawn) {
            let made = self.made.with_value(|made| made.get(given.slot).copied());
            let slot = made.unwrap_or_else(|| self.make(given.slot, &drawn));
            insert_by(&mut shown, slot, |slot| slot.number);
            let is_same = slot.drawn.with_untracked(|before| {
                let is_same = *before == drawn;
                if !is_same && given.is_kept {
                    tell(slot, Change::Row(before, &drawn));
                } else if !is_same {
                    tell(slot, Change::Another);
                }
                is_same
            });
            if !is_same {
                slot.drawn.set(drawn);
            }
        }
        let numbers = |slots: &[Slot]| slots.iter().map(|slot| slot.number).collect::<Vec<_>>();
        if self.shown.with_untracked(|before| numbers(before)) != numbers(&shown) {
            self.shown.set(shown);
        }
    }

    /// The rows on screen, in order, each with whose it is. All keys differ.
    fn now(self) -> Vec<(Key, Drawn)> {
        let state = self.state;
        let (visible, shift) = self.window.get();
        let overlay = state.overlay.get();
        let me = state.me.with(|me| me.as_ref().map(|me| me.player.clone()));
        // Pages of different moments may both have a player who moved between them.
        let mut seen = Vec::<PlayerId>::new();
        state.replica.with(|replica| {
            let draw = |place| {
                let row = row_at(place, overlay.as_ref(), replica);
                let player = row.as_ref().map(|shown| &shown.row.player);
                let player = player.filter(|player| !seen.contains(player)).cloned();
                let is_mine = player.is_some()
                    && (player == me || row.as_ref().is_some_and(|shown| shown.is_pending));
                seen.extend(player.clone());
                let key = player.map_or(Key::Place(place), Key::Player);
                let top = pixels(place) + shift;
                let drawn = Drawn {
                    place,
                    top,
                    row,
                    is_mine,
                };
                (key, drawn)
            };
            visible.map(draw).collect()
        })
    }

    fn make(self, number: usize, drawn: &Drawn) -> Slot {
        let make = || Slot {
            number,
            drawn: RwSignal::new(drawn.clone()),
            element: NodeRef::new(),
        };
        let owner = self.owner.get_value();
        let slot = owner.map_or_else(make, |owner| owner.with(make));
        self.made.update_value(|made| made.push(slot));
        slot
    }
}

/// The rows of a season.
#[component]
pub fn BoardList(state: BoardState) -> impl IntoView {
    let board = state.board();
    let format = board.format;
    let rows = Rows::new(state);
    let scroller = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    crate::client::list::attach_list(state, rows, scroller);
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
        words::score().to_owned()
    } else {
        board.unit.clone()
    };
    let is_empty = move || state.total() == 0;
    // Of the longest rank, so that all stand beneath one another.
    let digits = state.total().to_string().len();
    view! {
        <section class="list-frame" aria-label=words::standings() style=format!("--digits:{digits}")>
            <Search state />
            <div role="table" aria-label=title aria-rowcount=text(move || (state.total() + 1).to_string())>
                <div role="rowgroup">
                    <div class="list-head" role="row" aria-rowindex="1">
                        <span role="columnheader" class="rank">{words::rank()}</span>
                        <span role="columnheader" class="name">{words::player()}</span>
                        <span role="columnheader" class="score">{score}</span>
                    </div>
                </div>
                <div class="list" role="rowgroup" tabindex="0" node_ref=scroller on:scroll=on_scroll on:scrollend=on_scroll_end on:keydown=on_key>
                    <div class="rows" style:height=text(move || format!("{}px", tenths(state.height())))>
                        <For each=move || rows.shown.get() key=|slot| slot.number let:slot>
                            // As one: most of a row changes when it shows another player.
                            {move || slot.drawn.with(|drawn| row(slot.element, drawn, format))}
                        </For>
                    </div>
                </div>
            </div>
            <p class="quiet empty" hidden=flag(move || !is_empty())>{words::nobody_is_ranked_in_this_season()}</p>
            <Pager state />
        </section>
    }
}

fn row(element: NodeRef<html::Div>, drawn: &Drawn, format: ScoreFormat) -> impl IntoView + use<> {
    let row = drawn.row.as_ref().map(|shown| &shown.row);
    let is_pending = drawn.row.as_ref().is_some_and(|shown| shown.is_pending);
    let rank = row.map_or_else(String::new, |row| row.rank.to_string());
    // The first three have medals, and only one row is the reader's: what is not there costs
    // nothing to keep up to date.
    let medal = row.map(|row| row.rank.get()).filter(|rank| *rank <= 3);
    let medal = medal.map(|rank| rank.to_string());
    let current = drawn.is_mine.then_some("true");
    let score = row.map_or_else(String::new, |row| format.show(row.score));
    let name = row.map_or_else(|| "…".to_owned(), |row| row.name.to_string());
    let player = row.map(|row| row.player.as_str());
    let hue = player.map_or(0, hue);
    // Without a target it is the place of a link.
    let href = player.map(|player| format!("/players/{}", url_escape(player)));
    view! {
        <div
            role="row"
            class="row"
            class:me=drawn.is_mine
            class:pending=is_pending
            class:loading=row.is_none()
            aria-rowindex=(drawn.place + 2).to_string()
            aria-current=current
            data-place=(drawn.place + 1).to_string()
            style:transform=format!("translateY({}px)", tenths(drawn.top))
            node_ref=element
        >
            <span role="cell" class="rank" data-rank=medal>{rank}</span>
            <span role="cell" class="whose">
                {avatar(hue, &name)}
                <a class="name" href=href>{name}</a>
                <span class="note">{if is_pending { words::pending() } else { "" }}</span>
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
        <nav class="pager" aria-label=words::pages() hidden=flag(move || state.is_alive.get())>
            {link(1, words::first_page())}
            {link(page.saturating_sub(1), words::previous_page())}
            <span>{words::page_of(page, last)}</span>
            {link(page + 1, words::next_page())}
            {link(last, words::last_page())}
        </nav>
    }
}
