//! The decimal mark of a file's scores, and the refusal of files whose scores are ambiguous.
//!
//! `9,580` is 9580 with English separators and 9.58 with German ones. A file does not say which it
//! means, so the import refuses to guess: it stops, and names the flag. Until a score shows the
//! mark, every score of the file is looked at, and only rows before the first unclear score are
//! sent.

use anyhow::bail;
use leaderport::{Marks, ScoreFormat};

/// Decimal comma; groups are separated by points: `1.234,5`.
const COMMA: Marks = Marks {
    decimal: ',',
    group: '.',
    digits: 3,
    least: 1,
};

/// Number of readable rows that wait for a score that shows the mark. It bounds the memory.
pub(super) const MAX_WAITING: usize = 10_000;

/// Parses `--decimal-mark`.
pub(super) fn decimal_mark(text: &str) -> Result<Marks, String> {
    match text {
        "." | "point" => Ok(Marks::ENGLISH),
        "," | "comma" => Ok(COMMA),
        _ => Err("must be , or . (comma and point are the same)".to_owned()),
    }
}

/// Evidence from the scores of a file that the mark is a point.
pub(super) struct CommaCheck {
    /// Whether a score may have the three decimals that a group of digits looks like.
    may_have_three_decimals: bool,
    /// The first score like `9,580`, with its line.
    first: Option<(u64, String)>,
    /// Number of other scores.
    others: u64,
    /// Whether rows were sent before the mark was clear.
    has_passed: bool,
    is_settled: bool,
}

/// The decimal mark that a score shows.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    /// The comma separates groups of digits.
    Point,
    /// The comma is the decimal mark.
    Comma,
    /// Either of them.
    Ambiguous,
    /// It has the same value with both, or is no number.
    Same { is_number: bool },
}

impl CommaCheck {
    pub(super) fn new(format: ScoreFormat) -> Self {
        let may_have_three_decimals = match format {
            ScoreFormat::Integer => false,
            ScoreFormat::Decimals(places) => places >= 3,
            ScoreFormat::Duration => true,
        };
        Self {
            may_have_three_decimals,
            first: None,
            others: 0,
            has_passed: false,
            is_settled: false,
        }
    }

    /// A check that has nothing to do, because the mark was given.
    pub(super) fn settled() -> Self {
        Self {
            is_settled: true,
            ..Self::new(ScoreFormat::Integer)
        }
    }

    /// Whether the rows so far may be sent: the mark is clear, or [`Self::pass`] let them go and
    /// no unclear score followed.
    pub(super) fn may_send(&self) -> bool {
        self.is_settled || (self.has_passed && self.first.is_none())
    }

    /// Looks at the score of the next row.
    ///
    /// # Errors
    /// Refuses the file if the comma is the decimal mark.
    pub(super) fn see(&mut self, line: u64, score: &str) -> anyhow::Result<()> {
        if self.is_settled {
            return Ok(());
        }
        match sign(score) {
            Sign::Point => self.is_settled = true,
            Sign::Comma => return self.refuse(line, score, "this one has a decimal comma"),
            Sign::Ambiguous => {
                self.first.get_or_insert_with(|| (line, score.to_owned()));
            }
            Sign::Same { is_number } => self.others += u64::from(is_number),
        }
        Ok(())
    }

    /// Ends the wait of [`MAX_WAITING`] rows. Without an unclear score among them, they may be
    /// sent, and the check goes on.
    ///
    /// # Errors
    /// Refuses the file if the comma may be the decimal mark.
    pub(super) fn pass(&mut self) -> anyhow::Result<()> {
        if self.first.is_some() {
            return self.settle();
        }
        self.has_passed = true;
        Ok(())
    }

    /// Decides by the scores so far.
    ///
    /// # Errors
    /// Refuses the file if the comma may be the decimal mark.
    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        if self.is_settled {
            return Ok(());
        }
        match &self.first {
            Some((line, score)) if self.others == 0 => {
                let why = "every score has one comma and no point, so it may be a decimal comma";
                self.refuse(*line, score, why)
            }
            Some((line, score)) if self.may_have_three_decimals => {
                self.refuse(*line, score, "this one may have a decimal comma")
            }
            _ => {
                self.is_settled = true;
                Ok(())
            }
        }
    }

    fn refuse(&self, line: u64, score: &str, why: &str) -> anyhow::Result<()> {
        let sent = if self.has_passed {
            "Some earlier rows were sent, read with a decimal point; run the command again with \
             the flag: a row that was accepted counts only once"
        } else {
            "Nothing was sent"
        };
        bail!(
            "line {line}: the decimal mark of the scores is not clear: {why} (got {score:?}). Set \
             --decimal-mark , if the comma is the decimal mark, or --decimal-mark . if it separates \
             thousands. {sent}"
        )
    }
}

fn sign(score: &str) -> Sign {
    let digits = score.trim().trim_start_matches(['+', '-', '−']).trim();
    let is_number = digits.contains(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || is_separator(c));
    if !is_number {
        return Sign::Same { is_number: false };
    }
    let [commas, points] = [',', '.'].map(|mark| digits.matches(mark).count());
    match (commas, points) {
        (0, 0) => Sign::Same { is_number: true },
        (0, 1) if is_grouped(digits, '.') => Sign::Same { is_number: true },
        (0, 1) => Sign::Point,
        (1, 0) if is_grouped(digits, ',') => Sign::Ambiguous,
        (1, 0) | (0, _) => Sign::Comma,
        (_, 0) => Sign::Point,
        _ if digits.rfind('.') > digits.rfind(',') => Sign::Point,
        _ => Sign::Comma,
    }
}

/// Marks of groups that are decimal marks nowhere, and the two others.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '_' | '\'' | '’'
    )
}

/// Whether digits with one mark look like a group of three digits after one to three others.
fn is_grouped(digits: &str, mark: char) -> bool {
    let Some((before, after)) = digits.split_once(mark) else {
        return false;
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&before.len())
        && !before.starts_with('0')
        && after.len() == 3
        && are_digits(before)
        && are_digits(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_shows_its_decimal_mark() {
        fn check(score: &str, expected: &Sign) {
            assert_eq!(&sign(score), expected, "{score}");
        }
        for score in ["9,580", "-9,580", "1,000", "123,456"] {
            check(score, &Sign::Ambiguous);
        }
        for score in [
            "61,5",
            "0,580",
            ",5",
            "9,5800",
            "1.234,5",
            "1.234.567",
            "1 234,567",
            "1234,567",
        ] {
            check(score, &Sign::Comma);
        }
        for score in [
            "61.5",
            "0.580",
            "1,234.5",
            "1,234,567",
            "1234.567",
            "9.5800",
        ] {
            check(score, &Sign::Point);
        }
        for score in ["0", "-12", "1 234", "1.234"] {
            check(score, &Sign::Same { is_number: true });
        }
        for score in ["", "DNF", "1:02,5", "1:23.456", "12,5 m", ","] {
            check(score, &Sign::Same { is_number: false });
        }
    }

    #[test]
    fn file_with_ambiguous_scores_is_refused() {
        fn check(format: ScoreFormat, scores: &[&str], refused: Option<&str>) {
            let mut check = CommaCheck::new(format);
            let seen = scores.iter().zip(2..);
            let seen = seen.map(|(score, line)| check.see(line, score));
            let result = seen.collect::<Result<(), _>>();
            let result = result.and_then(|()| check.settle());
            match (result, refused) {
                (Ok(()), None) => {}
                (Err(error), Some(text)) => {
                    let error = error.to_string();
                    assert!(error.starts_with(text), "{scores:?}: {error}");
                    assert!(error.contains("--decimal-mark ,"), "{error}");
                }
                (result, _) => panic!("{scores:?}: {result:?}"),
            }
        }
        use ScoreFormat::{Decimals, Duration, Integer};
        let three = ["9,580", "9,690", "9,691"];
        for format in [Integer, Decimals(2), Decimals(3), Duration] {
            check(format, &three, Some("line 2: "));
            check(format, &["9,580", "DNF", ""], Some("line 2: "));
            check(format, &["DNF", "59,123", "61,5"], Some("line 4: "));
            check(format, &["10", "1,234,567", "9,580"], None);
            check(format, &["9.58", "9,580"], None);
            check(format, &["10", "12", "1.234"], None);
            check(format, &["1:02,5", "1:23.456"], None);
            check(format, &[], None);
        }
        // Integers are as well below a thousand as above it.
        check(Integer, &["9,580", "12"], None);
        check(Decimals(2), &["9,580", "12"], None);
        check(Decimals(3), &["9,580", "12"], Some("line 2: "));
        check(Duration, &["9,580", "1:02,5"], Some("line 2: "));
    }

    #[test]
    fn unclear_score_is_refused_wherever_it_is() {
        use ScoreFormat::{Decimals, Duration, Integer};
        for format in [Decimals(3), Duration] {
            for before in ["DNF", "", "12", "1:02.5"] {
                let mut check = CommaCheck::new(format);
                for line in 0..MAX_WAITING as u64 {
                    check.see(line, before).unwrap();
                }
                assert!(!check.may_send());
                check.pass().unwrap();
                assert!(check.may_send(), "a row with {before:?} has one value");
                check.see(20_000, "9,580").unwrap();
                assert!(!check.may_send());
                let refused = check.pass().unwrap_err().to_string();
                assert!(refused.starts_with("line 20000: "), "{refused}");
                assert!(refused.contains("--decimal-mark ,"), "{refused}");
                assert!(refused.contains("Some earlier rows were sent"), "{refused}");
                let refused = check.settle().unwrap_err().to_string();
                assert!(refused.starts_with("line 20000: "), "{refused}");
            }
        }
        // A comma that cannot separate thousands.
        let mut check = CommaCheck::new(Integer);
        check.pass().unwrap();
        let refused = check.see(20_000, "61,5").unwrap_err().to_string();
        assert!(refused.contains("Some earlier rows were sent"), "{refused}");
        // Numbers below a thousand show that the commas of an integer board separate thousands.
        let mut check = CommaCheck::new(Integer);
        check.see(2, "12").unwrap();
        check.see(3, "9,580").unwrap();
        check.pass().unwrap();
        assert!(check.may_send());
    }

    #[test]
    fn score_that_shows_a_point_ends_the_wait() {
        let mut check = CommaCheck::new(ScoreFormat::Decimals(3));
        check.see(2, "9,580").unwrap();
        check.see(3, "9.58").unwrap();
        assert!(check.may_send());
        check.see(4, "61,5").unwrap();
        assert!(CommaCheck::settled().may_send());
    }

    #[test]
    fn decimal_mark_is_a_comma_or_a_point() {
        for text in [",", "comma"] {
            assert_eq!(decimal_mark(text), Ok(COMMA));
        }
        for text in [".", "point"] {
            assert_eq!(decimal_mark(text), Ok(Marks::ENGLISH));
        }
        assert!(decimal_mark(";").is_err());
    }
}
