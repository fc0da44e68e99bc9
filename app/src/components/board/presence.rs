//! Who else is there by name: those who wish to be seen.

use leptos::prelude::*;

use crate::features::board_state::BoardState;
use crate::words;

/// Who watches the board by name, and whether the reader is among them.
#[component]
pub fn Present(state: BoardState) -> impl IntoView {
    let names = crate::components::text(move || {
        state.presence.with(|presence| {
            let names: Vec<_> = presence.names.iter().map(ToString::to_string).collect();
            if names.is_empty() {
                words::nobody_has_said_so().to_owned()
            } else {
                names.join(", ")
            }
        })
    });
    // A name is needed to be seen by.
    let is_somebody = move || state.me.with(Option::is_some);
    let choose = move |event| {
        #[cfg(feature = "hydrate")]
        crate::features::presence_sync::wish(state, event_target_checked(&event));
        #[cfg(not(feature = "hydrate"))]
        let _: (leptos::ev::Event, BoardState) = (event, state);
    };
    view! {
        <section class="panel present" aria-labelledby="present" hidden=crate::components::flag(move || !is_somebody() && state.presence.with(|p| p.names.is_empty()))>
            <h2 id="present">{words::here_now()}</h2>
            <p class="names">{names}</p>
            <label hidden=crate::components::flag(move || !is_somebody())>
                <input type="checkbox" prop:checked=move || state.is_seen.get() on:change=choose />
                {words::show_others_that_i_am_here()}
            </label>
        </section>
    }
}
