//! Shows a theme and a density in the current document, as the server does in the next ones
//! (`document/look.rs`).

use leaderport::people::settings::{Appearance, Theme};
use leptos::prelude::document;
use web_sys::Element;

/// Shows the look in the document.
pub fn show_appearance(appearance: Appearance) {
    let (theme, density) = appearance.names();
    if let Some(root) = document().document_element() {
        set_attribute(&root, "data-theme", theme);
        set_attribute(&root, "data-density", density);
    }
    colour_bar(appearance.theme);
}

/// Gives the browser's own bar the colour of the theme. Each element has the colour of its scheme in
/// `data-own`.
fn colour_bar(theme: Theme) {
    let bar = |scheme: Theme| {
        let selector = format!("meta[name=theme-color][data-scheme={}]", scheme.as_str());
        document().query_selector(&selector).ok().flatten()
    };
    let (Some(light), Some(dark)) = (bar(Theme::Light), bar(Theme::Dark)) else {
        return;
    };
    let own = |bar: &Element| bar.get_attribute("data-own");
    let (light_colour, dark_colour) = match theme {
        Theme::System => (own(&light), own(&dark)),
        Theme::Light => (own(&light), own(&light)),
        Theme::Dark => (own(&dark), own(&dark)),
    };
    set_attribute(&light, "content", light_colour.as_deref());
    set_attribute(&dark, "content", dark_colour.as_deref());
}

/// Sets an attribute, or removes it.
fn set_attribute(element: &Element, name: &str, value: Option<&str>) {
    // Fails only for a malformed name.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}
