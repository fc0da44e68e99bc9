//! A link to the board, to be shared.

use leptos::task::spawn_local;
use leptos::{ev, prelude::*};

use crate::browser::navigator::{can_copy, can_share, copy_text, has_touch, share_link};
use crate::core::url::url_escape;
use crate::features::board::board_state::BoardState;
use crate::features::toasts::Tone;
use crate::words;

/// A link to the reader's row, else to the board. Touch devices open their share sheet; others
/// copy the link.
#[component]
pub fn Share(state: BoardState) -> impl IntoView {
    let href = move || {
        let player = state.my_player().filter(|_| state.my_standing().is_some());
        let player = player.map(|player| format!("&player={}", url_escape(player.as_str())));
        let (view, player) = (state.view(), player.unwrap_or_default());
        let (origin, slug, season) = (&view.origin, &view.board.slug, view.season);
        format!("{origin}/boards/{slug}?season={season}{player}")
    };
    let share = move |event: ev::MouseEvent| {
        let href = untrack(href);
        if has_touch() && can_share() {
            event.prevent_default();
            share_link(&state.board().title, &href);
        } else if can_copy() {
            event.prevent_default();
            spawn_local(copy_link(state, href));
        }
    };
    view! { <a class="share" href=href on:click=share>{words::share()}</a> }
}

async fn copy_link(state: BoardState, href: String) {
    let (tone, text) = if copy_text(&href).await {
        (Tone::Good, words::link_copied().to_owned())
    } else {
        // Show the link, so that the reader can copy it by hand.
        (Tone::Plain, href)
    };
    state.toasts.show("share", tone, text, None);
}
