//! `/docs/realtime`: the realtime protocol, for those who write clients.

use leptos::prelude::*;

use crate::api::load_realtime_docs;
use crate::components::page_title::PageTitle;

/// The protocol's document: the same as that of the code.
#[component]
pub fn RealtimeDocs() -> impl IntoView {
    let document = Resource::new(|| (), |()| load_realtime_docs());
    view! {
        <PageTitle text="Realtime protocol" />
        <article class="prose">
            <h1>"The realtime protocol"</h1>
            <Suspense fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    let html = document.await.unwrap_or_default();
                    view! { <div inner_html=html></div> }
                })}
            </Suspense>
        </article>
    }
}
