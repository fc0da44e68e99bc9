//! `/docs/realtime`: the realtime protocol, for those who write clients.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::docs::load_realtime_docs;
use crate::components::page_title::PageTitle;
use crate::error::PageError;

/// The protocol's document: the same as that of the code.
pub struct RealtimeDocs {
    document: Resource<Result<String, PageError>>,
}

#[lazy_route]
impl LazyRoute for RealtimeDocs {
    fn data() -> Self {
        Self {
            document: Resource::new(|| (), |()| load_realtime_docs()),
        }
    }

    fn view(this: Self) -> AnyView {
        let RealtimeDocs { document } = this;
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
        .into_any()
    }
}
