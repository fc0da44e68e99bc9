//! A row of the list.

use leptos::prelude::*;

use crate::features::list_rows::RowSlot;

/// The element of a slot: rank, player and score. It is created once and shows different rows over
/// time.
#[component]
pub fn ListRow(
    /// The slot whose row it shows.
    row: RowSlot,
) -> impl IntoView {
    let RowSlot { row, element, .. } = row;
    view! {
        <div
            node_ref=element
            role="row"
            class=move || row.read().class()
            aria-rowindex=move || row.read().row_index()
            aria-current=move || row.read().is_mine.then_some("true")
            data-place=move || row.read().place_number()
            style:top=move || row.read().top()
        >
            <span role="cell" class="rank" data-rank=move || row.read().medal()>{move || row.read().rank()}</span>
            <span role="cell" class="identity">
                <span class="avatar" aria-hidden="true" style:--hue=move || row.read().hue()>{move || row.read().initial()}</span>
                <a class="name" class:long=move || row.read().is_long() href=move || row.read().href()>{move || row.read().name()}</a>
                <span class="note">{move || row.read().note()}</span>
            </span>
            <span role="cell" class="score">{move || row.read().score()}</span>
        </div>
    }
}
