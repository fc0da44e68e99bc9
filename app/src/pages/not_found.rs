//! The page for an unknown address.

use crate::components::page_title::PageTitle;
use crate::words;
use leptos::prelude::*;

/// The notice, with the HTTP status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text=words::not_found() />
        <section class="notice">
            <h1>{words::there_is_nothing_here()}</h1>
            <p>{words::address_may_be_mistyped()}</p>
            <p><a class="button" href="/">{words::see_all_boards()}</a></p>
        </section>
    }
}
