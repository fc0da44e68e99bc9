//! The header and footer of all pages.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;

use super::reader::ReaderLink;
use crate::api::settings::ChangeSettings;
use crate::components::mark::Mark;
use crate::locale::{Language, language};
use crate::words;

/// The header, with links to the boards and to the reader's account.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="top">
            <A href="/" attr:class="brand">
                <Mark size=26 />
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
