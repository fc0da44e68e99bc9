//! Where a reader is in a season's stream of publications.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidValue;

/// One life of a season's stream. Offsets of different epochs do not compare.
/// In JSON: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(pub u64);

/// A position: every answer carries one; two answers with the same position
/// show the same state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The life of the stream.
    pub epoch: Epoch,
    /// Publications since the epoch began.
    pub offset: u64,
}

impl Position {
    /// Of a season that was never begun: no epoch of a stream is 0.
    pub const NOWHERE: Self = Self {
        epoch: Epoch(0),
        offset: 0,
    };

    /// Of a state that was read from the ledger while the broker was away: of no
    /// stream, and so older than whatever comes.
    pub const DEGRADED: Self = Self {
        epoch: Epoch(u64::MAX),
        offset: 0,
    };

    /// Whether the state was read from the ledger while the broker was away.
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

impl FromStr for Epoch {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        u64::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| InvalidValue::new("epoch", text, "must be hexadecimal digits"))
    }
}

impl TryFrom<String> for Epoch {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> Self {
        epoch.to_string()
    }
}
