//! `/api/v1/boards`: list, show, define.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leaderport::service::Leaderboards;
use leaderport::{Board, BoardDraft, InvalidValue, Slug};
use serde::Serialize;

use super::answers::BoardAnswer;
use crate::auth::bearer::Known;
use crate::http::extract::{Body, PathOf};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(crate) struct BoardList {
    boards: Vec<BoardAnswer>,
}

pub(crate) async fn list(
    State(leaderboards): State<Arc<Leaderboards>>,
) -> Result<Json<BoardList>, Problem> {
    let boards = leaderboards.boards();
    let answers = boards.iter().map(|b| BoardAnswer::of(b, &leaderboards));
    Ok(Json(BoardList {
        boards: answers.collect::<Result<_, _>>()?,
    }))
}

pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
) -> Result<Tagged<BoardAnswer>, Problem> {
    let board = leaderboards.board(&super::standings::known_slug(&slug)?)?;
    tagged(&board, &leaderboards)
}

pub(crate) async fn define(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    Body(draft): Body<BoardDraft>,
) -> Result<(StatusCode, Tagged<BoardAnswer>), Problem> {
    let slug = Slug::new(&slug)?;
    let expected = expected(&headers)?;
    let board = leaderboards
        .define_board(&caller, slug, draft, expected)
        .await?;
    let status = if board.version == 1 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, tagged(&board, &leaderboards)?))
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
    let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let version = version.and_then(|version| version.parse().ok());
    let refused = || InvalidValue::new("If-Match", tag, "must be a board's ETag, like \"3\"");
    Ok(Some(version.ok_or_else(refused)?))
}

type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

/// A board with its version as its `ETag`.
fn tagged(board: &Board, leaderboards: &Leaderboards) -> Result<Tagged<BoardAnswer>, Problem> {
    let tag = HeaderValue::from_str(&format!("\"{}\"", board.version));
    let tag = tag.expect("digits and quotes");
    let answer = BoardAnswer::of(board, leaderboards)?;
    Ok(([(header::ETAG, tag)], Json(answer)))
}
