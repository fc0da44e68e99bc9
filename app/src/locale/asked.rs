//! What a browser asks for, and what that means by Unicode's CLDR.

use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_decimal::preferences::NumberingSystem;
use icu_decimal::{DecimalFormatter, DecimalFormatterPreferences};
use icu_locale_core::Locale as Tag;
use icu_locale_core::extensions::unicode::value;
use leaderport::Marks;

use super::Locale;

/// The most languages that are looked at: browsers send a few.
const MOST: usize = 10;

/// How the language that is asked for before all others is written, of those that are known:
/// the text is that of a header `Accept-Language`.
pub(super) fn first(languages: &str) -> Option<Locale> {
    let ranged = |range: &str| {
        let (tag, quality) = range.split_once(';').unwrap_or((range, ""));
        let quality = quality.trim().strip_prefix("q=").unwrap_or("1");
        let quality: f32 = quality.parse().ok()?;
        Some((quality, Tag::try_from_str(tag.trim()).ok()?))
    };
    let mut asked: Vec<_> = languages.split(',').take(MOST).filter_map(ranged).collect();
    // Those of the same quality stay in their order.
    asked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    asked.iter().find_map(|(_, asked)| {
        let (marks, tag) = (marks(asked)?, page_in(asked));
        Some(Locale { marks, tag })
    })
}

/// The page's language in the reader's country, or in the world at large.
fn page_in(asked: &Tag) -> String {
    let in_that = asked.id.language.as_str() == super::LANGUAGE;
    match asked.id.region {
        Some(region) => format!("{}-{region}", super::LANGUAGE),
        None if in_that => super::LANGUAGE.to_owned(),
        None => format!("{}-001", super::LANGUAGE),
    }
}

/// How a language writes two numbers says its marks.
fn marks(asked: &Tag) -> Option<Marks> {
    let mut wished = DecimalFormatterPreferences::from(asked);
    // Digits are 0 to 9 everywhere.
    wished.numbering_system = NumberingSystem::try_from(value!("latn")).ok();
    let writer = DecimalFormatter::try_new(wished, DecimalFormatterOptions::default()).ok()?;
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
    // Only such as can be said.
    marks.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(languages: &str) -> Option<[String; 2]> {
        let marks = first(languages)?.marks;
        let small = format!("{}{}5", marks.grouped(1_234), marks.decimal);
        Some([small, marks.grouped(12_345_678)])
    }

    #[test]
    fn languages_have_the_marks_of_cldr() {
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
            assert_eq!(written(languages), Some(expected), "{languages}");
        }
    }

    #[test]
    fn the_page_is_in_its_own_language_as_written_where_the_reader_is() {
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
    fn what_is_no_language_is_passed_over() {
        assert_eq!(first("*, ;q=1, de;q=0.1"), first("de"));
        for none in ["", "*", ",,,", "no language at all", "de;q=x", "\u{1f600}"] {
            assert_eq!(first(none), None, "{none}");
        }
    }
}
