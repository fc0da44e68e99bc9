//! The account page.

use leptos::prelude::*;

use super::given;
use crate::api::account::Reader;
use crate::components::account::{Own, Provider, SignedIn, Stranger};

/// The forms for strangers, guests, and who signed in. Begins with who reads, and whether they
/// may sign in by another's word.
///
/// In the module itself, since all who manage anything have an account, and players have nothing
/// else of it: one file weighs less than its parts.
#[island]
pub fn AccountIsland() -> impl IntoView {
    let (reader, provider) = given::<(Option<Reader>, Provider)>();
    let own = reader.clone().map(|reader| view! { <Own reader /> });
    let who = match reader {
        Some(reader) if reader.handle.is_some() => view! { <SignedIn reader /> }.into_any(),
        reader => view! { <Stranger guest=reader provider /> }.into_any(),
    };
    view! { {who} {own} }
}
