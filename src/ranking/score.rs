//! Scores, ranks, and the total order that every engine sorts by.
//!
//! The order is: score (direction applied), then the time at which it was reached, then the
//! bytes of the player's id. [`SortKey`] is the numeric part in 100 bits; the player's id
//! breaks the remaining ties. No other code may define an order of rows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, TieRule, Timestamp};

/// A score: an integer within ±(2^53 - 1), so a double represents it exactly. Decimals and
/// durations are display formats ([`crate::ScoreFormat`]).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Score(i64);

impl Score {
    /// The largest score, 2^53 - 1.
    pub const MAX: Self = Self((1 << 53) - 1);
    /// The smallest score, -(2^53 - 1).
    pub const MIN: Self = Self(-((1 << 53) - 1));

    /// # Errors
    /// Refuses integers beyond ±(2^53 - 1).
    pub fn new(value: i64) -> Result<Self, InvalidValue> {
        if (Self::MIN.0..=Self::MAX.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(InvalidValue::new(
                "value",
                value,
                "must be an integer within ±9007199254740991",
            ))
        }
    }

    /// The integer.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum of two scores; `None` if it is out of range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }
}

impl TryFrom<i64> for Score {
    type Error = InvalidValue;

    fn try_from(value: i64) -> Result<Self, InvalidValue> {
        Self::new(value)
    }
}

impl From<Score> for i64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Direction of a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The highest score ranks first: points.
    Descending,
    /// The lowest score ranks first: times.
    Ascending,
}

impl Order {
    /// Whether `a` ranks strictly before `b`.
    #[must_use]
    pub fn is_better(self, a: Score, b: Score) -> bool {
        match self {
            Self::Descending => a > b,
            Self::Ascending => a < b,
        }
    }
}

/// A rank, from 1. It is computed, never stored as truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(u64);

impl Rank {
    /// The rank after `better` others.
    #[must_use]
    pub const fn after(better: u64) -> Self {
        Self(better + 1)
    }

    /// The 1-based number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This rank plus `places`; `None` if the result is less than 1 or overflows.
    #[must_use]
    pub fn shifted(self, places: i64) -> Option<Self> {
        self.0
            .checked_add_signed(places)
            .filter(|r| *r >= 1)
            .map(Self)
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const REACHED_BITS: u32 = 46;
const REACHED_MAX: i64 = (1 << REACHED_BITS) - 1;
const SCORE_BIAS: i64 = 1 << 53;

/// Computes the ranks of consecutive rows, given the counts before the first row.
#[derive(Debug, Clone, Copy)]
pub struct RowRanks {
    tie: TieRule,
    place: u64,
    better: u64,
    distinct: u64,
    score: Option<Score>,
}

impl RowRanks {
    /// Starts before the row at `place`, from 0. `better` and `distinct` are the numbers of
    /// entries and of distinct scores that are better than this row's score.
    #[must_use]
    pub const fn new(tie: TieRule, place: u64, better: u64, distinct: u64) -> Self {
        Self {
            tie,
            place,
            better,
            distinct,
            score: None,
        }
    }

    /// The rank of the next row.
    pub fn next(&mut self, score: Score) -> Rank {
        if self.score.is_some_and(|before| before != score) {
            self.better = self.place;
            self.distinct += 1;
        }
        self.score = Some(score);
        let better = match self.tie {
            TieRule::Earliest => self.place,
            TieRule::Shared => self.better,
            TieRule::Dense => self.distinct,
        };
        self.place += 1;
        Rank::after(better)
    }
}

/// The numeric part of the total order in 100 bits; a smaller key ranks first.
///
/// The upper 54 bits are the score with the direction applied, the lower 46 bits the
/// instant at which it was reached, in milliseconds since [`Timestamp::MIN`]. They suffice
/// until the year 2230; later instants are that year's last. No submission is of the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SortKey(u128);

impl SortKey {
    /// Number of bits in a key.
    pub const BITS: u32 = 54 + REACHED_BITS;
    /// The last instant that a key holds, in the year 2230.
    pub const LATEST: Timestamp = Timestamp::from_year_1(REACHED_MAX);

    /// The key of a score reached at an instant, under a board's order.
    #[must_use]
    pub fn new(score: Score, order: Order, reached: Timestamp) -> Self {
        let directed = match order {
            Order::Descending => SCORE_BIAS - score.0,
            Order::Ascending => SCORE_BIAS + score.0,
        };
        let directed = u128::try_from(directed).expect("a score is within ±(2^53 - 1)");
        let reached = reached.min(Self::LATEST).since_year_1();
        Self(directed << REACHED_BITS | u128::from(reached.cast_unsigned()))
    }

    /// The score in the key, given the same order.
    #[must_use]
    pub fn score(self, order: Order) -> Score {
        let directed = i64::try_from(self.0 >> REACHED_BITS).expect("54 bits of directed score");
        Score(match order {
            Order::Descending => SCORE_BIAS - directed,
            Order::Ascending => directed - SCORE_BIAS,
        })
    }

    /// The time at which the score was reached.
    #[must_use]
    pub fn reached(self) -> Timestamp {
        let millis = self.0 & u128::from(REACHED_MAX.cast_unsigned());
        Timestamp::from_year_1(i64::try_from(millis).expect("46 bits"))
    }

    /// The smallest key with this score.
    #[must_use]
    pub fn first_of_score(self) -> Self {
        Self(self.0 >> REACHED_BITS << REACHED_BITS)
    }

    /// A bound that is after every key with this score, and not after any key of a later score.
    #[must_use]
    pub fn after_score(self) -> Self {
        Self(((self.0 >> REACHED_BITS) + 1) << REACHED_BITS)
    }

    pub(crate) const fn bits(self) -> u128 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The score's part of a key in bits.
    pub(crate) const fn score_bits(bits: u128) -> u128 {
        bits >> REACHED_BITS
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scores() -> impl Strategy<Value = Score> {
        prop_oneof![
            Just(Score::MIN),
            Just(Score::MAX),
            Just(Score(0)),
            (Score::MIN.0..=Score::MAX.0).prop_map(Score),
            (-3_i64..=3).prop_map(Score),
        ]
    }

    fn instants() -> impl Strategy<Value = Timestamp> {
        prop_oneof![
            Just(Timestamp::MIN),
            Just(SortKey::LATEST),
            (-4_i64..4).prop_map(Timestamp::from_millis_clamped),
        ]
    }

    #[test]
    fn key_holds_every_instant_until_the_year_2230() {
        let last = SortKey::LATEST;
        assert!(last.to_string().starts_with("2230-"), "{last}");
        let key = |at| SortKey::new(Score(5), Order::Ascending, at);
        assert_eq!(key(last.plus_millis(1)), key(last));
        assert!(key(Timestamp::MAX) < key(last).after_score());
    }

    proptest! {
        #[test]
        fn keys_sort_by_score_then_by_time_reached(
            a in scores(), b in scores(), s in instants(), t in instants()
        ) {
            for order in [Order::Descending, Order::Ascending] {
                let directed = if order == Order::Descending { b.cmp(&a) } else { a.cmp(&b) };
                let expected = directed.then(s.cmp(&t));
                prop_assert_eq!(SortKey::new(a, order, s).cmp(&SortKey::new(b, order, t)), expected);
            }
        }

        #[test]
        fn key_returns_its_score_and_time(a in scores(), s in instants()) {
            for order in [Order::Descending, Order::Ascending] {
                let key = SortKey::new(a, order, s);
                prop_assert_eq!((key.score(order), key.reached()), (a, s));
                prop_assert!(key.bits() < 1 << SortKey::BITS);
            }
        }
    }

    #[test]
    fn scores_beyond_double_precision_are_refused() {
        assert!(Score::new(1 << 53).is_err());
        assert!(Score::new(-(1 << 53)).is_err());
        assert!(Score::new(i64::MIN).is_err());
        assert_eq!(Score::new((1 << 53) - 1), Ok(Score::MAX));
        assert_eq!(Score::MAX.checked_add(Score(1)), None);
    }
}
