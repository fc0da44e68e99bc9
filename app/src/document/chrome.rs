//! The header and footer of all pages.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;

use super::reader::ReaderLink;
use crate::api::settings::ChangeSettings;
use crate::locale::{Language, language};
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

/// The footer, with links to the settings, the documentation and the API.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer id="bottom" class="bottom">
            <span>{words::leaderport_live_leaderboards()}</span>
            <LanguageSwitch />
            <span class="links"><a href="/settings">{words::settings()}</a> <a href="/docs">{words::docs()}</a> <a href="/api/v1/boards" rel="external">{words::json_api()}</a></span>
        </footer>
    }
}

/// The switch of the page's language. It works without JavaScript.
#[component]
fn LanguageSwitch() -> impl IntoView {
    let button = |choice: Language| {
        let code = choice.code();
        let current = (choice == language()).then_some("true");
        view! { <button name="language" value=code lang=code aria-current=current>{choice.name()}</button> }
    };
    view! {
        <form method="post" action=ChangeSettings::url() class="languages" aria-label=words::language()>
            {Language::ALL.map(button)}
        </form>
    }
}
