//! The typefaces that each page needs at once. `style/fonts.css` declares them.

use leptos::{html, prelude::*};

/// The addresses of the files with the letters of western languages.
pub(super) const FIRST: [&str; 2] = [
    "/fonts/inter-4.001-latin.woff2",
    "/fonts/barlow-condensed-1.408-latin.woff2",
];

/// Requests the first files together with the style sheet, and not only after it.
#[component]
pub fn FontPreloads() -> impl IntoView {
    // Browsers request fonts without credentials, and reuse only preloads without them.
    FIRST.map(|file| {
        html::link()
            .rel("preload")
            .href(file)
            .attr("as", "font")
            .r#type("font/woff2")
            .crossorigin("anonymous")
    })
}
