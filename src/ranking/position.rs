//! Positions in a season's stream of publications.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::InvalidValue;

/// Generation of a season's stream. Offsets of different epochs cannot be compared. In
/// JSON: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// A position in a stream. Every answer has one. Equal positions mean equal states, except
/// for degraded answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Generation of the stream.
    pub epoch: Epoch,
    /// Number of publications since the epoch began.
    pub offset: u64,
}

impl Position {
    /// Position of a season without a stream. No stream has epoch 0.
    pub const NOWHERE: Self = Self {
        epoch: Epoch(0),
        offset: 0,
    };

    /// Position of a state read from the ledger while the broker is down. It belongs to no
    /// stream, so any later state replaces it.
    pub const DEGRADED: Self = Self {
        epoch: Epoch(u64::MAX),
        offset: 0,
    };

    /// Whether the state was read from the ledger while the broker was down.
    #[must_use]
    pub fn is_degraded(self) -> bool {
        self == Self::DEGRADED
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.offset)
    }
}

impl FromStr for Position {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let refused = || InvalidValue::new("since", text, "must be EPOCH.OFFSET");
        let (epoch, offset) = text.split_once('.').ok_or_else(refused)?;
        let is_plain = offset.bytes().all(|b| b.is_ascii_digit());
        let offset = offset.parse().ok().filter(|_| is_plain);
        Ok(Self {
            epoch: epoch.parse().map_err(|_| refused())?,
            offset: offset.ok_or_else(refused)?,
        })
    }
}

impl FromStr for Epoch {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        u64::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| InvalidValue::new("epoch", text, "must be hexadecimal digits"))
    }
}

/// Text in human-readable formats, a number in binary formats.
impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(D::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}
