//! `/api/v1/boards`: list, show, define, change, delete; previews of definitions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leaderport::service::access::Operation;
use leaderport::service::{Leaderboards, People};
use leaderport::{Board, BoardPatch, BoardSize, Definition, Effect, InvalidValue, Preview, Slug};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::BoardAnswer;
use super::bodies::{BoardChanges, BoardDefinition};
use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::etag;
use crate::http::extractors::extract::{Body, Params, PathOf, media_type};
use crate::http::problem::Problem;
use crate::openapi::parameters::{BoardPath, Conditional, Confirmed, IfMatch, IfNoneMatch};
use crate::openapi::refusals::{
    Address, Complete, Defining, Deletion, OfBoard, Open, Refusals, Write, WriteJson,
};
use crate::openapi::{Unchanged, examples};

#[derive(Serialize, ToSchema)]
pub(crate) struct BoardList {
    boards: Vec<BoardAnswer>,
}

/// All boards with their running seasons.
#[utoipa::path(
    get,
    path = "/boards",
    operation_id = "list_boards",
    tag = "boards",
    params(Conditional),
    responses(
        (status = 200, description = "The boards.", body = BoardList),
        Unchanged,
        Refusals<Open>,
    ),
    security(()),
)]
pub(crate) async fn list(
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<BoardList>, Problem> {
    let boards = leaderboards.boards();
    let answers = boards.iter().map(|b| BoardAnswer::of(b, &leaderboards));
    Ok(Json(BoardList {
        boards: answers.collect::<Result<_, _>>()?,
    }))
}

/// A board with its running seasons.
#[utoipa::path(
    get,
    path = "/boards/{slug}",
    operation_id = "get_board",
    tag = "boards",
    params(BoardPath, Conditional),
    responses(
        (
            status = 200,
            description = "The board. Its `ETag` begins with the version.",
            body = BoardAnswer,
            example = examples::board
        ),
        Unchanged,
        Refusals<(Open, OfBoard)>,
    ),
    security(()),
)]
pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let answer = BoardAnswer::of(&board, &leaderboards)?;
    let tag = tag(&answer.state());
    if etag::is_known(&headers, &tag) {
        let tag = [(header::ETAG, tag)];
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(answer)).into_response())
}

/// Defines a new board, or replaces the settings of a board.
///
/// Over an existing board, the body must have every setting whose value differs from its default. A
/// client may send back a board that it has read.
#[utoipa::path(
    put,
    path = "/boards/{slug}",
    operation_id = "define_board",
    tag = "boards",
    params(BoardPath, IfMatch, IfNoneMatch),
    request_body(
        content = BoardDefinition,
        content_type = "application/json",
        example = examples::definition
    ),
    responses(
        (status = 200, description = "The board.", body = BoardAnswer, example = examples::board),
        (status = 201, description = "The board, which is new.", body = BoardAnswer),
        Refusals<(WriteJson, Address, Defining, Complete)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn define(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    Body(sent): Body<BoardPatch>,
) -> Result<(StatusCode, Tagged<BoardAnswer>), Problem> {
    let definition = complete(sent)?;
    let slug = Slug::new(&slug)?;
    let expected = expected(&headers)?;
    let defined = leaderboards
        .define(&caller, slug, definition, expected)
        .await?;
    let status = if defined.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, tagged(&defined.board, &leaderboards)?))
}

/// Changes single settings of a board.
///
/// The body is a JSON merge patch (RFC 7396). Settings that are absent stay as they are.
#[utoipa::path(
    patch,
    path = "/boards/{slug}",
    operation_id = "change_board",
    tag = "boards",
    params(BoardPath, IfMatch),
    request_body(content(
        (BoardChanges = "application/merge-patch+json", example = examples::changes),
        (BoardChanges = "application/json", example = examples::changes)
    )),
    responses(
        (status = 200, description = "The board.", body = BoardAnswer, example = examples::board),
        Refusals<(WriteJson, OfBoard, Defining)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn patch(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    Body(changes): Body<BoardPatch>,
) -> Result<Tagged<BoardAnswer>, Problem> {
    let slug = known_slug(&slug)?;
    let expected = expected(&headers)?;
    let definition = Definition::Changes(changes);
    let defined = leaderboards
        .define(&caller, slug, definition, expected)
        .await?;
    tagged(&defined.board, &leaderboards)
}

/// Previews the effect of a definition on the running seasons.
///
/// The body is that of `PUT`, or with the media type of a merge patch, that of `PATCH`. Nothing changes.
#[utoipa::path(
    post,
    path = "/boards/{slug}/preview",
    operation_id = "preview_board",
    tag = "boards",
    params(BoardPath),
    request_body(content(
        (BoardDefinition = "application/json", example = examples::definition),
        (BoardChanges = "application/merge-patch+json", example = examples::changes)
    )),
    responses(
        (status = 200, description = "The effect.", body = PreviewAnswer),
        Refusals<(WriteJson, OfBoard, Defining, Complete)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn preview(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    Body(sent): Body<BoardPatch>,
) -> Result<Json<PreviewAnswer>, Problem> {
    let definition = if media_type(&headers) == "application/merge-patch+json" {
        Definition::Changes(sent)
    } else {
        complete(sent)?
    };
    let slug = known_slug(&slug)?;
    let preview = leaderboards.preview(&caller, slug, definition).await?;
    Ok(Json(PreviewAnswer {
        longest: preview.seasons.first().cloned(),
        preview,
    }))
}

/// Deletes an archived board with all its submissions.
///
/// With `dry_run`, nothing is deleted. The rows are removed in the background.
#[utoipa::path(
    delete,
    path = "/boards/{slug}",
    operation_id = "delete_board",
    tag = "boards",
    params(BoardPath, Confirmed, IfMatch),
    responses(
        (status = 200, description = "The size of the board, by a dry run.", body = BoardSize),
        (status = 202, description = "The size of the deleted board.", body = BoardSize),
        Refusals<(Write, OfBoard, Deletion)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn delete(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(people): State<Arc<People>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<(StatusCode, Json<BoardSize>), Problem> {
    let slug = known_slug(&slug)?;
    if params.text("dry_run") == Some("true") {
        let size = leaderboards.board_size(&caller, &slug).await?;
        return Ok((StatusCode::OK, Json(size)));
    }
    let expected = expected(&headers)?;
    let confirmed = params.text("confirm").unwrap_or_default();
    // Check the permission first: the confirmation is a detail for admins.
    caller.check(Operation::DeleteBoard)?;
    if confirmed != slug.as_str() {
        let reason = "must repeat the slug of the board that is deleted with all its submissions";
        return Err(InvalidValue::new("confirm", confirmed, reason).into());
    }
    let size = leaderboards.delete_board(&caller, &slug, expected).await?;
    people.forget_keys();
    Ok((StatusCode::ACCEPTED, Json(size)))
}

/// The effect of a definition, and at the top that on the season of the longest period.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewAnswer {
    #[serde(flatten)]
    #[schema(value_type = Effect)]
    longest: Option<Effect>,
    #[serde(flatten)]
    preview: Preview,
}

fn complete(sent: BoardPatch) -> Result<Definition, Problem> {
    match sent.missing() {
        Some(name) => Err(Problem::missing(name, "a definition has it")),
        None => Ok(Definition::Sent(sent)),
    }
}

/// The expected current version of a board: `If-Match` contains it. `If-None-Match: *` means that
/// the board must not exist.
fn expected(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?").trim());
    if let Some(none) = text(header::IF_NONE_MATCH) {
        return match none {
            "*" => Ok(Some(0)),
            other => Err(InvalidValue::new("If-None-Match", other, "must be *").into()),
        };
    }
    let Some(tag) = text(header::IF_MATCH) else {
        return Ok(None);
    };
    // Proxies that compress make the tag weak. A version is exact, so nothing is lost by that.
    let version = tag.strip_prefix("W/").unwrap_or(tag);
    let version = version
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'));
    // The tag of a read also has the running seasons.
    let version = version.and_then(|tag| tag.split('.').next()?.parse().ok());
    let refused = || InvalidValue::new("If-Match", tag, "must be a board's ETag, like \"3\"");
    Ok(Some(version.ok_or_else(refused)?))
}

pub(super) type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

/// A board with its version as its `ETag`.
pub(super) fn tagged(
    board: &Board,
    leaderboards: &Leaderboards,
) -> Result<Tagged<BoardAnswer>, Problem> {
    let tag = tag(&board.version.to_string());
    let answer = BoardAnswer::of(board, leaderboards)?;
    Ok(([(header::ETAG, tag)], Json(answer)))
}

fn tag(text: &str) -> HeaderValue {
    let tag = HeaderValue::from_str(&format!("\"{text}\""));
    tag.expect("versions and seasons are ASCII")
}
