//! The theme and the density of a document. The server writes them into its first bytes, so that no page
//! is painted in another theme first. Styles read the attributes (`style/settings.css`), and the page's
//! code changes them when the reader does (`browser/appearance.rs`).

use leaderport::settings::{Appearance, Density, Theme};
use leptos::prelude::*;

/// The colours of the browser's own bar, in each theme: those of `--ground` in `style/main.css`.
const GROUNDS: [(Theme, &str); 2] = [(Theme::Light, "#f6f7fb"), (Theme::Dark, "#0b0f1a")];

/// The values of `data-theme` and `data-density` on the root element; none for the defaults.
#[must_use]
pub fn attributes(appearance: Appearance) -> (Option<&'static str>, Option<&'static str>) {
    let Appearance { theme, density } = appearance;
    let theme_name = (theme != Theme::default()).then_some(theme.as_str());
    let density_name = (density != Density::default()).then_some(density.as_str());
    (theme_name, density_name)
}

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
        view! { <meta name="theme-color" content=content media=media data-scheme=scheme.as_str() data-own=own /> }
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

    #[test]
    fn the_root_element_names_what_differs_from_the_default() {
        assert_eq!(attributes(Appearance::default()), (None, None));
        let chosen = Appearance {
            theme: Theme::Dark,
            density: Density::Compact,
        };
        assert_eq!(attributes(chosen), (Some("dark"), Some("compact")));
    }
}
