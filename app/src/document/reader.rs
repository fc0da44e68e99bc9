//! The way to the reader's account, and for moderators and admins to the admin page, in every page's frame.

use leaderport::Role;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::account::load_reader;
use crate::words;

/// Names the reader, or asks to sign in.
#[component]
pub fn ReaderLink() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let reader = load_reader().await;
                let is_admin = reader.as_ref().is_some_and(|reader| reader.role >= Role::Moderator);
                let handle = reader.and_then(|reader| reader.handle);
                let words = handle.map_or_else(|| words::sign_in().to_owned(), |handle| handle.to_string());
                view! {
                    {is_admin.then(|| view! { <A href="/admin">{words::admin()}</A> })}
                    <A href="/account">{words}</A>
                }
            })}
        </Suspense>
    }
}
