//! A player's avatar.

use leptos::prelude::*;

use crate::core::avatar::{hue, initial};

/// The avatar of a player.
#[component]
pub fn Avatar(
    /// The player's id, which decides the colour.
    player: String,
    /// The player's name.
    name: String,
) -> impl IntoView {
    let style = format!("--hue:{}", hue(&player));
    view! { <span class="avatar" aria-hidden="true" style=style>{initial(&name)}</span> }
}
