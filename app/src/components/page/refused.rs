//! The notice for a page or a part of it that cannot be shown: the reason and the next step.

use leptos::prelude::*;

use crate::components::mark::Mark;
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
            <Mark size=48 />
            <h1>{title}</h1>
            <p>{advice}</p>
            <p><a class="button" href="/">{words::see_all_boards()}</a></p>
        </section>
    }
}

/// The reason why a part of a page cannot be shown. The rest of the page goes on.
#[component]
pub fn RefusedPart(
    /// The error that the server returned.
    error: PageError,
) -> impl IntoView {
    view! { <p class="status" role="alert" data-status="refused">{advice(error)}</p> }
}

/// The advice to the reader: the error's message, unless that is written for programs.
fn advice(error: PageError) -> String {
    match error.code.as_str() {
        "unknown_board" => words::check_the_address().to_owned(),
        "unknown_player" => words::player_may_be_unranked().to_owned(),
        // The value comes from the address, where anybody can write a sentence.
        "invalid_value" => words::refusal(&error.code, error.field.as_deref()),
        _ => error.message,
    }
}

/// The title of the page for an error.
#[must_use]
pub fn title(error: &PageError) -> &'static str {
    match error.code.as_str() {
        "unknown_board" => words::board_not_found(),
        "unknown_player" => words::player_not_found(),
        "forbidden" | "unauthorized" => words::no_access(),
        "invalid_value" => words::link_does_not_work(),
        _ => words::page_unavailable(),
    }
}
