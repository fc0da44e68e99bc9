//! The reader's language, format of numbers and dates, and time zone.
//!
//! The language is the reader's choice on a page. Without a choice, it is the first of the
//! browser's languages in which the pages are written. Numbers and dates have the format of the
//! reader's country. The time zone is the reader's choice, or else the browser's. The first page
//! stores the browser's in a cookie, for later pages.
//!
//! The server writes the locale into the document (`lang`, `data-marks`, `data-locale`,
//! `data-time-zone`). The browser reads it from the document, so that both format in the same way.

#[cfg(feature = "ssr")]
mod accept_language;
#[cfg(feature = "ssr")]
mod cookies;
pub mod dates;
pub mod direction;
pub mod initial;
mod language;
pub mod numbers;
pub(crate) mod plurals;

use leaderport::Marks;
#[cfg(feature = "ssr")]
use leaderport::people::settings::Settings;

pub use self::language::{Language, language};

/// A reader's language, format and time zone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale {
    /// The language of the page.
    pub language: Language,
    /// The marks of numbers.
    pub marks: Marks,
    /// The page's language in the reader's country, as a BCP 47 tag: `en-DE`.
    pub tag: String,
    /// The IANA name of the time zone: `Europe/Berlin`.
    pub time_zone: String,
}

/// International English, in UTC.
impl Default for Locale {
    fn default() -> Self {
        Self {
            language: Language::English,
            marks: Marks::ENGLISH,
            tag: "en-001".to_owned(),
            time_zone: "UTC".to_owned(),
        }
    }
}

/// The reader's locale.
#[cfg(feature = "ssr")]
#[must_use]
pub fn locale() -> Locale {
    use leptos::prelude::*;

    use_context::<Locale>().unwrap_or_else(|| {
        let requested = with_context::<http::request::Parts, _>(of_request);
        requested.unwrap_or_default()
    })
}

/// Runs a function that renders texts outside of a request, in the language of a BCP 47 tag.
#[cfg(feature = "ssr")]
pub(crate) fn in_language<T>(tag: &str, render: impl FnOnce() -> T) -> T {
    use leptos::prelude::*;

    let owner = Owner::new();
    owner.with(|| {
        provide_context(accept_language::negotiate(tag, None));
        render()
    })
}

/// The locale that a request asks for: by the reader's settings, or else by its headers.
#[cfg(feature = "ssr")]
#[must_use]
pub fn of_request(request: &http::request::Parts) -> Locale {
    let settings = request
        .extensions
        .get::<Settings>()
        .cloned()
        .unwrap_or_default();
    let headers = &request.headers;
    let languages = headers.get(http::header::ACCEPT_LANGUAGE);
    let languages = languages.and_then(|languages| languages.to_str().ok());
    let locale = accept_language::negotiate(languages.unwrap_or(""), settings.language);
    let chosen = settings.time_zone.map(|zone| zone.to_string());
    let time_zone = chosen.or_else(|| cookies::time_zone(headers));
    Locale {
        time_zone: time_zone.unwrap_or(locale.time_zone),
        ..locale
    }
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

/// The IANA name of the reader's time zone.
#[cfg(feature = "ssr")]
pub(crate) fn time_zone() -> String {
    locale().time_zone
}

/// The IANA name of the reader's time zone, read from the document.
#[cfg(not(feature = "ssr"))]
pub(crate) fn time_zone() -> String {
    document_attribute("data-time-zone").unwrap_or_else(|| "UTC".to_owned())
}

/// The value of an attribute of the document's root element.
#[cfg(not(feature = "ssr"))]
fn document_attribute(attribute: &str) -> Option<String> {
    let root = leptos::prelude::document().document_element()?;
    root.get_attribute(attribute)
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use leaderport::people::settings::TimeZoneName;

    use super::*;

    fn read_with(settings: Settings) -> (Language, String) {
        let request = http::Request::builder()
            .header("accept-language", "en-GB")
            .header("cookie", "time-zone=Europe/London")
            .extension(settings);
        let request = request.body(()).expect("a request");
        let locale = of_request(&request.into_parts().0);
        (locale.language, locale.time_zone)
    }

    #[test]
    fn settings_take_precedence_over_the_browser() {
        let browser = (Language::English, "Europe/London".to_owned());
        assert_eq!(read_with(Settings::default()), browser);
        let chosen = Settings {
            language: Some(Language::German),
            time_zone: TimeZoneName::new("Asia/Tokyo").ok(),
            ..Settings::default()
        };
        let expected = (Language::German, "Asia/Tokyo".to_owned());
        assert_eq!(read_with(chosen), expected);
    }
}
