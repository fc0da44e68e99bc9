//! The links in the header to the reader's account and, for moderators and admins, to the admin
//! page. The header also names the reader's player for the page's code (`browser/dom/reader.rs`).

use leaderport::Role;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::reader::account::{has_admin_page, load_reader};
use crate::browser::dom::reader::ELEMENT;
use crate::words;

/// The link to the account: the reader's handle, or "sign in".
#[component]
pub fn ReaderLink() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let has_page = has_admin_page();
                let reader = load_reader().await;
                let is_admin = has_page && reader.as_ref().is_some_and(|reader| reader.role >= Role::Moderator);
                let player = reader.as_ref().map(|reader| {
                    let account = reader.handle.is_some().then_some("true");
                    view! { <data id=ELEMENT value=reader.player.to_string() data-account=account hidden /> }
                });
                let handle = reader.and_then(|reader| reader.handle);
                let label = handle.map_or_else(|| words::sign_in().to_owned(), |handle| handle.to_string());
                view! {
                    {player}
                    {is_admin.then(|| view! { <A href="/admin">{words::admin()}</A> })}
                    <A href="/account">{label}</A>
                }
            })}
        </Suspense>
    }
}
