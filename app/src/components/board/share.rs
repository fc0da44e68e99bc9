//! A link to the board, with a picture for whoever shows it.

use crate::features::board_state::BoardState;
use crate::words;
use leptos::prelude::*;

/// A link to where the reader stands, else to the board: copied, or given to the
/// device's own way to share.
#[component]
pub fn Share(state: BoardState) -> impl IntoView {
    let href = move || {
        let me = state.me.with(|me| {
            let me = me.as_ref()?;
            me.standing?;
            Some(crate::components::url_escape(me.player.as_str()))
        });
        state.first.with_value(|f| {
            let player = me.map(|me| format!("&player={me}")).unwrap_or_default();
            format!(
                "{}/boards/{}?season={}{player}",
                f.origin, f.board.slug, f.season
            )
        })
    };
    #[cfg(feature = "hydrate")]
    let toasts = use_context::<crate::components::toasts::Toasts>();
    let share = move |event: leptos::ev::MouseEvent| {
        #[cfg(feature = "hydrate")]
        if let Some(toasts) = toasts {
            let title = state.board().title;
            crate::browser::share::share(toasts, &title, href(), &event);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    view! { <a class="share" href=crate::components::text(href) on:click=share>{words::share()}</a> }
}
