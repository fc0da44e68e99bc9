//! Instants: milliseconds since the Unix epoch, 1970 to 2109.
//!
//! The range is 42 bits, so that a score and the instant at which it was reached fit in 96
//! bits ([`crate::SortKey`]).

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::InvalidValue;
use crate::civil::date;

/// Milliseconds in a day.
const DAY_MILLIS: u64 = 86_400_000;

/// An instant in milliseconds since 1970-01-01T00:00:00Z; less than 2^42. In JSON and in
/// text: RFC 3339, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The first instant, 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The last instant, 2109-05-15T07:35:11.103Z.
    pub const MAX: Self = Self((1 << 42) - 1);

    /// An instant from milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// Refuses instants outside [`Self::MIN`] to [`Self::MAX`].
    pub fn from_millis(millis: i64) -> Result<Self, InvalidValue> {
        match u64::try_from(millis) {
            Ok(m) if m <= Self::MAX.0 => Ok(Self(m)),
            _ => Err(InvalidValue::new(
                "at",
                millis,
                "must be an instant between 1970 and 2109",
            )),
        }
    }

    /// An instant from milliseconds since the Unix epoch, clamped to the range.
    #[must_use]
    pub fn from_millis_clamped(millis: i64) -> Self {
        Self(u64::try_from(millis).unwrap_or(0).min(Self::MAX.0))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Milliseconds since the Unix epoch, signed as databases and calendars need them.
    #[must_use]
    pub fn millis_i64(self) -> i64 {
        i64::try_from(self.0).expect("an instant has 42 bits")
    }

    /// This instant plus `millis`, clamped to the range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis_clamped(self.millis_i64().saturating_add(millis))
    }

    #[cfg(feature = "service")]
    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.millis_i64()).expect("1970 to 2109 is in range")
    }

    #[cfg(feature = "service")]
    pub(crate) fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_millis_clamped(at.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0 / DAY_MILLIS, self.0 % DAY_MILLIS);
        let (year, month, day) = date(days.cast_signed());
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, millis) = (millis / 1_000 % 60, millis % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        read(text.trim()).unwrap_or_else(|| {
            Err(InvalidValue::new(
                "at",
                text,
                "must be an RFC 3339 instant, like 2026-11-21T10:00:00Z",
            ))
        })
    }
}

/// Parses any RFC 3339 instant; `None` for other text.
#[cfg(feature = "service")]
fn read(text: &str) -> Option<Result<Timestamp, InvalidValue>> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// Parses only the format of `Display`, because the server sends browsers no other; `None`
/// for other text.
#[cfg(not(feature = "service"))]
fn read(text: &str) -> Option<Result<Timestamp, InvalidValue>> {
    read_own(text).map(Ok)
}

#[cfg(any(test, not(feature = "service")))]
fn read_own(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    let year = i16::try_from(number(0, 4)?).ok()?;
    let days = crate::civil::day_number(year, small(5)?, small(8)?);
    let seconds = (number(11, 13)? * 60 + number(14, 16)?) * 60 + number(17, 19)?;
    let at = Timestamp::from_millis((days * 86_400 + seconds) * 1_000 + number(20, 23)?).ok()?;
    (at.to_string() == text).then_some(at)
}

/// Text in human-readable formats, milliseconds in binary formats.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(D::Error::custom)
        } else {
            let millis = u64::deserialize(deserializer)?;
            let millis = i64::try_from(millis).unwrap_or(i64::MAX);
            Self::from_millis(millis).map_err(D::Error::custom)
        }
    }
}

#[cfg(feature = "service")]
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn instants_format_like_jiff_and_read_back(millis in 0_i64..(1 << 42)) {
            let at = Timestamp::from_millis(millis).unwrap();
            let text = at.to_string();
            prop_assert_eq!(&text, &format!("{:.3}", at.to_jiff()));
            prop_assert_eq!(text.parse::<Timestamp>().unwrap(), at);
            prop_assert_eq!(read_own(&text), Some(at));
        }
    }

    #[test]
    fn browser_parser_accepts_only_the_own_format() {
        for text in [
            "",
            "2026-11-20T10:00:00Z",
            "2026-11-20T10:00:00.000+01:00",
            "2026-02-30T10:00:00.000Z",
            "2026-11-20T24:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-11-20T10:00:00.00éZ",
        ] {
            assert_eq!(read_own(text), None, "{text}");
        }
    }
}
