//! Numbers with the reader's marks.

use leaderport::{InvalidValue, Rank, Score, ScoreFormat};

use super::marks;

/// A score as its board shows it.
#[must_use]
pub fn score(format: ScoreFormat, score: Score) -> String {
    format.show(score, marks())
}

/// A score that the reader typed.
///
/// # Errors
/// Refuses what is none in this format.
pub fn read(format: ScoreFormat, text: &str) -> Result<Score, InvalidValue> {
    format.read(text, marks())
}

/// A rank, its digits grouped.
#[must_use]
pub fn rank(rank: Rank) -> String {
    count(rank.get())
}

/// A count, its digits grouped.
#[must_use]
pub fn count(count: u64) -> String {
    marks().grouped(count)
}

/// A number to one decimal, written with a point: with the reader's mark.
#[must_use]
pub fn decimal(text: &str) -> String {
    text.replace('.', marks().decimal.encode_utf8(&mut [0; 4]))
}
