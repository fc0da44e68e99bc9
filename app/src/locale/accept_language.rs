//! Chooses the page's language by the header `Accept-Language`, and finds the number marks of its
//! languages in Unicode's CLDR.

use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_decimal::preferences::NumberingSystem;
use icu_decimal::{DecimalFormatter, DecimalFormatterPreferences};
use icu_locale_core::Locale as Tag;
use icu_locale_core::extensions::unicode::value;
use leaderport::Marks;

use super::{Language, Locale};

/// The maximum number of languages that are read from a header. Browsers send a few.
const MAX_LANGUAGES: usize = 10;

/// The locale for a header `Accept-Language` and for the language that the reader chose on a page,
/// if any.
///
/// The page has the chosen language, or else the first language of the header in which the pages
/// are written. Numbers and dates have the format of the chosen language, or else of the header's
/// first language in CLDR.
pub(super) fn negotiate(languages: &str, chosen: Option<Language>) -> Locale {
    let requested = parse(languages);
    let written = requested
        .iter()
        .find_map(|tag| Language::from_code(tag.id.language.as_str()));
    let language = chosen.or(written).unwrap_or_default();
    let with_format = requested.iter().find_map(|requested| {
        let tag = page_tag(requested, language);
        let of = match chosen {
            Some(_) => marks(&Tag::try_from_str(&tag).ok()?)?,
            None => marks(requested)?,
        };
        Some((of, tag))
    });
    let (marks, tag) = with_format.unwrap_or_else(|| match chosen {
        Some(language) => {
            let tag = Tag::try_from_str(language.code());
            let marks = tag.ok().and_then(|tag| marks(&tag));
            (marks.unwrap_or_default(), language.code().to_owned())
        }
        None => (Marks::ENGLISH, Locale::default().tag),
    });
    Locale {
        language,
        marks,
        tag,
        ..Locale::default()
    }
}

/// The languages of a header, the preferred one first.
fn parse(languages: &str) -> Vec<Tag> {
    let parse_range = |range: &str| {
        let (tag, quality) = range.split_once(';').unwrap_or((range, ""));
        let quality = quality.trim().strip_prefix("q=").unwrap_or("1");
        let quality: f32 = quality.parse().ok()?;
        Some((quality, Tag::try_from_str(tag.trim()).ok()?))
    };
    let mut requested: Vec<_> = languages
        .split(',')
        .take(MAX_LANGUAGES)
        .filter_map(parse_range)
        .collect();
    // The sort is stable: languages of the same quality keep their order.
    requested.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    requested.into_iter().map(|(_, tag)| tag).collect()
}

/// The tag of the page's language in the reader's country; without a country, in the whole world
/// (`001`).
fn page_tag(requested: &Tag, language: Language) -> String {
    let language = language.code();
    match requested.id.region {
        Some(region) => format!("{language}-{region}"),
        None if requested.id.language.as_str() == language => language.to_owned(),
        None => format!("{language}-001"),
    }
}

/// The marks of a language, found by formatting two numbers.
fn marks(requested: &Tag) -> Option<Marks> {
    let mut preferences = DecimalFormatterPreferences::from(requested);
    // Pages use the digits 0 to 9 in all languages.
    preferences.numbering_system = NumberingSystem::try_from(value!("latn")).ok();
    let writer = DecimalFormatter::try_new(preferences, DecimalFormatterOptions::default()).ok()?;
    let mut part = Decimal::from(12_345);
    part.multiply_pow10(-1);
    let part = writer.format(&part).to_string();
    let whole = writer.format(&Decimal::from(12_345_678)).to_string();
    let is_mark = |c: &char| !c.is_ascii_digit();
    let (decimal, group) = (part.chars().rfind(is_mark)?, whole.chars().find(is_mark)?);
    let groups: Vec<&str> = whole.split(group).collect();
    let marks = Marks {
        decimal,
        group,
        digits: u8::try_from(groups.get(1)?.len()).ok()?,
        least: if part.contains(group) { 1 } else { 2 },
    };
    // Refuse marks that the document's text form of marks cannot represent.
    marks.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(languages: &str, chosen: Option<Language>) -> [String; 2] {
        let marks = negotiate(languages, chosen).marks;
        let small = format!("{}{}5", marks.grouped(1_234), marks.decimal);
        [small, marks.grouped(12_345_678)]
    }

    #[test]
    fn numbers_have_the_marks_of_the_preferred_language() {
        for (languages, small, large) in [
            ("en-US,en;q=0.9", "1,234.5", "12,345,678"),
            ("de-DE,de;q=0.9,en;q=0.8", "1.234,5", "12.345.678"),
            ("de-CH", "1'234.5", "12'345'678"),
            ("fr", "1\u{202f}234,5", "12\u{202f}345\u{202f}678"),
            ("es-ES", "1234,5", "12.345.678"),
            ("hi", "1,234.5", "1,23,45,678"),
            ("ar-EG", "1,234.5", "12,345,678"),
            ("en;q=0.2, pl;q=0.7", "1234,5", "12\u{a0}345\u{a0}678"),
        ] {
            let expected = [small.to_owned(), large.to_owned()];
            assert_eq!(formatted(languages, None), expected, "{languages}");
        }
    }

    #[test]
    fn numbers_have_the_marks_of_a_chosen_language() {
        let german = ["1.234,5".to_owned(), "12.345.678".to_owned()];
        assert_eq!(formatted("en-US", Some(Language::German)), german);
        assert_eq!(formatted("", Some(Language::German)), german);
        assert_eq!(formatted("de-DE", Some(Language::English)), german);
    }

    #[test]
    fn the_page_has_a_language_of_the_reader_and_their_country() {
        use Language::{English, German};

        for (languages, chosen, language, tag) in [
            ("", None, English, "en-001"),
            ("en", None, English, "en"),
            ("en-US,en;q=0.9", None, English, "en-US"),
            ("de-AT,de;q=0.9,en-US;q=0.8", None, German, "de-AT"),
            ("fr, en-GB;q=0.5", None, English, "en-001"),
            ("fr-CH, de;q=0.5", None, German, "de-CH"),
            ("zh-Hant-TW", None, English, "en-TW"),
            ("de-AT", Some(English), English, "en-AT"),
            ("en-US", Some(German), German, "de-US"),
            ("", Some(German), German, "de"),
        ] {
            let locale = negotiate(languages, chosen);
            let read = (locale.language, locale.tag.as_str());
            assert_eq!(read, (language, tag), "{languages}");
        }
    }

    #[test]
    fn invalid_languages_are_skipped() {
        assert_eq!(negotiate("*, ;q=1, de;q=0.1", None), negotiate("de", None));
        for none in ["", "*", ",,,", "no language at all", "de;q=x", "\u{1f600}"] {
            assert_eq!(negotiate(none, None), Locale::default(), "{none}");
        }
    }
}
