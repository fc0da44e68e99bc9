//! The cookies of a reader's choices: the language, which the switch on the pages sets, and the
//! time zone, which the browser sets (`browser/time_zone.rs`).

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::Language;

/// The language that the reader chose; none if they chose none.
pub(super) fn language(headers: &HeaderMap) -> Option<Language> {
    Language::from_code(value(headers, "language")?)
}

/// The time zone of the reader's browser; none if it is unknown.
pub(super) fn time_zone(headers: &HeaderMap) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(value(headers, "time-zone")?).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// The `Set-Cookie` value that stores a chosen language for a year.
pub(crate) fn set_language(language: Language) -> HeaderValue {
    let code = language.code();
    let cookie = format!("language={code}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    HeaderValue::try_from(cookie).expect("language codes are ASCII letters")
}

/// The value of a cookie.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let cookie = HeaderValue::from_str(cookie).expect("a header value");
        HeaderMap::from_iter([(COOKIE, cookie)])
    }

    #[test]
    fn choices_are_read_from_cookies() {
        let chosen = headers("a=b; language=de; time-zone=Europe/Berlin");
        assert_eq!(language(&chosen), Some(Language::German));
        assert_eq!(time_zone(&chosen).as_deref(), Some("Europe/Berlin"));
    }

    #[test]
    fn invalid_choices_are_ignored() {
        for cookie in [
            "",
            "language",
            "languages=de",
            "language=xx; time-zone=Mars/Base",
        ] {
            assert_eq!(language(&headers(cookie)), None, "{cookie}");
            assert_eq!(time_zone(&headers(cookie)), None, "{cookie}");
        }
    }

    #[test]
    fn a_chosen_language_is_read_again() {
        let cookie = set_language(Language::German);
        let pair = cookie.to_str().expect("text").split(';').next();
        assert_eq!(
            language(&headers(pair.expect("a pair"))),
            Some(Language::German)
        );
    }
}
