//! The languages of the pages, and the reader's.

/// A language that all texts of the catalogue are written in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// All languages, in the order of the switch on the pages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The BCP 47 tag: `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The name in the language itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a BCP 47 tag's language part; none if the pages are not written in it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }
}

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
