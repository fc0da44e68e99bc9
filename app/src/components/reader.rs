//! Who reads: asked once a page, for the frame and for whoever else wants to know.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::account::{Reader, load_reader};
use crate::error::PageError;

type Found = Resource<Result<Option<Reader>, PageError>>;

/// Asks who reads.
pub fn provide_reader() {
    provide_context(Resource::new(|| (), |()| load_reader()));
}

/// Who reads.
///
/// # Panics
/// Outside the application.
#[must_use]
pub fn use_reader() -> Found {
    expect_context()
}

/// The way to the reader's account.
#[component]
pub fn ReaderLink() -> impl IntoView {
    let reader = use_reader();
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
