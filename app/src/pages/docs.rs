//! `/docs/realtime`: the realtime protocol, for authors of clients.

use leptos::prelude::*;

use crate::api::docs::realtime_docs;
use crate::components::page_title::PageTitle;
use crate::words;

/// The protocol's document, rendered from the module documentation in the code.
#[component]
pub fn RealtimeDocs() -> impl IntoView {
    view! {
        <PageTitle text=words::realtime_protocol() />
        <article class="prose">
            <h1>{words::the_realtime_protocol()}</h1>
            <div inner_html=realtime_docs()></div>
        </article>
    }
}
