//! The way to the reader's account, in every page's frame.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::account::load_reader;

/// Names the reader, or asks to sign in.
#[component]
pub fn ReaderLink() -> impl IntoView {
    let reader = Resource::new(|| (), |()| load_reader());
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let handle = reader.await.ok().flatten().and_then(|reader| reader.handle);
                let words = handle.map_or_else(|| "Sign in".to_owned(), |handle| handle.to_string());
                view! { <A href="/account">{words}</A> }
            })}
        </Suspense>
    }
}
