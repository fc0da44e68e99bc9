//! The names of readers who are on the page, and the choice to be listed with them.

use leaderport::PlayerName;
use leptos::either::Either;
use leptos::prelude::*;

use crate::features::board::board_state::BoardState;
use crate::features::sync::presence_sync::set_name_visible;
use crate::words;

/// The names of the readers who chose to be visible.
#[component]
pub fn Present(state: BoardState) -> impl IntoView {
    let names = move || {
        let presence = state.presence.read();
        let name = |(n, name): (usize, &PlayerName)| {
            let separator = if n == 0 { "" } else { ", " };
            view! { {separator}<bdi>{name.to_string()}</bdi> }
        };
        if presence.names.is_empty() {
            Either::Left(words::no_visible_viewers())
        } else {
            Either::Right(presence.names.iter().enumerate().map(name).collect_view())
        }
    };
    let is_guest = move || state.me.read().is_none();
    let is_empty = move || state.presence.read().names.is_empty();
    let choose = move |event| set_name_visible(state, event_target_checked(&event));
    view! {
        <section class="panel present" aria-labelledby="present" hidden=move || is_guest() && is_empty()>
            <h2 id="present">{words::here_now()}</h2>
            <p class="names">{names}</p>
            <label hidden=is_guest>
                <input type="checkbox" prop:checked=state.is_name_visible on:change=choose />
                {words::show_my_name()}
            </label>
        </section>
    }
}
