//! A row of the list.

use leptos::prelude::*;

use crate::features::board::board_state::BoardState;
use crate::features::list::list_rows::RowSlot;

/// The element of a slot: rank, player and score. It is created once and shows different rows over
/// time.
#[component]
pub fn ListRow(
    state: BoardState,
    /// The slot whose row it shows.
    row: RowSlot,
) -> impl IntoView {
    let RowSlot { id, row, element } = row;
    // The keys of the list open players. Without code, each link is a stop of the Tab key.
    let tabindex = move || state.is_hydrated.get().then_some("-1");
    view! {
        <div
            node_ref=element
            id=row_id(id)
            role="row"
            class=move || row.read().class()
            aria-rowindex=move || row.read().row_index()
            aria-current=move || row.read().is_mine.then_some("true")
            data-place=move || row.read().place_number()
            style:top=move || row.read().top()
        >
            <span
                role="gridcell"
                class="rank"
                data-rank=move || row.read().medal()
                data-tie=move || row.read().tie()
                aria-label=move || row.read().rank_label()
            >
                {move || row.read().rank()}
            </span>
            <span role="gridcell" class="identity">
                <span class="avatar" aria-hidden="true" style:--hue=move || row.read().hue()>{move || row.read().initial()}</span>
                <a class="name" class:long=move || row.read().is_long() tabindex=tabindex title=move || row.read().hint() href=move || row.read().href()>{move || row.read().name()}</a>
                <span class="note">{move || row.read().note()}</span>
            </span>
            // Screen readers get the move with the rank.
            <span class="moved" aria-hidden="true" data-direction=move || row.read().direction()>{move || row.read().places_moved()}</span>
            <span role="gridcell" class="score" data-gap=move || row.read().gap()>{move || row.read().score()}</span>
        </div>
    }
}

/// The id of the element of a slot.
#[must_use]
pub fn row_id(slot: usize) -> String {
    format!("row-{slot}")
}
