//! A submission: one attempt to change a score.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::{InvalidValue, PlayerId, PlayerName, Score, Slug, Timestamp};

/// The id that makes a submission idempotent: a UUID chosen by the client. Version 7 is
/// preferred, because it sorts by time, which keeps the ledger's index compact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubmissionId(pub Uuid);

/// One attempt to change a player's score on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The id, which makes the submission idempotent.
    pub id: SubmissionId,
    /// The board.
    pub board: Slug,
    /// The ranked player.
    pub player: PlayerId,
    /// New display name; unchanged if absent.
    pub name: Option<PlayerName>,
    /// The score, or the amount to add under `sum`.
    pub value: Score,
    /// Submission time given by a trusted caller; the time of arrival if absent.
    pub at: Option<Timestamp>,
}

impl SubmissionId {
    /// Creates an id (UUID version 7, RFC 9562) from its time and random bits.
    #[must_use]
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(at.millis(), &random).into_uuid())
    }
}

impl fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SubmissionId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Uuid::parse_str(text)
            .map(Self)
            .map_err(|_| InvalidValue::new("id", text, "must be a UUID"))
    }
}

impl TryFrom<String> for SubmissionId {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl From<SubmissionId> for String {
    fn from(id: SubmissionId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ_within_a_millisecond() {
        let id = |millis, random: u8| {
            SubmissionId::new(Timestamp::from_millis_clamped(millis), [random; 10])
        };
        let (first, second, later) = (
            id(1_700_000_000_000, 1),
            id(1_700_000_000_000, 2),
            id(1_700_000_000_001, 0),
        );
        assert!(first < second && second < later, "{first} {second} {later}");
        assert_eq!(first.0.get_version_num(), 7);
        assert_eq!(first.to_string().parse(), Ok(first));
    }
}
