//! A link to the board, with a picture for whoever shows it.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::board_state::BoardState;

/// What those who show links read of the page.
#[component]
pub fn ShareCard(state: BoardState) -> impl IntoView {
    let (url, picture, title, description) = state.first.with_value(|f| {
        let url = format!("{}/boards/{}?season={}", f.origin, f.board.slug, f.season);
        let picture = format!(
            "{}/boards/{}/picture.png?season={}",
            f.origin, f.board.slug, f.season
        );
        let first = f.leaders.first();
        let first = first.map(|row| {
            format!(
                "{} leads with {}. ",
                row.name,
                f.board.format.show(row.score)
            )
        });
        let description = format!("{}{}", first.unwrap_or_default(), f.board.description);
        (url, picture, f.board.title.clone(), description)
    });
    view! {
        <Meta name="description" content=description.clone() />
        <Meta property="og:type" content="website" />
        <Meta property="og:site_name" content="LeaderPort" />
        <Meta property="og:title" content=title />
        <Meta property="og:description" content=description />
        <Meta property="og:url" content=url />
        <Meta property="og:image" content=picture />
        <Meta property="og:image:width" content="1200" />
        <Meta property="og:image:height" content="630" />
        <Meta name="twitter:card" content="summary_large_image" />
    }
}

/// A link to where the reader stands, else to the board: copied, or given to the
/// device's own way to share.
#[component]
pub fn Share(state: BoardState) -> impl IntoView {
    let href = move || {
        let me = state.me.with(|me| {
            let me = me.as_ref()?;
            me.standing?;
            Some(super::url_escape(me.player.as_str()))
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
    let toasts = use_context::<super::toasts::Toasts>();
    let share = move |event: leptos::ev::MouseEvent| {
        #[cfg(feature = "hydrate")]
        if let Some(toasts) = toasts {
            let title = state.board().title;
            crate::client::share::share(toasts, &title, href(), &event);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    view! { <a class="share" rel="external" href=href on:click=share>"Share"</a> }
}
