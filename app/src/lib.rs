//! LeaderPort's pages: server-rendered, hydrated, live.
//!
//! [`pages`] are the routes, [`components`] what they are made of, [`api`] the
//! server functions they call, [`client`] the browser's data layer. Whatever is
//! not about the DOM or a socket is pure and tested natively.

// A page's view is one type, as deep as its markup.
#![recursion_limit = "512"]
#![expect(
    missing_docs,
    reason = "components and server functions become public structs by macros that write no docs"
)]

pub mod api;
pub mod client;
pub mod components;
pub mod error;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod visitor;

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};

use crate::client::outbox::KeptScores;
use crate::components::chrome::{Footer, Header};
use crate::components::toasts::{ToastArea, Toasts};
use crate::pages::account::AccountPage;
use crate::pages::admin::AdminPage;
use crate::pages::board::BoardPage;
use crate::pages::docs::RealtimeDocs;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;
use crate::pages::player::PlayerPage;

/// The document around the application.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
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
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The application: chrome and routes. Pages wait for their data on the server,
/// so that they read whole without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let kept = KeptScores::default();
    let toasts = Toasts::new();
    provide_context(kept);
    provide_context(toasts);
    #[cfg(feature = "hydrate")]
    {
        provide_context(client::connection::Connection::default());
        let sender = client::sender::Sender::start(kept.0);
        provide_context(sender);
        client::submit::tell(sender, toasts);
    }
    view! {
        <Title formatter=|title: String| if title.is_empty() { "LeaderPort".to_owned() } else { format!("{title} · LeaderPort") } />
        <Router>
            <a class="skip" href="#main">"Skip to the page"</a>
            <Header />
            <main id="main">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view={Lazy::<HomePage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/account") view={Lazy::<AccountPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/admin/:section?") view={Lazy::<AdminPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/docs/realtime") view={Lazy::<RealtimeDocs>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/players/:id") view={Lazy::<PlayerPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/boards/:slug") view={Lazy::<BoardPage>::new()} ssr=SsrMode::Async />
                </Routes>
            </main>
            <Footer />
            <ToastArea />
        </Router>
    }
}
