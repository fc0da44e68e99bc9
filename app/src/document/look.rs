//! The colours of a document's theme. The server writes them and the attributes of the root element into
//! its first bytes, so that no page is painted in another theme first. Styles read the attributes
//! (`style/settings.css`), and the page's code changes them when the reader does
//! (`browser/dom/appearance.rs`).

use leaderport::people::settings::Theme;
use leptos::{html, prelude::*};

use super::tokens::{Design, colour};

/// The token with the colour of the browser's own bar.
const BAR: &str = "ground";

/// The colours that a browser uses before the styles arrive, and around the page.
#[component]
pub fn Colours(
    /// The reader's theme.
    theme: Theme,
) -> impl IntoView {
    let schemes = match theme {
        Theme::System => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let chosen = match theme {
        Theme::System => None,
        Theme::Light => Some(Design::Light),
        Theme::Dark => Some(Design::Dark),
    };
    // With a chosen theme, both elements have its colour.
    let bar = |(scheme, design): (&'static str, Design)| {
        let content = colour(BAR, chosen.unwrap_or(design));
        let own = colour(BAR, design);
        let media = format!("(prefers-color-scheme: {scheme})");
        html::meta()
            .name("theme-color")
            .content(content)
            .attr("media", media)
            .attr("data-scheme", scheme)
            .attr("data-own", own)
    };
    view! {
        <meta name="color-scheme" content=schemes />
        {[("light", Design::Light), ("dark", Design::Dark)].map(bar)}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(theme: Theme) -> String {
        Owner::new().with(|| view! { <Colours theme /> }.to_html())
    }

    #[test]
    fn the_colours_around_the_page_are_those_of_the_theme() {
        for (theme, schemes, light, dark) in [
            (Theme::System, "light dark", Design::Light, Design::Dark),
            (Theme::Light, "light", Design::Light, Design::Light),
            (Theme::Dark, "dark", Design::Dark, Design::Dark),
        ] {
            let html = html(theme);
            let scheme = format!("name=\"color-scheme\" content=\"{schemes}\"");
            assert!(html.contains(&scheme), "{html}");
            for (media, design) in [("light", light), ("dark", dark)] {
                let ground = colour(BAR, design).unwrap();
                let bar = format!("content=\"{ground}\" media=\"(prefers-color-scheme: {media})\"");
                assert!(html.contains(&bar), "{html}");
            }
        }
    }
}
