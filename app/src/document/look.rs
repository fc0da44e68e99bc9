//! The colours of a document's theme. The server writes them and the attributes of the root element into
//! its first bytes, so that no page is painted in another theme first. Styles read the attributes
//! (`style/settings.css`), and the page's code changes them when the reader does
//! (`browser/appearance.rs`).

use leaderport::settings::Theme;
use leptos::prelude::*;

/// The colours of the browser's own bar, in each theme: those of `--ground` in `style/main.css`.
const GROUNDS: [(Theme, &str); 2] = [(Theme::Light, "#f6f7fb"), (Theme::Dark, "#0b0f1a")];

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
    let chosen = GROUNDS.into_iter().find(|(of, _)| *of == theme);
    // With a chosen theme, both elements have its colour.
    let bar = |(scheme, own): (Theme, &'static str)| {
        let content = chosen.map_or(own, |(_, colour)| colour);
        let media = format!("(prefers-color-scheme: {})", scheme.as_str());
        view! { <meta name="theme-color" content=content attr:media=media data-scheme=scheme.as_str() data-own=own /> }
    };
    view! {
        <meta name="color-scheme" content=schemes />
        {GROUNDS.map(bar)}
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
            (Theme::System, "light dark", "#f6f7fb", "#0b0f1a"),
            (Theme::Light, "light", "#f6f7fb", "#f6f7fb"),
            (Theme::Dark, "dark", "#0b0f1a", "#0b0f1a"),
        ] {
            let html = html(theme);
            let scheme = format!("name=\"color-scheme\" content=\"{schemes}\"");
            assert!(html.contains(&scheme), "{html}");
            for (media, colour) in [("light", light), ("dark", dark)] {
                let bar = format!("content=\"{colour}\" media=\"(prefers-color-scheme: {media})\"");
                assert!(html.contains(&bar), "{html}");
            }
        }
    }
}
