//! The rows of the list that are on screen.
//!
//! A slot is an element of the list, with a signal that holds the displayed row. Scrolling and
//! updates change these signals. Elements are created only if more rows are on screen than before.
//! A player keeps the same slot while on screen, even if the player's place changes.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Range;

use leaderport::{PlayerId, Rank, TieRule};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::first_ranks::remember_first_ranks;
use super::list_scroll::{Scroller, after_scrolling, is_scrolling};
use super::row_view::RowView;
use crate::browser::clock::monotonic_millis;
use crate::browser::dom::focus::focus;
use crate::browser::dom::reveal::prefers_reduced_motion;
use crate::browser::dom::row_animator::RowAnimator;
use crate::core::list::active_row::ActiveRow;
use crate::core::list::gap::gap;
use crate::core::list::movement::Movement;
use crate::core::list::row_pool::{Assignment, RowPool};
use crate::core::list::tie::Tie;
use crate::core::list::virtual_list::pixels;
use crate::core::sync::overlay::{rank_at, row_at};
use crate::features::board::board_state::BoardState;

/// The delay before the elements are sorted into the order of the rows, in milliseconds. The sort
/// also waits for the end of scrolling, because moving an element costs as much as creating it.
const ORDER_MILLIS: u32 = 300;

/// The identity of a row: its player, or its place if the row is not loaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RowKey {
    Player(PlayerId),
    /// The pending row of a reader who has no player yet.
    NewGuest,
    Place(u64),
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

/// The rows at some places, each with its key. All keys differ. `shift` is an offset in pixels.
fn rows_at(state: BoardState, places: Range<u64>, shift: f64) -> Vec<(RowKey, RowView)> {
    let overlay = state.overlay.get();
    let me = state.my_player();
    let spotlight = state.spotlight.get();
    let view = state.view();
    let (format, can_tie) = (view.board.format, view.board.tie != TieRule::Earliest);
    let (best, order) = (state.best_score(), view.board.order);
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
        let movement = row
            .as_ref()
            .filter(|_| !is_pending)
            .and_then(|row| moved(state, player.as_ref()?, row.rank));
        let gap = row.as_ref().and_then(|row| gap(row.score, best?, order));
        seen.extend(player);
        let view = RowView {
            place,
            top: pixels(place) + shift,
            row,
            tie: can_tie.then(|| tie_at(place)).flatten(),
            movement,
            gap,
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

/// The move of a player to a rank since the reader's visit began.
fn moved(state: BoardState, player: &PlayerId, rank: Rank) -> Option<Movement> {
    let ranks = state.first_ranks;
    ranks.with_value(|ranks| ranks.movement(player, rank))
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

/// Lets the highlight follow its player. If the player has left the drawn rows, the highlight stays in
/// place and follows the next player there.
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
    remember_first_ranks(state);
    let mut pool = RowPool::default();
    let rendered = untrack(|| rows_at(state, state.visible(), state.shift()));
    let (keys, views): (Vec<_>, Vec<_>) = rendered.into_iter().unzip();
    let assigned = pool.assign(keys).into_iter().zip(views);
    let first = assigned.map(|(assigned, view)| make_slot(assigned.slot, view));
    let slots = RwSignal::new(first.collect::<Vec<_>>());
    let active = RwSignal::new(None);

    let window = Memo::new(move |_| (state.visible(), state.shift()));
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
        let is_still = is_again.is_none() || is_scrolling() || prefers_reduced_motion();
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
