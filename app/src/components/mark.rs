//! The mark of LeaderPort: three bars, of which one overtakes another (`style/motif.css`).

use leptos::prelude::*;

/// The mark.
#[component]
pub fn Mark(
    /// Width and height, in pixels.
    size: u8,
    /// Whether the bars change places when the mark appears. They rest if the reader prefers that.
    #[prop(optional)]
    moving: bool,
) -> impl IntoView {
    let class = if moving { "bars moving" } else { "bars" };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true" width=size height=size>
            <rect x="2" y="12" width="5.4" height="10" rx="1" class="bar-2" />
            <rect x="9.3" y="3" width="5.4" height="19" rx="1" class="bar-1" />
            <rect x="16.6" y="15" width="5.4" height="7" rx="1" class="bar-3" />
        </svg>
    }
}
