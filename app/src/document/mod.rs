//! The HTML document of all pages, and the routes. Only the server renders them; the parts that
//! hydrate are in [`crate::islands`].

pub mod chrome;
pub mod fonts;
pub mod look;
pub mod reader;
pub mod tokens;

use http::HeaderValue;
use http::header::VARY;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use self::chrome::{Footer, Header};
use self::fonts::FontPreloads;
use self::look::Colours;
use crate::api::reader::settings::settings;
use crate::pages::account::AccountPage;
use crate::pages::admin::AdminPage;
use crate::pages::board::BoardPage;
use crate::pages::docs::DocsPage;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;
use crate::pages::player::PlayerPage;
use crate::pages::settings::SettingsPage;
use crate::{locale, words};

/// Reloads a page that the browser restores from memory with its state.
const RELOAD_RESTORED: &str = "addEventListener('pageshow',e=>{if(e.persisted)location.reload()})";

/// The HTML document around the application.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let has_islands = has_islands_here();
    let locale = locale::locale();
    provide_context(locale.clone());
    let settings = settings();
    let (theme, density) = settings.appearance.names();
    let visible_as = settings.visible_as.map(|player| player.to_string());
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.append_header(VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    view! {
        <!DOCTYPE html>
        <html lang=locale.language.code() data-marks=locale.marks.to_string() data-locale=locale.tag data-time-zone=locale.time_zone data-theme=theme data-density=density data-visible-as=visible_as>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <Colours theme=settings.appearance.theme />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icon-192.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                // Paint the whole page at once: it has only a few kilobytes.
                <link rel="expect" href="#bottom" blocking="render" />
                <FontPreloads />
                <HashedStylesheet options=options.clone() id="style" />
                <AutoReload options=options.clone() />
                // A page restored from the back/forward cache may show a reader who has signed out since.
                <script nonce=use_nonce()>{RELOAD_RESTORED}</script>
                {has_islands.then(|| view! { <HydrationScripts options islands=true /> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    // So that this crate compiles the rendering of the document, and not each of its two callers.
    .into_any()
}

/// Whether the requested page has an island.
fn has_islands_here() -> bool {
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned());
    has_islands(&path.unwrap_or_default())
}

/// Whether the page at a path has an island and therefore loads code.
fn has_islands(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    matches!(
        first,
        Some("" | "boards" | "account" | "admin" | "settings")
    )
}

/// The header, the routes and the footer. Pages wait for their data, so that they are complete
/// without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "LeaderPort".to_owned() } else { words::title_of_page(title) } />
        <Router>
            <a class="skip" href="#main">{words::skip_to_the_page()}</a>
            <Header />
            <main id="main" tabindex="-1">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/:section?") view=AdminPage ssr=SsrMode::Async />
                    <Route path=path!("/docs") view=DocsPage ssr=SsrMode::Async />
                    <Route path=path!("/docs/*page") view=DocsPage ssr=SsrMode::Async />
                    <Route path=path!("/players/:id") view=PlayerPage ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async />
                    <Route path=path!("/boards/:slug") view=BoardPage ssr=SsrMode::Async />
                </Routes>
            </main>
            <Footer />
        </Router>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::has_islands;

    #[test]
    fn only_pages_with_islands_load_code() {
        for path in [
            "/",
            "/boards/reflex",
            "/account",
            "/admin",
            "/admin/keys",
            "/settings",
        ] {
            assert!(has_islands(path), "{path}");
        }
        for path in ["/players/ann", "/docs", "/docs/realtime", "/administration"] {
            assert!(!has_islands(path), "{path}");
        }
    }
}
