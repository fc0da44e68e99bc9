//! The account page.

use leptos::prelude::*;

use crate::api::account::Reader;
use crate::components::account::{Own, Provider, SignedIn, Stranger};

/// The forms of the account page: to sign up and in for guests, and the account of a reader.
#[island(lazy)]
pub fn AccountIsland(
    /// The reader; none for a stranger.
    reader: Option<Reader>,
    /// Signing in by an OpenID Connect provider.
    provider: Provider,
) -> impl IntoView {
    let own = reader.clone().map(|reader| view! { <Own reader /> });
    let account = match reader {
        Some(reader) if reader.handle.is_some() => view! { <SignedIn reader /> }.into_any(),
        reader => view! { <Stranger guest=reader provider /> }.into_any(),
    };
    view! { {account} {own} }
}
