//! Instants: milliseconds since the Unix epoch, 1970 to 2109.
//!
//! The range is that of 42 bits, so that a score and the instant at which it
//! was reached pack into 96 bits ([`crate::SortKey`]).

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::InvalidValue;

/// An instant in milliseconds since 1970-01-01T00:00:00Z; less than 2^42.
/// In JSON and in text: RFC 3339, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The first instant, 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The last instant, 2109-05-15T07:35:11.103Z.
    pub const MAX: Self = Self((1 << 42) - 1);

    /// From milliseconds since the Unix epoch.
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

    /// From milliseconds since the Unix epoch, the nearest instant in range.
    #[must_use]
    pub fn from_millis_clamped(millis: i64) -> Self {
        Self(u64::try_from(millis).unwrap_or(0).min(Self::MAX.0))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Milliseconds since the Unix epoch, as databases and calendars store it.
    #[must_use]
    pub fn millis_i64(self) -> i64 {
        i64::try_from(self.0).expect("an instant has 42 bits")
    }

    /// This instant moved by `millis`, kept in range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis_clamped(self.millis_i64().saturating_add(millis))
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.millis_i64()).expect("1970 to 2109 is in range")
    }

    pub(crate) fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_millis_clamped(at.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let at: jiff::Timestamp = text.trim().parse().map_err(|_| {
            InvalidValue::new(
                "at",
                text,
                "must be an RFC 3339 instant, like 2026-11-21T10:00:00Z",
            )
        })?;
        Self::from_millis(at.as_millisecond())
    }
}

/// Text for people and JSON, milliseconds in binary formats.
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
