//! The document around every page, and which page an address is of. Written by the server
//! alone: what comes alive of it in the browser is in [`crate::islands`].

pub mod chrome;
pub mod page_title;
pub mod reader;

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use self::chrome::{Footer, Header};
use crate::pages::account::AccountPage;
use crate::pages::admin::AdminPage;
use crate::pages::board::BoardPage;
use crate::pages::docs::RealtimeDocs;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;
use crate::pages::player::PlayerPage;

/// The module of code that a page with islands has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    /// Boards.
    Play,
    /// The account and admin pages.
    Manage,
}

impl Module {
    /// The one of a page; none of pages without islands.
    fn of(path: &str) -> Option<Self> {
        match path.trim_start_matches('/').split('/').next() {
            Some("" | "boards") => Some(Self::Play),
            Some("account" | "admin") => Some(Self::Manage),
            _ => None,
        }
    }

    fn options(self, options: &LeptosOptions) -> LeptosOptions {
        // What rebuilds at every change builds one module, of everything.
        if self == Self::Play || std::env::var_os("LEPTOS_WATCH").is_some() {
            return options.clone();
        }
        let hash_file = options.hash_file.replace("hash.txt", "hash-manage.txt");
        LeptosOptions::builder()
            .output_name("manage")
            .site_root(options.site_root.clone())
            .site_pkg_dir(format!("{}/manage", options.site_pkg_dir))
            .hash_files(options.hash_files)
            .hash_file(hash_file.into())
            .build()
    }
}

/// The document around the application.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned());
    let module = Module::of(path.as_deref().unwrap_or_default());
    let scripts = module.map(|module| {
        let options = module.options(&options);
        view! { <HydrationScripts options islands=true /> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f6f7fb" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#0b0f1a" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icon-192.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() id="style" />
                <AutoReload options />
                {scripts}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The frame and the routes. Pages wait for their data, so that they read whole without
/// JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "LeaderPort".to_owned() } else { format!("{title} · LeaderPort") } />
        <Router>
            <a class="skip" href="#main">"Skip to the page"</a>
            <Header />
            <main id="main">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/:section?") view=AdminPage ssr=SsrMode::Async />
                    <Route path=path!("/docs/realtime") view=RealtimeDocs ssr=SsrMode::Async />
                    <Route path=path!("/players/:id") view=PlayerPage ssr=SsrMode::Async />
                    <Route path=path!("/boards/:slug") view=BoardPage ssr=SsrMode::Async />
                </Routes>
            </main>
            <Footer />
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use super::Module;

    #[test]
    fn pages_with_islands_have_the_code_of_their_module() {
        for (path, module) in [
            ("/", Some(Module::Play)),
            ("/boards/reflex", Some(Module::Play)),
            ("/account", Some(Module::Manage)),
            ("/admin", Some(Module::Manage)),
            ("/admin/keys", Some(Module::Manage)),
            ("/players/ann", None),
            ("/docs/realtime", None),
            ("/administration", None),
        ] {
            assert_eq!(Module::of(path), module, "{path}");
        }
    }
}
