//! A page that could not be shown: what was wrong, and what to do.

use leptos::prelude::*;

use crate::error::PageError;

/// Says why, and leads on.
#[component]
pub fn Refused(
    /// Why.
    error: PageError,
) -> impl IntoView {
    let title = title(&error);
    view! {
        <section class="notice" role="alert">
            <h1>{title}</h1>
            <p>{error.message}</p>
            <p><a class="button" href="/">"See all boards"</a></p>
        </section>
    }
}

/// What the page is called then.
#[must_use]
pub fn title(error: &PageError) -> &'static str {
    match error.code.as_str() {
        "unknown_board" => "There is no such board",
        "unknown_player" => "There is no such player",
        "forbidden" | "unauthorized" => "You may not see this",
        "invalid_value" => "That address does not work",
        _ => "This page cannot be shown now",
    }
}
