//! The emblem of a board.

use leaderport::{Emblem, Slug};
use leptos::either::Either;
use leptos::prelude::*;

/// The emblem beside a board's title. It decorates the title, so it has no text of its own.
#[component]
pub fn BoardEmblem(
    /// The board, whose uploaded emblem may be shown.
    slug: Slug,
    /// The emblem.
    emblem: Emblem,
) -> impl IntoView {
    if emblem == Emblem::Custom {
        let source = move || format!("/api/v1/boards/{slug}/emblem");
        Either::Left(view! { <img class="emblem" src=source() alt="" loading="lazy" /> })
    } else {
        Either::Right(view! { <DrawnEmblem emblem /> })
    }
}

/// An emblem of the set.
#[component]
pub fn DrawnEmblem(
    /// The emblem; not an uploaded one.
    emblem: Emblem,
) -> impl IntoView {
    let symbol = format!("/emblems.svg#{}", emblem.name());
    view! { <svg class="emblem" viewBox="0 0 24 24" aria-hidden="true"><use_ href=symbol></use_></svg> }
}
