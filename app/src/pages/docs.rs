//! `/docs/realtime`: the realtime protocol, for those who write clients.

use leptos::prelude::*;

use crate::api::docs::realtime_docs;
use crate::document::page_title::PageTitle;

/// The protocol's document: the same as that of the code.
#[component]
pub fn RealtimeDocs() -> impl IntoView {
    view! {
        <PageTitle text="Realtime protocol" />
        <article class="prose">
            <h1>"The realtime protocol"</h1>
            <div inner_html=realtime_docs()></div>
        </article>
    }
}
