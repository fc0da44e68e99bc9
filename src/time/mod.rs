//! Instants: milliseconds before or after the Unix epoch, from the year 1 to the year 9999.
//!
//! Sports rankings are older than 1970. The range ends a day before the year 9999 does, so
//! that every instant has a date in every time zone, as in `jiff`.

pub(crate) mod civil;

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::InvalidValue;
use crate::time::civil::date;

/// Milliseconds in a day.
const DAY_MILLIS: i64 = 86_400_000;

/// Length of the text of every instant, in bytes.
const TEXT_LENGTH: usize = "0001-01-01T00:00:00.000Z".len();

/// An instant in milliseconds since 1970-01-01T00:00:00Z, negative before it. In JSON and in
/// text: RFC 3339, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant, 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The Unix epoch, 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last instant, 9999-12-30T22:00:00.000Z.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// An instant from milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// Refuses instants outside [`Self::MIN`] to [`Self::MAX`].
    pub fn from_millis(millis: i64) -> Result<Self, InvalidValue> {
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(InvalidValue::new("at", millis, OUT_OF_RANGE))
        }
    }

    /// An instant from milliseconds since the Unix epoch, clamped to the range.
    #[must_use]
    pub fn from_millis_clamped(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since the Unix epoch; 0 for earlier instants. For the present time, and
    /// for credentials.
    #[must_use]
    pub const fn millis(self) -> u64 {
        if self.0 < 0 {
            0
        } else {
            self.0.cast_unsigned()
        }
    }

    /// Milliseconds since the Unix epoch, negative before it.
    #[must_use]
    pub const fn millis_i64(self) -> i64 {
        self.0
    }

    /// Milliseconds since [`Self::MIN`], never negative.
    pub(crate) const fn since_year_1(self) -> i64 {
        self.0 - Self::MIN.0
    }

    /// The inverse of [`Self::since_year_1`], for milliseconds within the range.
    pub(crate) const fn from_year_1(millis: i64) -> Self {
        Self(Self::MIN.0 + millis)
    }

    /// This instant plus `millis`, clamped to the range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis_clamped(self.millis_i64().saturating_add(millis))
    }

    #[cfg(feature = "service")]
    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("the range is within jiff's")
    }

    #[cfg(feature = "service")]
    pub(crate) fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_millis_clamped(whole_millis(at))
    }
}

const OUT_OF_RANGE: &str = "must be an instant from the year 1 to 9999";

/// Milliseconds of an instant, rounded down also before 1970.
#[cfg(feature = "service")]
fn whole_millis(at: jiff::Timestamp) -> i64 {
    let millis = at.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(millis).expect("the years of jiff are within 2^63 milliseconds")
}

/// RFC 3339 text of an instant. Every row of a page has one, so it is written digit by digit:
/// the format machinery of `std` takes several times as long.
struct Text([u8; TEXT_LENGTH]);

impl Text {
    fn new(at: Timestamp) -> Self {
        let (days, millis) = (at.0.div_euclid(DAY_MILLIS), at.0.rem_euclid(DAY_MILLIS));
        let (year, month, day) = date(days);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        write_digits(&mut text[..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], millis / 3_600_000);
        write_digits(&mut text[14..16], millis / 60_000 % 60);
        write_digits(&mut text[17..19], millis / 1_000 % 60);
        write_digits(&mut text[20..23], millis % 1_000);
        Self(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits and punctuation are ASCII")
    }
}

/// Writes a number that is not negative, with leading zeros.
fn write_digits(text: &mut [u8], number: i64) {
    let mut rest = number.cast_unsigned();
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10).to_le_bytes()[0];
        rest /= 10;
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text::new(*self).as_str())
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
    let millis = whole_millis(at);
    Some(Timestamp::from_millis(millis).map_err(|_| InvalidValue::new("at", text, OUT_OF_RANGE)))
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
    let days = crate::time::civil::day_number(year, small(5)?, small(8)?);
    let seconds = (number(11, 13)? * 60 + number(14, 16)?) * 60 + number(17, 19)?;
    let at = Timestamp::from_millis((days * 86_400 + seconds) * 1_000 + number(20, 23)?).ok()?;
    (at.to_string() == text).then_some(at)
}

/// Text in human-readable formats. In binary formats, milliseconds as an unsigned integer; those
/// before 1970 are the two's complement, so that later instants are short.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(Text::new(*self).as_str())
        } else {
            serializer.serialize_u64(self.0.cast_unsigned())
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
            Self::from_millis(millis.cast_signed()).map_err(D::Error::custom)
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
        fn instants_format_like_jiff_and_read_back(
            millis in Timestamp::MIN.0..=Timestamp::MAX.0,
            recent in 0_i64..(1 << 42),
        ) {
            for millis in [millis, recent, -recent] {
            let at = Timestamp::from_millis(millis).unwrap();
            let text = at.to_string();
            prop_assert_eq!(&text, &format!("{:.3}", at.to_jiff()));
            prop_assert_eq!(text.parse::<Timestamp>().unwrap(), at);
            prop_assert_eq!(read_own(&text), Some(at));
            prop_assert_eq!(serde_json::to_string(&at).unwrap(), format!("\"{text}\""));
            let bytes = crate::protocol::binary::write(&at);
            prop_assert_eq!(crate::protocol::binary::read::<Timestamp>(&bytes).unwrap(), at);
            }
        }
    }

    #[test]
    fn range_is_from_the_year_1_to_the_last_instant_with_a_date_in_every_zone() {
        fn check(text: &str, expected: Option<&str>) {
            let read = text.parse::<Timestamp>().map(|at| at.to_string());
            assert_eq!(read.ok().as_deref(), expected, "{text}");
        }
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.000Z"));
        check("0001-01-01T00:00:00+01:00", None);
        check("0000-12-31T23:59:59Z", None);
        check("1968-10-18T20:00:00.25Z", Some("1968-10-18T20:00:00.250Z"));
        check(
            "1969-12-31T23:59:59.9999Z",
            Some("1969-12-31T23:59:59.999Z"),
        );
        check("9999-12-30T22:00:00.000Z", Some("9999-12-30T22:00:00.000Z"));
        check("9999-12-31T00:00:00Z", None);
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00.000Z");
    }

    #[test]
    fn browser_parser_accepts_only_the_own_format() {
        for text in [
            "",
            "2026-11-20T10:00:00Z",
            "2026-11-20T10:00:00.000+01:00",
            "2026-02-30T10:00:00.000Z",
            "2026-11-20T24:00:00.000Z",
            "0000-12-31T23:59:59.999Z",
            "9999-12-31T00:00:00.000Z",
            "2026-11-20T10:00:00.00éZ",
        ] {
            assert_eq!(read_own(text), None, "{text}");
        }
    }
}
