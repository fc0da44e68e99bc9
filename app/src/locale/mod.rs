//! The reader's own way of writing numbers and dates: that of the language and the country that
//! their browser asks for first, whatever language the page is in. The server finds it out and
//! tells the document (`data-marks`, `data-locale`); the browser has it from there, so that both
//! write the same.

#[cfg(feature = "ssr")]
mod asked;
pub mod dates;
pub mod numbers;

use leaderport::Marks;

/// The language of the pages, as a BCP 47 tag.
pub const LANGUAGE: &str = "en";

/// How somebody writes numbers and dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// The marks of numbers.
    pub marks: Marks,
    /// The page's language as it is written in the reader's country, as BCP 47 has it: `en-DE`.
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

/// That of who reads; English as in most of the world where it is not known.
#[cfg(feature = "ssr")]
#[must_use]
pub fn locale() -> Locale {
    use leptos::prelude::*;

    use_context::<Locale>().unwrap_or_else(|| {
        let asked = with_context::<http::request::Parts, _>(|parts| {
            let languages = parts.headers.get(http::header::ACCEPT_LANGUAGE);
            asked::first(languages?.to_str().ok()?)
        });
        asked.flatten().unwrap_or_default()
    })
}

/// The marks of who reads.
#[cfg(feature = "ssr")]
#[must_use]
pub fn marks() -> Marks {
    use leptos::prelude::with_context;

    // Asked for each number on a page, so the locale's name is not copied.
    with_context::<Locale, _>(|known| known.marks).unwrap_or_else(|| locale().marks)
}

/// The marks of who reads: the document says them.
#[cfg(not(feature = "ssr"))]
#[must_use]
pub fn marks() -> Marks {
    use std::cell::OnceCell;

    thread_local! {
        static MARKS: OnceCell<Marks> = const { OnceCell::new() };
    }
    let marks = || document_attribute("data-marks")?.parse().ok();
    MARKS.with(|known| *known.get_or_init(|| marks().unwrap_or_default()))
}

/// What the document says of its reader.
#[cfg(not(feature = "ssr"))]
fn document_attribute(attribute: &str) -> Option<String> {
    let root = leptos::prelude::document().document_element()?;
    root.get_attribute(attribute)
}
