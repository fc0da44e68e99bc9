//! A player's avatar: a letter on a colour.

use leptos::prelude::*;

/// The avatar of a player.
#[component]
pub fn Avatar(
    /// The colour, as a hue in degrees.
    hue: u32,
    /// The letter.
    initial: String,
) -> impl IntoView {
    view! { <span class="avatar" aria-hidden="true" style=format!("--hue:{hue}")>{initial}</span> }
}
