//! The account page.

use leptos::prelude::*;

use crate::api::reader::account::Reader;
use crate::components::account::{Own, Provider, SignedIn, Stranger};

/// The forms of the account page: sign-up and sign-in for guests, and the settings of an account.
#[island(lazy)]
pub fn AccountIsland(
    /// The reader, if known.
    reader: Option<Reader>,
    /// The OpenID Connect provider for sign-in.
    provider: Provider,
    /// Whether a form of the page has just succeeded.
    is_changed: bool,
) -> impl IntoView {
    let own = reader.clone().map(|reader| view! { <Own reader /> });
    let account = match reader {
        Some(reader) if reader.handle.is_some() => {
            view! { <SignedIn reader is_changed /> }.into_any()
        }
        reader => view! { <Stranger guest=reader provider is_changed /> }.into_any(),
    };
    view! { {account} {own} }
}
