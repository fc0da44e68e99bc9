//! Display formats of scores: formatting and parsing.

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Marks, Score};

/// Display format of a board. In JSON: `"integer"`, `{"decimals": 2}`, `"duration"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreFormat {
    /// The integer with grouped digits: `12,345`.
    #[default]
    Integer,
    /// The integer divided by 10^n, 1 ≤ n ≤ 9: with 2, `12345` is shown as `123.45`.
    Decimals(u8),
    /// Milliseconds: `83456` is shown as `1:23.456`.
    Duration,
}

impl ScoreFormat {
    /// # Errors
    /// Refuses decimals outside 1 to 9.
    pub fn validated(self) -> Result<Self, InvalidValue> {
        match self {
            Self::Decimals(places) if !(1..=9).contains(&places) => Err(InvalidValue::new(
                "format",
                format!("{{\"decimals\": {places}}}"),
                "must have 1 to 9 decimals",
            )),
            valid => Ok(valid),
        }
    }

    /// Checks that a score is within a board's bounds.
    ///
    /// # Errors
    /// Refuses other scores; the error has both bounds in display format.
    pub fn check_within(
        self,
        value: Score,
        (min, max): (Score, Score),
        marks: Marks,
    ) -> Result<(), InvalidValue> {
        if (min..=max).contains(&value) {
            return Ok(());
        }
        let [value, min, max] = [value, min, max].map(|score| self.show(score, marks));
        let reason = format!("must be within {min} and {max} on this board");
        Err(InvalidValue::new("value", value, reason))
    }

    /// The score as display text, with the locale's marks.
    #[must_use]
    pub fn show(self, score: Score, marks: Marks) -> String {
        let sign = if score.get() < 0 { "−" } else { "" };
        let size = score.get().unsigned_abs();
        match self {
            Self::Integer => format!("{sign}{}", marks.grouped(size)),
            Self::Decimals(places) => {
                let unit = 10_u64.pow(u32::from(places));
                let width = usize::from(places);
                let (whole, part) = (marks.grouped(size / unit), size % unit);
                format!("{sign}{whole}{}{part:0width$}", marks.decimal)
            }
            Self::Duration => {
                let (seconds, millis) = (size / 1000, size % 1000);
                let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                let seconds = format!("{seconds:02}{}{millis:03}", marks.decimal);
                if hours > 0 {
                    format!("{sign}{hours}:{minutes:02}:{seconds}")
                } else {
                    format!("{sign}{minutes}:{seconds}")
                }
            }
        }
    }

    /// Parses a typed score. Accepts the output of [`Self::show`] with the same marks;
    /// grouping, decimals and leading minutes are optional. A decimal mark needs digits after it:
    /// `75.` may be the beginning of a longer score.
    ///
    /// # Errors
    /// Refuses text that is not a number in this format, or is out of range.
    pub fn read(self, text: &str, marks: Marks) -> Result<Score, InvalidValue> {
        let refused = || {
            let example = self.show(Score::new(83_456).expect("in range"), marks);
            let rule = match self {
                Self::Integer => String::new(),
                Self::Decimals(1) => ", with at most 1 decimal".to_owned(),
                Self::Decimals(places) => format!(", with at most {places} decimals"),
                Self::Duration => {
                    let long = self.show(Score::new(3_723_500).expect("in range"), marks);
                    format!(
                        " or {long}, without a plus sign, with at most 3 decimals, and with less \
                         than 60 minutes and 60 seconds after a colon"
                    )
                }
            };
            let reason = format!("must be a score like {example}{rule}");
            InvalidValue::new("value", text, reason)
        };
        let plain = text.trim();
        let (negative, digits) = match plain.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest.trim_start()),
            // A duration with a plus sign is a gap to another one, not a score.
            None if self == Self::Duration => (false, plain),
            None => (false, plain.strip_prefix('+').unwrap_or(plain).trim_start()),
        };
        let size = match self {
            Self::Integer => marks.ungrouped(digits).and_then(|digits| whole(&digits)),
            Self::Decimals(places) => {
                let (before, after) = parts(digits, &[marks.decimal]);
                let before = marks.ungrouped(before);
                before.and_then(|before| fixed(&before, after, places.into()))
            }
            Self::Duration => duration(digits, marks.decimal),
        }
        .ok_or_else(refused)?;
        Score::new(if negative { -size } else { size })
    }
}

/// `1:23.456` is 83456 milliseconds. The parts are seconds, minutes and seconds, or hours,
/// minutes and seconds. Only the first may be 60 or more: `62:25` is over an hour. Grouping is
/// not accepted. After a colon, both `.` and `,` are decimal marks. Without a colon only the
/// locale's mark is one, because `1,234` could mean thousands.
fn duration(text: &str, decimal: char) -> Option<i64> {
    let Some((clock, last)) = text.rsplit_once(':') else {
        let (before, after) = parts(text, &[decimal]);
        return fixed(before, after, 3);
    };
    let (before, after) = parts(last, &[decimal, '.', ',']);
    let seconds = sixtieth(before)?;
    let minutes = match clock.split_once(':') {
        Some((hours, minutes)) => whole(hours)?
            .checked_mul(60)?
            .checked_add(sixtieth(minutes)?)?,
        None => whole(clock)?,
    };
    let millis = after.map_or(Some(0), |after| fixed("", Some(after), 3))?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    seconds.checked_mul(1000)?.checked_add(millis)
}

/// Minutes or seconds after another part: one or two digits, less than 60.
fn sixtieth(digits: &str) -> Option<i64> {
    whole(digits).filter(|n| digits.len() <= 2 && *n < 60)
}

fn whole(digits: &str) -> Option<i64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// The text before and after the first decimal mark; `None` without a mark.
fn parts<'a>(text: &'a str, marks: &[char]) -> (&'a str, Option<&'a str>) {
    match text.split_once(marks) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// `12` and `5` with 3 places is 12500. Extra decimals are refused, never rounded.
fn fixed(before: &str, after: Option<&str>, places: usize) -> Option<i64> {
    let decimals = after.unwrap_or("");
    let is_cut = after == Some("");
    let is_none = before.is_empty() && after.is_none();
    let has_digits_only = decimals.bytes().all(|b| b.is_ascii_digit());
    if is_none || is_cut || decimals.len() > places || !has_digits_only {
        return None;
    }
    whole(&format!("{before}{decimals:0<places$}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::marks::tests::{FRENCH, GERMAN, INDIAN, SPANISH, SWISS};

    const ENGLISH: Marks = Marks::ENGLISH;

    fn check(format: ScoreFormat, marks: Marks, score: i64, text: &str) {
        let score = Score::new(score).unwrap();
        assert_eq!(format.show(score, marks), text);
        assert_eq!(format.read(text, marks), Ok(score), "{text}");
    }

    #[test]
    fn each_format_shows_and_reads_scores() {
        check(ScoreFormat::Integer, ENGLISH, 0, "0");
        check(ScoreFormat::Integer, ENGLISH, -1_234_567, "−1,234,567");
        check(ScoreFormat::Decimals(2), ENGLISH, 123_456, "1,234.56");
        check(ScoreFormat::Decimals(2), ENGLISH, -5, "−0.05");
        check(ScoreFormat::Duration, ENGLISH, 83_456, "1:23.456");
        check(ScoreFormat::Duration, ENGLISH, 3_600_000, "1:00:00.000");
        check(ScoreFormat::Duration, ENGLISH, 59_001, "0:59.001");
        check(ScoreFormat::Integer, GERMAN, -1_234_567, "−1.234.567");
        check(ScoreFormat::Decimals(2), GERMAN, 123_456, "1.234,56");
        check(ScoreFormat::Decimals(2), SPANISH, 123_456, "1234,56");
        check(ScoreFormat::Duration, GERMAN, 83_456, "1:23,456");
    }

    #[test]
    fn typed_scores_are_read_leniently_but_never_guessed() {
        let read = |f: ScoreFormat, t| f.read(t, ENGLISH).map(Score::get).ok();
        assert_eq!(read(ScoreFormat::Integer, " 12 345 "), Some(12_345));
        assert_eq!(read(ScoreFormat::Integer, "+7"), Some(7));
        assert_eq!(read(ScoreFormat::Decimals(2), "3"), Some(300));
        assert_eq!(read(ScoreFormat::Decimals(2), "3.5"), Some(350));
        assert_eq!(read(ScoreFormat::Duration, "12.5"), Some(12_500));
        for bad in [
            "",
            "-",
            "1.5",
            "abc",
            "1e5",
            "99999999999999999999",
            "9007199254740992",
        ] {
            assert_eq!(read(ScoreFormat::Integer, bad), None, "{bad}");
        }
        assert_eq!(read(ScoreFormat::Decimals(2), "3.555"), None);
        // Ambiguous: 1.5 in some locales, 15 if the mark is dropped.
        assert_eq!(read(ScoreFormat::Decimals(2), "1,5"), None);
        assert_eq!(read(ScoreFormat::Integer, "- 1,234"), Some(-1_234));
        assert_eq!(read(ScoreFormat::Duration, "1:02,5"), Some(62_500));
        assert_eq!(read(ScoreFormat::Duration, "62.5"), Some(62_500));
        // Ambiguous: 1,234 seconds, or 1.234 seconds.
        assert_eq!(read(ScoreFormat::Duration, "1,234"), None);
        assert_eq!(read(ScoreFormat::Decimals(2), ".5"), Some(50));
        for none in ["", " ", "-", "+", ".", "- .", ":", "0:"] {
            for format in [
                ScoreFormat::Integer,
                ScoreFormat::Decimals(2),
                ScoreFormat::Duration,
            ] {
                assert_eq!(read(format, none), None, "{none:?} as {format:?}");
            }
        }
        assert_eq!(read(ScoreFormat::Duration, "1,234.5"), None);
    }

    #[test]
    fn decimal_mark_without_decimals_is_refused() {
        for format in [
            ScoreFormat::Integer,
            ScoreFormat::Decimals(2),
            ScoreFormat::Duration,
        ] {
            for (marks, texts) in [
                (ENGLISH, ["3.", "-3.", "1,234.", "75."]),
                (GERMAN, ["3,", "-3,", "1.234,", "75,"]),
            ] {
                for text in texts {
                    let read = format.read(text, marks);
                    assert!(read.is_err(), "{text:?} as {format:?}: {read:?}");
                }
            }
        }
    }

    #[test]
    fn durations_are_read_by_their_parts() {
        fn check(text: &str, expected: Option<i64>) {
            let read = ScoreFormat::Duration.read(text, ENGLISH);
            assert_eq!(read.map(Score::get).ok(), expected, "{text:?}");
        }
        check("1:23.456", Some(83_456));
        check("-1:23.456", Some(-83_456));
        check("59:59", Some(3_599_000));
        check("1:02:03", Some(3_723_000));
        check("62:25.564", Some(3_745_564));
        check("24:36:02.48", Some(88_562_480));
        check("100:00:00", Some(360_000_000));
        check("75.5", Some(75_500));
        check("1:5", Some(65_000));
        check("0:00", Some(0));
        for text in [
            "1:23:456",
            "1:23:60",
            "1:60:23",
            "1:60",
            "1:75.5",
            "1:023",
            "0:59.9999",
            "59.0000",
            "1:02:03:04",
            "0:1:02:03.5",
            "+1:23.456",
            "+75.5",
            "--1:23",
            "1:-23",
            "1:+23",
            "1: 23",
            "1:23.4.5",
            "1:23.4:5",
            "1.5:23",
            "1::2",
            ":2",
            "1:",
            "1:.5",
            "1:23.",
            "1:23,",
            "1:02:03.",
            "75.",
            "1h23",
            "DNF",
            "9007199254740992:00",
            "9223372036854775807:00:00",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn shown_scores_read_back_unchanged(value in Score::MIN.get()..=Score::MAX.get(), places in 1_u8..=9) {
            let score = Score::new(value).unwrap();
            for format in [ScoreFormat::Integer, ScoreFormat::Decimals(places), ScoreFormat::Duration] {
                for marks in [ENGLISH, GERMAN, SPANISH, INDIAN, FRENCH, SWISS] {
                    prop_assert_eq!(format.read(&format.show(score, marks), marks), Ok(score));
                }
            }
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            for format in [ScoreFormat::Integer, ScoreFormat::Decimals(9), ScoreFormat::Duration] {
                let _ = format.read(&text, ENGLISH);
            }
        }
    }
}
