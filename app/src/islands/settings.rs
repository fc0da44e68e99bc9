//! The part of the settings page that changes the page itself.

use leaderport::people::settings::Appearance;
use leptos::prelude::*;

use crate::components::settings::AppearanceFields;
use crate::features::appearance::AppearanceChoice;

/// The choices of the theme and the density. They are fields of the page's form, which stores them
/// without this island's code.
#[island(lazy)]
pub fn AppearanceIsland(
    /// The look that is stored.
    stored: Appearance,
) -> impl IntoView {
    let choice = AppearanceChoice::new(stored);
    view! { <AppearanceFields choice /> }
}
