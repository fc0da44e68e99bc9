//! The header and footer of all pages.

use leptos::prelude::*;
use leptos_router::components::A;

use super::reader::ReaderLink;
use crate::words;

/// The header, with links to the boards and to the reader's account.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="top">
            <A href="/" attr:class="brand">
                <svg viewBox="0 0 24 24" aria-hidden="true" width="26" height="26">
                    <rect x="2" y="12" width="5.4" height="10" rx="1.6" class="bar-2" />
                    <rect x="9.3" y="3" width="5.4" height="19" rx="1.6" class="bar-1" />
                    <rect x="16.6" y="15" width="5.4" height="7" rx="1.6" class="bar-3" />
                </svg>
                "LeaderPort"
            </A>
            <nav aria-label=words::site()>
                <A href="/" exact=true>{words::boards()}</A>
                <ReaderLink />
            </nav>
        </header>
    }
}

/// The footer, with links to the documentation and the API.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer id="bottom" class="bottom">
            <span>{words::leaderport_live_leaderboards()}</span>
            <span class="links"><a href="/docs/realtime">{words::realtime()}</a> <a href="/api/v1/boards" rel="external">{words::json_api()}</a></span>
        </footer>
    }
}
