//! The rows of the list that are on screen.
//!
//! A slot is an element of the list, with a signal that holds the displayed row. Scrolling and
//! updates change these signals. Elements are created only if more rows are on screen than before.
//! A player keeps the same slot while on screen, even if the player's place changes.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Range;

use leaderport::{PlayerId, Score, ScoreFormat, TieRule};
use leptos::html;
use leptos::prelude::*;
use leptos_use::use_prefers_reduced_motion;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::board_state::BoardState;
use super::list_scroll::{Scroller, after_scrolling, is_scrolling};
use crate::browser::clock::monotonic_millis;
use crate::browser::focus::focus;
use crate::browser::row_animator::RowAnimator;
use crate::core::active_row::ActiveRow;
use crate::core::avatar::hue;
use crate::core::decimal::row_heights;
use crate::core::overlay::{ViewRow, rank_at, row_at};
use crate::core::row_pool::{Assignment, RowPool};
use crate::core::spotlight::Emphasis;
use crate::core::tie::Tie;
use crate::core::url::url_escape;
use crate::core::virtual_list::pixels;
use crate::locale::initial::initial;
use crate::locale::numbers;
use crate::words;

/// The delay before the elements are sorted into the order of the rows, in milliseconds. The sort
/// also waits for the end of scrolling, because moving an element costs as much as creating it.
const ORDER_MILLIS: u32 = 300;

/// The maximum length, in characters, of a name and a score that fit next to each other on every
/// screen larger than a phone's. Longer names may need clipping, which costs time to paint.
const MAX_SHORT: usize = 14;

/// The identity of a row: its player, or its place if the row is not loaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RowKey {
    Player(PlayerId),
    /// The pending row of a reader who has no player yet.
    NewGuest,
    Place(u64),
}

/// A row as the list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RowView {
    /// The place, counted from 0.
    place: u64,
    /// The distance from the top of the list's element, in pixels.
    top: f64,
    /// None while the row is not loaded.
    row: Option<ViewRow>,
    /// None if no neighbour has the same rank.
    tie: Option<Tie>,
    /// Whether it is the reader's row.
    pub is_mine: bool,
    /// Whether keys or a search have highlighted it.
    is_active: bool,
    /// Its highlight, if the reader jumped to it.
    emphasis: Emphasis,
    format: ScoreFormat,
}

/// A slot: an element of the list and the row that it shows.
#[derive(Debug, Clone, Copy)]
pub struct RowSlot {
    /// The id of the slot.
    pub id: usize,
    /// The row that it shows.
    pub row: RwSignal<RowView>,
    /// Its element.
    pub element: NodeRef<html::Div>,
}

impl RowView {
    fn value(&self) -> Option<Score> {
        self.row.as_ref().map(|shown| shown.score)
    }

    fn is_pending(&self) -> bool {
        self.row.as_ref().is_some_and(|shown| shown.is_pending)
    }

    /// The classes of the row.
    #[must_use]
    pub fn class(&self) -> String {
        let mut class = "row".to_owned();
        let states = [
            (" me", self.is_mine),
            (" active", self.is_active),
            (" pending", self.is_pending()),
            (" loading", self.row.is_none()),
        ];
        for (name, _) in states.iter().filter(|(_, is_on)| *is_on) {
            class.push_str(name);
        }
        let emphasis = self.emphasis.classes();
        if !emphasis.is_empty() {
            class.push(' ');
            class.push_str(emphasis);
        }
        class
    }

    /// The row's `aria-rowindex`, counted from 1. The table's head has index 1.
    #[must_use]
    pub fn row_index(&self) -> String {
        (self.place + 2).to_string()
    }

    /// The place, counted from 1.
    #[must_use]
    pub fn place_number(&self) -> String {
        (self.place + 1).to_string()
    }

    /// The distance from the top of the list's element, as a CSS length.
    #[must_use]
    pub fn top(&self) -> String {
        row_heights(self.top)
    }

    /// The rank; empty while the row is not loaded.
    #[must_use]
    pub fn rank(&self) -> String {
        let rank = self.row.as_ref().map(|shown| shown.rank);
        rank.map_or_else(String::new, numbers::rank)
    }

    /// The position in a group of equal ranks, for styles.
    #[must_use]
    pub fn tie(&self) -> Option<&'static str> {
        self.tie.map(Tie::name)
    }

    /// The label of a shared rank for screen readers, in place of the mark for the eye.
    #[must_use]
    pub fn rank_label(&self) -> Option<String> {
        self.tie.map(|_| words::shared_rank(self.rank()))
    }

    /// The rank of the first three.
    #[must_use]
    pub fn medal(&self) -> Option<String> {
        let rank = self.row.as_ref()?.rank;
        (rank.get() <= 3).then(|| numbers::rank(rank))
    }

    /// The hue of the player's avatar, in degrees.
    #[must_use]
    pub fn hue(&self) -> String {
        let player = self.row.as_ref().and_then(|shown| shown.player.as_ref());
        player.map_or(0, |player| hue(player.as_str())).to_string()
    }

    /// The letter of the player's avatar.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.name())
    }

    /// The name as a hint for the pointer, if it may have to be clipped.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.is_long().then(|| self.name())
    }

    /// The player's name; an ellipsis while the row is not loaded.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.row.as_ref().map(|shown| shown.name.to_string());
        name.unwrap_or_else(|| "…".to_owned())
    }

    /// Whether the name may have to be clipped.
    #[must_use]
    pub fn is_long(&self) -> bool {
        let name = self.name();
        let is_short = name.is_ascii()
            && name.len() <= MAX_SHORT
            && self.score().len() <= MAX_SHORT
            && self.note().is_empty();
        !is_short
    }

    /// The path of the player's page; none while the row is not loaded, and for a new guest.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        let player = self.row.as_ref()?.player.as_ref()?;
        Some(format!("/players/{}", url_escape(player.as_str())))
    }

    /// The note after the name, which marks a pending score and the reader's row; else empty.
    #[must_use]
    pub fn note(&self) -> &'static str {
        if self.is_pending() {
            words::pending()
        } else if self.is_mine {
            words::you()
        } else {
            ""
        }
    }

    /// The score; empty while the row is not loaded.
    #[must_use]
    pub fn score(&self) -> String {
        let score = self.value();
        score.map_or_else(String::new, |score| numbers::score(self.format, score))
    }
}

/// The rows at some places, each with its key. All keys differ. `shift` is an offset in pixels.
fn rows_at(state: BoardState, places: Range<u64>, shift: f64) -> Vec<(RowKey, RowView)> {
    let overlay = state.overlay.get();
    let me = state.my_player();
    let spotlight = state.spotlight.get();
    let view = state.view();
    let (format, can_tie) = (view.board.format, view.board.tie != TieRule::Earliest);
    // A player who moved between two pages may be on both, because pages have different positions.
    let mut seen = Vec::<PlayerId>::new();
    let replica = state.replica.read();
    let tie_at = |place: u64| {
        let rank = |place| rank_at(place, overlay.as_ref(), &replica);
        let above = place.checked_sub(1).and_then(rank);
        Tie::of(above, rank(place), rank(place + 1))
    };
    let view = |place| {
        let row = row_at(place, overlay.as_ref(), &replica);
        let is_pending = row.as_ref().is_some_and(|shown| shown.is_pending);
        let player = row.as_ref().and_then(|shown| shown.player.as_ref());
        let player = player.filter(|player| !seen.contains(player)).cloned();
        let key = match &player {
            Some(player) => RowKey::Player(player.clone()),
            // Only one row is pending.
            None if is_pending => RowKey::NewGuest,
            None => RowKey::Place(place),
        };
        let is_mine = key == RowKey::NewGuest || player.is_some() && (player == me || is_pending);
        let emphasis = spotlight
            .as_ref()
            .map(|spotlight| spotlight.at(place, player.as_ref(), is_mine));
        seen.extend(player);
        let view = RowView {
            place,
            top: pixels(place) + shift,
            row,
            tie: can_tie.then(|| tie_at(place)).flatten(),
            is_mine,
            is_active: false,
            emphasis: emphasis.unwrap_or_default(),
            format,
        };
        (key, view)
    };
    let mut rows: Vec<_> = places.map(view).collect();
    if let Some(active) = state.active.get()
        && let Some(n) = active_row(&rows, &active)
    {
        rows[n].1.is_active = true;
    }
    rows
}

/// The index of the highlighted row: that of its player, else the one at its place.
fn active_row(rows: &[(RowKey, RowView)], active: &ActiveRow) -> Option<usize> {
    let is_player = |key: &RowKey| match (key, &active.player) {
        (RowKey::Player(player), Some(wanted)) => player == wanted,
        _ => false,
    };
    let of_player = rows.iter().position(|(key, _)| is_player(key));
    of_player.or_else(|| rows.iter().position(|(_, view)| view.place == active.place))
}

/// Lets the highlight follow its player, or take over the player of its row if the player has left
/// the drawn rows.
fn follow_active(state: BoardState, views: &[RowView]) {
    let Some(view) = views.iter().find(|view| view.is_active) else {
        return;
    };
    let before = state.active.get_untracked();
    let player = view.row.as_ref().and_then(|row| row.player.clone());
    let known = || before.as_ref().and_then(|active| active.player.clone());
    let active = Some(ActiveRow {
        place: view.place,
        player: player.or_else(known),
    });
    if before != active {
        state.active.set(active);
    }
}

/// The slots of the list.
#[derive(Debug, Clone, Copy)]
pub struct ListRows {
    /// The slots of the rows on screen.
    pub slots: RwSignal<Vec<RowSlot>>,
    /// The id of the slot of the highlighted row; none while no row on screen is highlighted.
    pub active: RwSignal<Option<usize>>,
}

/// The slots of the rows on screen, kept current.
#[must_use]
pub fn list_rows(state: BoardState, scroller: Scroller) -> ListRows {
    let owner = Owner::current().unwrap_or_default();
    let make_slot = move |id, view| {
        owner.with(|| RowSlot {
            id,
            row: RwSignal::new(view),
            element: NodeRef::new(),
        })
    };
    let mut pool = RowPool::default();
    let rendered = untrack(|| rows_at(state, state.visible(), state.shift()));
    let (keys, views): (Vec<_>, Vec<_>) = rendered.into_iter().unzip();
    let assigned = pool.assign(keys).into_iter().zip(views);
    let first = assigned.map(|(assigned, view)| make_slot(assigned.slot, view));
    let slots = RwSignal::new(first.collect::<Vec<_>>());
    let active = RwSignal::new(None);

    let window = Memo::new(move |_| (state.visible(), state.shift()));
    let wants_no_motion = use_prefers_reduced_motion();
    let mut animators = HashMap::<usize, RowAnimator>::new();
    // Dropped slots, whose signals are reused.
    let mut free = Vec::<RowSlot>::new();
    let is_order_due = StoredValue::new(false);
    Effect::new(move |is_again: Option<()>| {
        let (visible, shift) = window.get();
        let (keys, views): (Vec<_>, Vec<_>) = rows_at(state, visible, shift).into_iter().unzip();
        follow_active(state, &views);
        let mut active_slot = None;
        let now = monotonic_millis();
        let is_still = is_again.is_none() || is_scrolling() || wants_no_motion.get_untracked();
        let focused = LazyCell::new(|| document().active_element());
        let before = slots.get_untracked();
        let mut after = Vec::with_capacity(views.len());
        for (Assignment { slot, is_kept }, view) in pool.assign(keys).into_iter().zip(views) {
            if view.is_active {
                active_slot = Some(slot);
            }
            let Some(slot) = before.iter().find(|known| known.id == slot).copied() else {
                after.push(match free.pop() {
                    Some(unused) => {
                        unused.row.set(view);
                        RowSlot { id: slot, ..unused }
                    }
                    None => make_slot(slot, view),
                });
                continue;
            };
            after.push(slot);
            let old = slot.row.get_untracked();
            if old == view {
                continue;
            }
            let element = slot.element.get_untracked();
            let animator = animators.entry(slot.id).or_default();
            if !is_kept {
                animator.reset(element.as_deref().map(AsRef::as_ref));
                keep_focus(element.as_deref(), focused.as_ref(), scroller);
            } else if !is_still && let Some(element) = &element {
                if old.place != view.place {
                    animator.slide(element, old.place, view.place, now);
                }
                if old.value().is_some() && old.value() != view.value() {
                    animator.flash(element);
                }
            }
            slot.row.set(view);
        }
        if active.get_untracked() != active_slot {
            active.set(active_slot);
        }
        let contains =
            |slots: &[RowSlot], slot: &RowSlot| slots.iter().any(|known| known.id == slot.id);
        let (mut next, dropped): (Vec<RowSlot>, Vec<RowSlot>) =
            before.iter().partition(|slot| contains(&after, slot));
        for slot in &dropped {
            animators.remove(&slot.id);
            free.push(*slot);
            let element = slot.element.get_untracked();
            keep_focus(element.as_deref(), focused.as_ref(), scroller);
        }
        next.extend(after.iter().filter(|slot| !contains(&before, slot)));
        if next.len() != before.len() || !dropped.is_empty() {
            slots.set(next);
        }
        if !is_order_due.get_value() {
            is_order_due.set_value(true);
            after_scrolling(ORDER_MILLIS, move || {
                is_order_due.set_value(false);
                order_rows(slots);
            });
        }
    });
    ListRows { slots, active }
}

/// Moves the focus to the list if it is in `element`, which is dropped or shows another row now.
fn keep_focus(element: Option<&HtmlElement>, focused: Option<&Element>, scroller: Scroller) {
    if let Some(element) = element
        && let Some(focused) = focused
        && element.contains(Some(focused))
        && let Some(list) = scroller.get_untracked()
    {
        focus(&list);
    }
}

/// Sorts the elements into the order of the rows, for screen readers.
fn order_rows(slots: RwSignal<Vec<RowSlot>>) {
    let place = |slot: &RowSlot| slot.row.read_untracked().place;
    if slots.read_untracked().is_sorted_by_key(place) {
        return;
    }
    let focused = document().active_element();
    slots.write().sort_by_key(place);
    // An element loses the focus when it is moved, so restore it.
    request_animation_frame(move || {
        let focused = focused.and_then(|focused| focused.dyn_into::<HtmlElement>().ok());
        if let Some(focused) = focused.filter(|focused| focused.is_connected()) {
            focus(&focused);
        }
    });
}
