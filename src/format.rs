//! How a board shows its integer scores to people, and reads them back.

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Score};

/// A board's display format. In JSON: `"integer"`, `{"decimals": 2}`, `"duration"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreFormat {
    /// The integer itself, thousands grouped: `12,345`.
    #[default]
    Integer,
    /// The integer divided by 10^n, 1 ≤ n ≤ 9: with 2, `12345` shows as `123.45`.
    Decimals(u8),
    /// Milliseconds: `83456` shows as `1:23.456`.
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

    /// Whether a score is within a board's bounds.
    ///
    /// # Errors
    /// Refuses others, naming both bounds as people read them.
    pub fn check_within(self, value: Score, min: Score, max: Score) -> Result<(), InvalidValue> {
        if (min..=max).contains(&value) {
            return Ok(());
        }
        let (min, max) = (self.show(min), self.show(max));
        let reason = format!("must be within {min} and {max} on this board");
        Err(InvalidValue::new("value", self.show(value), reason))
    }

    /// The score as people read it.
    #[must_use]
    pub fn show(self, score: Score) -> String {
        let sign = if score.get() < 0 { "−" } else { "" };
        let size = score.get().unsigned_abs();
        match self {
            Self::Integer => format!("{sign}{}", grouped(size)),
            Self::Decimals(places) => {
                let unit = 10_u64.pow(u32::from(places));
                let width = usize::from(places);
                format!("{sign}{}.{:0width$}", grouped(size / unit), size % unit)
            }
            Self::Duration => {
                let (seconds, millis) = (size / 1000, size % 1000);
                let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                if hours > 0 {
                    format!("{sign}{hours}:{minutes:02}:{seconds:02}.{millis:03}")
                } else {
                    format!("{sign}{minutes}:{seconds:02}.{millis:03}")
                }
            }
        }
    }

    /// Reads what a person typed: what [`Self::show`] writes, with or without
    /// grouping, trailing decimals or leading minutes.
    ///
    /// # Errors
    /// Refuses text that is not a number in this format, or out of range.
    pub fn read(self, text: &str) -> Result<Score, InvalidValue> {
        let refused = || {
            let example = self.show(Score::new(83_456).expect("in range"));
            InvalidValue::new("value", text, format!("must be a score like {example}"))
        };
        let plain: String = text
            .trim()
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '_'))
            .collect();
        let (negative, digits) = match plain.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let size = match self {
            Self::Integer => whole(digits),
            Self::Decimals(places) => fixed(digits, usize::from(places)),
            Self::Duration => {
                let (clock, last) = match digits.rsplit_once(':') {
                    Some((clock, last)) => (clock, last),
                    None => ("", digits),
                };
                let minutes = clock.split(':').try_fold(0_i64, |sum, part| {
                    let part = if clock.is_empty() {
                        Some(0)
                    } else {
                        whole(part)
                    };
                    sum.checked_mul(60)?.checked_add(part?)
                });
                minutes
                    .zip(fixed(last, 3))
                    .and_then(|(m, ms)| m.checked_mul(60_000)?.checked_add(ms))
            }
        }
        .ok_or_else(refused)?;
        Score::new(if negative { -size } else { size })
    }
}

fn whole(digits: &str) -> Option<i64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// `12.5` with 3 places is 12500. More decimals than places are refused, never rounded.
fn fixed(text: &str, places: usize) -> Option<i64> {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    if after.len() > places || !after.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    whole(&format!("{before}{after:0<places$}"))
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(format: ScoreFormat, score: i64, text: &str) {
        let score = Score::new(score).unwrap();
        assert_eq!(format.show(score), text);
        assert_eq!(format.read(text), Ok(score), "{text}");
    }

    #[test]
    fn shows_and_reads_each_format() {
        check(ScoreFormat::Integer, 0, "0");
        check(ScoreFormat::Integer, -1_234_567, "−1,234,567");
        check(ScoreFormat::Decimals(2), 123_456, "1,234.56");
        check(ScoreFormat::Decimals(2), -5, "−0.05");
        check(ScoreFormat::Duration, 83_456, "1:23.456");
        check(ScoreFormat::Duration, 3_600_000, "1:00:00.000");
        check(ScoreFormat::Duration, 59_001, "0:59.001");
    }

    #[test]
    fn reads_what_people_type() {
        let read = |f: ScoreFormat, t| f.read(t).map(Score::get).ok();
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
        assert_eq!(read(ScoreFormat::Duration, "1::2"), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(value in Score::MIN.get()..=Score::MAX.get(), places in 1_u8..=9) {
            let score = Score::new(value).unwrap();
            for format in [ScoreFormat::Integer, ScoreFormat::Decimals(places), ScoreFormat::Duration] {
                prop_assert_eq!(format.read(&format.show(score)), Ok(score));
            }
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            for format in [ScoreFormat::Integer, ScoreFormat::Decimals(9), ScoreFormat::Duration] {
                let _ = format.read(&text);
            }
        }
    }
}
