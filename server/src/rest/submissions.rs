//! `/api/v1/boards/{slug}/submissions`: one submission, or up to 1,000 at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use leaderport::InvalidValue;
use leaderport::service::{Error, ImportOutcome, Leaderboards, MAX_BATCH, Outcome};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::SubmissionAnswer;
use super::bodies::Batch;
use super::draft::Draft;
use super::idempotency;
use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, JsonText, PathOf, read, read_list, read_object};
use crate::http::problem::Problem;
use crate::openapi::examples;
use crate::openapi::parameters::{BoardPath, IdempotencyKey};
use crate::openapi::refusals::{OfBoard, Refusals, Submitting, WriteJson};

/// Submits a score.
///
/// The same id, or the same `Idempotency-Key`, gives the same answer again and has no further effect.
#[utoipa::path(
    post,
    path = "/boards/{slug}/submissions",
    operation_id = "submit",
    tag = "submissions",
    params(BoardPath, IdempotencyKey),
    request_body(
        content = Draft,
        content_type = "application/json",
        example = examples::submission
    ),
    responses(
        (
            status = 200,
            description = "The player's standings after the submission, which is recorded.",
            body = SubmissionAnswer,
            headers(("Idempotency-Replayed" = String, description = "`true` if it was recorded before")),
            example = examples::submitted
        ),
        Refusals<(WriteJson, OfBoard, Submitting)>,
    ),
    security(("api_token" = []), ("api_key" = ["submit"]), ("session" = []), ("player_token" = [])),
)]
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

#[derive(Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    /// The outcome of each submission, in the order of the body.
    outcomes: Vec<BatchOutcome>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum BatchOutcome {
    Recorded(RecordedOutcome),
    Refused(Problem),
}

/// The outcome of a submission that is recorded.
#[derive(Serialize, ToSchema)]
struct RecordedOutcome {
    /// 200.
    status: u16,
    /// Whether the submission was recorded before; only in an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_repeat: Option<bool>,
    #[serde(flatten)]
    answer: SubmissionAnswer,
}

/// Submits up to 1,000 scores.
///
/// The body is `{"submissions": […]}`, or only the list. A refused submission does not affect the others.
#[utoipa::path(
    post,
    path = "/boards/{slug}/submissions/batch",
    operation_id = "submit_batch",
    tag = "submissions",
    params(BoardPath),
    request_body(content = Batch, content_type = "application/json"),
    responses(
        (status = 200, description = "The outcome of each submission.", body = BatchAnswer),
        Refusals<(WriteJson, OfBoard, Submitting)>,
    ),
    security(("api_token" = []), ("api_key" = ["submit"]), ("session" = []), ("player_token" = [])),
)]
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
            Ok((outcome, is_repeat)) => BatchOutcome::Recorded(RecordedOutcome {
                status: 200,
                is_repeat,
                answer: outcome.into(),
            }),
            Err(error) => BatchOutcome::Refused(error.into()),
        }),
    });
    Ok(Json(BatchAnswer {
        outcomes: outcomes.collect(),
    }))
}
