//! The languages of the pages, and the reader's.

pub use leaderport::people::settings::Language;

/// The language of the page.
#[cfg(feature = "ssr")]
#[must_use]
pub fn language() -> Language {
    use leptos::prelude::with_context;

    // Called for each text on a page, so avoid a copy of the locale.
    with_context::<super::Locale, _>(|locale| locale.language)
        .unwrap_or_else(|| super::locale().language)
}

/// The language of the page, read from the document.
#[cfg(not(feature = "ssr"))]
#[must_use]
pub fn language() -> Language {
    use std::cell::OnceCell;

    thread_local! {
        static LANGUAGE: OnceCell<Language> = const { OnceCell::new() };
    }
    let language = || Language::from_code(&super::document_attribute("lang")?);
    LANGUAGE.with(|cell| *cell.get_or_init(|| language().unwrap_or_default()))
}
