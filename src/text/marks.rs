//! Decimal and group marks of numbers in a locale.

use std::str::FromStr;

/// Marks of numbers and the grouping of digits. Digits are always 0 to 9.
///
/// Text form, for HTML documents: the four fields in sequence, `.,31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marks {
    /// Decimal mark.
    pub decimal: char,
    /// Group mark.
    pub group: char,
    /// Digits in each group except the last, which always has three: 3, or 2 as in India.
    pub digits: u8,
    /// Minimum number of digits before the last group. A number with fewer is not grouped: 1, or
    /// 2 as in Spain, which writes 1234 but 12.345. In CLDR: `minimumGroupingDigits`.
    pub least: u8,
}

/// Digits in the last group.
const LAST: usize = 3;

/// Group marks accepted in every locale, because no locale uses them as a decimal mark.
const PLAIN: [char; 6] = [' ', '\u{a0}', '\u{202f}', '_', '\'', '’'];

impl Marks {
    /// English marks: `12,345.6`.
    pub const ENGLISH: Self = Self {
        decimal: '.',
        group: ',',
        digits: 3,
        least: 1,
    };

    /// Formats a whole number with grouped digits.
    #[must_use]
    pub fn grouped(self, n: u64) -> String {
        let digits = n.to_string();
        if digits.len() < LAST + usize::from(self.least) {
            return digits;
        }
        let mut out = String::with_capacity(digits.len() * 2);
        for (i, digit) in digits.chars().enumerate() {
            let left = digits.len() - i;
            let begins_group =
                left >= LAST && (left - LAST).is_multiple_of(self.digits.max(1).into());
            if i > 0 && begins_group {
                out.push(self.group);
            }
            out.push(digit);
        }
        out
    }

    /// Parses a whole number with or without grouping; `None` if it is not one.
    #[must_use]
    pub fn whole(self, text: &str) -> Option<u64> {
        let digits = self.ungrouped(text.trim())?;
        let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
        all_digits.then(|| digits.parse().ok()).flatten()
    }

    /// Removes the group marks from a whole number. Returns `None` if a mark is not at a
    /// group boundary: one locale's group mark is another's decimal mark, so dropping it
    /// could multiply the value.
    pub(crate) fn ungrouped(self, text: &str) -> Option<String> {
        let is_mark = |c: char| c == self.group || PLAIN.contains(&c);
        let mut groups = text.split(is_mark).rev().peekable();
        let last = groups.next()?;
        if groups.peek().is_none() {
            return Some(last.to_owned());
        }
        let mut digits = vec![last];
        if last.len() != LAST {
            return None;
        }
        while let Some(group) = groups.next() {
            let is_first = groups.peek().is_none();
            let is_whole = group.len() == usize::from(self.digits) || group.len() == LAST;
            let is_part = is_first && (1..=LAST).contains(&group.len());
            if !is_whole && !is_part {
                return None;
            }
            digits.push(group);
        }
        digits.reverse();
        Some(digits.concat())
    }
}

impl Default for Marks {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl std::fmt::Display for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            decimal,
            group,
            digits,
            least,
        } = self;
        write!(f, "{decimal}{group}{digits}{least}")
    }
}

/// Text that is not the text form of [`Marks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a decimal mark, a mark of groups, and two digits are expected, like .,31")]
pub struct NoMarks;

impl FromStr for Marks {
    type Err = NoMarks;

    fn from_str(text: &str) -> Result<Self, NoMarks> {
        let mut chars = text.chars();
        let mut next = || chars.next().ok_or(NoMarks);
        let (decimal, group, digits, least) = (next()?, next()?, next()?, next()?);
        let digit = |c: char| c.to_digit(10).and_then(|d| u8::try_from(d).ok());
        let marks = Self {
            decimal,
            group,
            digits: digit(digits)
                .filter(|d| (2..=3).contains(d))
                .ok_or(NoMarks)?,
            least: digit(least)
                .filter(|d| (1..=3).contains(d))
                .ok_or(NoMarks)?,
        };
        let is_plain = decimal != group && !decimal.is_ascii_digit() && !group.is_ascii_digit();
        (is_plain && chars.next().is_none())
            .then_some(marks)
            .ok_or(NoMarks)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const GERMAN: Marks = Marks {
        decimal: ',',
        group: '.',
        digits: 3,
        least: 1,
    };
    pub(crate) const SPANISH: Marks = Marks { least: 2, ..GERMAN };
    pub(crate) const INDIAN: Marks = Marks {
        digits: 2,
        ..Marks::ENGLISH
    };
    pub(crate) const FRENCH: Marks = Marks {
        group: '\u{202f}',
        ..GERMAN
    };
    pub(crate) const SWISS: Marks = Marks {
        group: '’',
        ..Marks::ENGLISH
    };

    #[test]
    fn digits_are_grouped_by_locale() {
        let grouped = |marks: Marks| [999, 1_234, 12_345, 12_345_678].map(|n| marks.grouped(n));
        assert_eq!(
            grouped(Marks::ENGLISH),
            ["999", "1,234", "12,345", "12,345,678"]
        );
        assert_eq!(grouped(SPANISH), ["999", "1234", "12.345", "12.345.678"]);
        assert_eq!(grouped(INDIAN), ["999", "1,234", "12,345", "1,23,45,678"]);
        assert_eq!(grouped(FRENCH)[2], "12\u{202f}345");
    }

    #[test]
    fn misplaced_group_mark_is_refused() {
        let read = |marks: Marks, text: &str| marks.ungrouped(text);
        assert_eq!(read(Marks::ENGLISH, "1,234"), Some("1234".to_owned()));
        assert_eq!(read(Marks::ENGLISH, "12 345"), Some("12345".to_owned()));
        assert_eq!(read(INDIAN, "1,23,456"), Some("123456".to_owned()));
        assert_eq!(read(INDIAN, "123,456"), Some("123456".to_owned()));
        for text in [
            "1,5", "1,50", "1,2345", ",123", "1,,234", "1234,567", "1,23,456",
        ] {
            assert_eq!(read(Marks::ENGLISH, text), None, "{text}");
        }
        assert_eq!(read(GERMAN, "1.5"), None);
    }

    #[test]
    fn whole_number_is_read_with_group_marks_only() {
        assert_eq!(Marks::ENGLISH.whole(" 12,345 "), Some(12_345));
        assert_eq!(SWISS.whole("12’345"), Some(12_345));
        assert_eq!(GERMAN.whole("1000"), Some(1_000));
        for text in ["", "+5", "-5", "1.5", "1,5", "99999999999999999999", "x"] {
            assert_eq!(Marks::ENGLISH.whole(text), None, "{text}");
        }
    }

    #[test]
    fn marks_round_trip_as_text() {
        for marks in [Marks::ENGLISH, GERMAN, SPANISH, INDIAN, FRENCH] {
            assert_eq!(marks.to_string().parse(), Ok(marks));
        }
        for text in ["", ".,3", ".,310", "..31", ".,41", ".,3x", "1,31"] {
            assert_eq!(text.parse::<Marks>(), Err(NoMarks), "{text}");
        }
    }
}
