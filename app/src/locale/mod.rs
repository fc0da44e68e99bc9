//! The reader's format of numbers and dates.
//!
//! It is that of the language and country which the browser prefers, independent of the page's
//! language. The server writes it into the document (`data-marks`, `data-locale`) and the browser
//! reads it from there, so that both format alike.

#[cfg(feature = "ssr")]
mod accept_language;
pub mod dates;
pub mod numbers;

use leaderport::Marks;

/// The language of the pages, as a BCP 47 tag.
pub const LANGUAGE: &str = "en";

/// A reader's format of numbers and dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// The marks of numbers.
    pub marks: Marks,
    /// The page's language in the reader's country, as a BCP 47 tag: `en-DE`.
    pub tag: String,
}

impl Default for Locale {
    fn default() -> Self {
        Self {
            marks: Marks::ENGLISH,
            tag: "en-001".to_owned(),
        }
    }
}

/// The reader's locale; international English if it is unknown.
#[cfg(feature = "ssr")]
#[must_use]
pub fn locale() -> Locale {
    use leptos::prelude::*;

    use_context::<Locale>().unwrap_or_else(|| {
        let requested = with_context::<http::request::Parts, _>(|parts| {
            let languages = parts.headers.get(http::header::ACCEPT_LANGUAGE);
            accept_language::first(languages?.to_str().ok()?)
        });
        requested.flatten().unwrap_or_default()
    })
}

/// The number marks of the reader.
#[cfg(feature = "ssr")]
#[must_use]
pub fn marks() -> Marks {
    use leptos::prelude::with_context;

    // Called for each number on a page, so do not copy the locale's tag.
    with_context::<Locale, _>(|locale| locale.marks).unwrap_or_else(|| locale().marks)
}

/// The number marks of the reader, read from the document.
#[cfg(not(feature = "ssr"))]
#[must_use]
pub fn marks() -> Marks {
    use std::cell::OnceCell;

    thread_local! {
        static MARKS: OnceCell<Marks> = const { OnceCell::new() };
    }
    let marks = || document_attribute("data-marks")?.parse().ok();
    MARKS.with(|cell| *cell.get_or_init(|| marks().unwrap_or_default()))
}

/// The value of an attribute of the document's root element.
#[cfg(not(feature = "ssr"))]
fn document_attribute(attribute: &str) -> Option<String> {
    let root = leptos::prelude::document().document_element()?;
    root.get_attribute(attribute)
}
