//! The notice for a page that cannot be shown: the reason and the next step.

use leptos::prelude::*;

use crate::error::PageError;
use crate::words;

/// The notice, with a link to all boards.
#[component]
pub fn Refused(
    /// The error that the server returned.
    error: PageError,
) -> impl IntoView {
    let (title, advice) = (title(&error), advice(error));
    view! {
        <section class="notice" role="alert">
            <h1>{title}</h1>
            <p>{advice}</p>
            <p><a class="button" href="/">{words::see_all_boards()}</a></p>
        </section>
    }
}

/// The advice to the reader: the error's message, unless that is written for programs.
fn advice(error: PageError) -> String {
    match error.code.as_str() {
        "unknown_board" => words::address_may_be_mistyped().to_owned(),
        "unknown_player" => words::player_may_be_nowhere().to_owned(),
        _ => error.message,
    }
}

/// The title of the page for an error.
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
