//! No such page.

use crate::document::page_title::PageTitle;
use leptos::prelude::*;

/// Says so, with the status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text="Not found" />
        <section class="notice">
            <h1>"There is nothing here"</h1>
            <p>"The address may be mistyped, or the board may have another name now."</p>
            <p><a class="button" href="/">"See all boards"</a></p>
        </section>
    }
}
