//! The page for an unknown address.

use crate::components::mark::Mark;
use crate::components::page::page_title::PageTitle;
use crate::words;
use leptos::prelude::*;

/// The notice, with the HTTP status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text=words::page_not_found() />
        <section class="notice">
            <Mark size=48 moving=true />
            <h1>{words::page_not_found()}</h1>
            <p>{words::check_the_address()}</p>
            <p><a class="button" href="/">{words::see_all_boards()}</a></p>
        </section>
    }
}
