//! `/api/v1/boards/{slug}/submissions`: one submission, or up to 1,000 at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use leaderport::service::{Error, ImportOutcome, Leaderboards, MAX_BATCH, Outcome};
use leaderport::{InvalidValue, PlayerId, PlayerName, Score, Slug, Submission, SubmissionId};
use serde::{Deserialize, Serialize};

use super::answers::SubmissionAnswer;
use super::idempotency;
use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, JsonText, PathOf, read, read_list, read_object};
use crate::http::problem::Problem;
use crate::startup::clock::new_submission_id;

/// A received submission, not validated yet. Each one is validated separately, so that a bad
/// submission in a batch does not affect the others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    #[serde(default)]
    id: Option<String>,
    player: String,
    #[serde(default)]
    name: Option<String>,
    value: i64,
    #[serde(default)]
    at: Option<String>,
}

impl Draft {
    /// The submission, with the id that its idempotency key means.
    fn submission(
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

pub(crate) async fn submit(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    Body(draft): Body<Draft>,
) -> Result<(Option<Replayed>, Json<SubmissionAnswer>), Problem> {
    let slug = known_slug(&slug)?;
    let keyed = idempotency::id(&headers, &caller, &slug)?;
    let submission = draft.submission(&slug, keyed)?;
    let answer = leaderboards.submit_once(&caller, submission).await?;
    let replayed = [(idempotency::REPLAYED, "true")];
    let replayed = answer.is_repeat.then_some(replayed);
    Ok((replayed, Json(answer.outcome.into())))
}

/// The header of the answer to a submission that was recorded before.
pub(crate) type Replayed = [(HeaderName, &'static str); 1];

#[derive(Serialize)]
pub(crate) struct BatchAnswer {
    outcomes: Vec<BatchOutcome>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum BatchOutcome {
    Recorded {
        status: u16,
        /// Whether the submission was recorded before; only in an import.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_repeat: Option<bool>,
        #[serde(flatten)]
        answer: SubmissionAnswer,
    },
    Refused(Problem),
}

/// The body is `{"submissions": […]}`, or only the list.
pub(crate) async fn submit_batch(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    JsonText(text): JsonText,
) -> Result<Json<BatchAnswer>, Problem> {
    idempotency::refuse(&headers)?;
    let (drafts, mut members) = read_list(&text, "submissions")?;
    let is_import = match members.remove("import") {
        Some(flag) => read(flag.get().as_bytes()).map_err(|problem| problem.field("import"))?,
        None => false,
    };
    if drafts.len() > MAX_BATCH {
        let reason = format!("must have at most {MAX_BATCH} submissions");
        return Err(InvalidValue::new("submissions", drafts.len(), reason).into());
    }
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let mut submissions = Vec::with_capacity(drafts.len());
    let mut refused: Vec<Option<Problem>> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let read = read_object::<Draft>(draft.get().as_bytes());
        let read = read.and_then(|draft| Ok(draft.submission(&board.slug, None)?));
        match read {
            Ok(submission) => {
                submissions.push(submission);
                refused.push(None);
            }
            Err(problem) => refused.push(Some(problem)),
        }
    }
    let recorded: Vec<Result<(Outcome, Option<bool>), Error>> = if is_import {
        let recorded = leaderboards.import(&caller, submissions).await?.into_iter();
        let split = |one: ImportOutcome| (one.outcome, Some(one.is_repeat));
        recorded.map(|one| one.map(split)).collect()
    } else {
        let recorded = leaderboards.submit(&caller, submissions).await?.into_iter();
        recorded.map(|one| one.map(|one| (one, None))).collect()
    };
    let mut recorded = recorded.into_iter();
    let outcomes = refused.into_iter().filter_map(|problem| match problem {
        Some(problem) => Some(BatchOutcome::Refused(problem)),
        None => Some(match recorded.next()? {
            Ok((outcome, is_repeat)) => BatchOutcome::Recorded {
                status: 200,
                is_repeat,
                answer: outcome.into(),
            },
            Err(error) => BatchOutcome::Refused(error.into()),
        }),
    });
    Ok(Json(BatchAnswer {
        outcomes: outcomes.collect(),
    }))
}
