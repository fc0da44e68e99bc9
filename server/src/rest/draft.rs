//! A submission as a client sends it.

use leaderport::{
    InvalidValue, PlayerId, PlayerName, Score, Slug, Submission, SubmissionId, Timestamp,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::idempotency;
use crate::startup::clock::new_submission_id;

/// A received submission, not validated yet. Each one is validated separately, so that a bad
/// submission in a batch does not affect the others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubmissionDraft, description = "One attempt to change a score.")]
pub(crate) struct Draft {
    /// The id, which makes the submission idempotent; generated if absent.
    #[serde(default)]
    #[schema(value_type = Option<SubmissionId>)]
    id: Option<String>,
    /// The ranked player.
    #[schema(value_type = PlayerId)]
    player: String,
    /// New display name; unchanged if absent.
    #[serde(default)]
    #[schema(value_type = Option<PlayerName>)]
    name: Option<String>,
    /// The score in the board's format, or the amount to add under `sum`.
    #[schema(value_type = Score)]
    value: i64,
    /// Time of the submission, for game servers and the API token. It decides the seasons.
    #[serde(default)]
    #[schema(value_type = Option<Timestamp>)]
    at: Option<String>,
}

impl Draft {
    /// The submission, with the id that its idempotency key means.
    pub(crate) fn submission(
        self,
        board: &Slug,
        keyed: Option<SubmissionId>,
    ) -> Result<Submission, InvalidValue> {
        let own: Option<SubmissionId> = self.id.as_deref().map(str::parse).transpose()?;
        if let (Some(own), Some(keyed)) = (own, keyed)
            && own != keyed
        {
            let reason = "must be the id in the body, because the body has one";
            return Err(InvalidValue::new(idempotency::FIELD, keyed, reason));
        }
        Ok(Submission {
            id: own.or(keyed).unwrap_or_else(new_submission_id),
            board: board.clone(),
            player: PlayerId::new(&self.player)?,
            name: self.name.as_deref().map(PlayerName::new).transpose()?,
            value: Score::new(self.value)?,
            at: self.at.as_deref().map(str::parse).transpose()?,
        })
    }
}
