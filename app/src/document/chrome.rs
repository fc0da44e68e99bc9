//! The header and footer of all pages.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;

use super::has_islands_here;
use super::reader::ReaderLink;
use crate::api::reader::settings::ChangeSettings;
use crate::browser::palette::BUTTON;
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
            {has_islands_here().then(|| view! { <PaletteButton /> })}
            <nav aria-label=words::site()>
                <A href="/" exact=true>{words::boards()}</A>
                <ReaderLink />
            </nav>
        </header>
    }
}

/// The button that opens the command palette, on pages that load code. Style sheets hide it without
/// JavaScript.
#[component]
fn PaletteButton() -> impl IntoView {
    view! {
        <button type="button" id=BUTTON class="palette-button" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K">
            <svg viewBox="0 0 16 16" aria-hidden="true" width="16" height="16">
                <circle cx="7" cy="7" r="4.5" />
                <path d="m10.5 10.5 4 4" />
            </svg>
            <span>{words::open_palette()}</span>
            <kbd aria-hidden="true">{words::palette_keys()}</kbd>
        </button>
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
