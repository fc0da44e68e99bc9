//! Reads the header `Accept-Language` and finds the number marks of its languages in Unicode's
//! CLDR.

use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_decimal::preferences::NumberingSystem;
use icu_decimal::{DecimalFormatter, DecimalFormatterPreferences};
use icu_locale_core::Locale as Tag;
use icu_locale_core::extensions::unicode::value;
use leaderport::Marks;

use super::Locale;

/// The most languages that are read from a header. Browsers send a few.
const MAX_LANGUAGES: usize = 10;

/// The locale of the preferred language that CLDR knows. `languages` is the value of a header
/// `Accept-Language`.
pub(super) fn first(languages: &str) -> Option<Locale> {
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
    requested.iter().find_map(|(_, requested)| {
        let (marks, tag) = (marks(requested)?, page_tag(requested));
        Some(Locale { marks, tag })
    })
}

/// The tag of the page's language in the reader's country; without a country, in the whole world
/// (`001`).
fn page_tag(requested: &Tag) -> String {
    let is_page_language = requested.id.language.as_str() == super::LANGUAGE;
    match requested.id.region {
        Some(region) => format!("{}-{region}", super::LANGUAGE),
        None if is_page_language => super::LANGUAGE.to_owned(),
        None => format!("{}-001", super::LANGUAGE),
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
    // Refuse marks that the text form in the document cannot express.
    marks.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(languages: &str) -> Option<[String; 2]> {
        let marks = first(languages)?.marks;
        let small = format!("{}{}5", marks.grouped(1_234), marks.decimal);
        Some([small, marks.grouped(12_345_678)])
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
            assert_eq!(formatted(languages), Some(expected), "{languages}");
        }
    }

    #[test]
    fn the_tag_has_the_pages_language_and_the_readers_country() {
        for (languages, tag) in [
            ("en", "en"),
            ("en-US,en;q=0.9", "en-US"),
            ("de-AT,de;q=0.9,en-US;q=0.8", "en-AT"),
            ("fr, en-GB;q=0.5", "en-001"),
            ("zh-Hant-TW", "en-TW"),
        ] {
            assert_eq!(
                first(languages).map(|locale| locale.tag).as_deref(),
                Some(tag)
            );
        }
    }

    #[test]
    fn invalid_languages_are_skipped() {
        assert_eq!(first("*, ;q=1, de;q=0.1"), first("de"));
        for none in ["", "*", ",,,", "no language at all", "de;q=x", "\u{1f600}"] {
            assert_eq!(first(none), None, "{none}");
        }
    }
}
