//! A page that could not be shown: what was wrong, and what to do.

use leptos::prelude::*;

use crate::error::PageError;
use crate::words;

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
            <p><a class="button" href="/">{words::see_all_boards()}</a></p>
        </section>
    }
}

/// What the page is called then.
#[must_use]
pub fn title(error: &PageError) -> &'static str {
    match error.code.as_str() {
        "unknown_board" => words::there_is_no_such_board(),
        "unknown_player" => words::there_is_no_such_player(),
        "forbidden" | "unauthorized" => words::you_may_not_see_this(),
        "invalid_value" => words::that_address_does_not_work(),
        _ => words::this_page_cannot_be_shown_now(),
    }
}
