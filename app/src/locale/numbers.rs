//! Formats and reads numbers with the reader's marks.

use leaderport::{InvalidValue, Rank, Score, ScoreFormat};

use super::marks;

/// A score in its board's format.
#[must_use]
pub fn score(format: ScoreFormat, score: Score) -> String {
    format.show(score, marks())
}

/// Reads a score that the reader typed.
///
/// # Errors
/// Refuses a text that is not a score in this format.
pub fn read(format: ScoreFormat, text: &str) -> Result<Score, InvalidValue> {
    format.read(text, marks())
}

/// Reads a whole number that the reader typed; none for other texts.
#[must_use]
pub fn whole(text: &str) -> Option<u64> {
    marks().whole(text)
}

/// A rank with grouped digits.
#[must_use]
pub fn rank(rank: Rank) -> String {
    count(rank.get())
}

/// A count with grouped digits.
#[must_use]
pub fn count(count: u64) -> String {
    marks().grouped(count)
}

/// A decimal number with the reader's decimal mark in place of its point.
#[must_use]
pub fn decimal(text: &str) -> String {
    text.replace('.', marks().decimal.encode_utf8(&mut [0; 4]))
}

/// A measured value: small fractions with one decimal, other values as counts.
#[must_use]
pub fn measured(value: f64) -> String {
    if value >= 100.0 || value.fract().abs() < 0.005 {
        let whole = format!("{value:.0}");
        whole.parse().map(count).unwrap_or(whole)
    } else {
        decimal(&format!("{value:.1}"))
    }
}
