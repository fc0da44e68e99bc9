//! `/api/v1/boards`: list, show, define.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::{Error, Leaderboards};
use leaderport::{BoardDraft, Slug};
use serde::Serialize;

use super::answers::BoardAnswer;
use super::extract::{Body, PathOf};
use crate::auth::Known;
use crate::problem::Problem;

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
) -> Result<Json<BoardAnswer>, Problem> {
    let board = leaderboards.board(&super::standings::known_slug(&slug)?)?;
    Ok(Json(BoardAnswer::of(&board, &leaderboards)?))
}

pub(crate) async fn define(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    Body(draft): Body<BoardDraft>,
) -> Result<(StatusCode, Json<BoardAnswer>), Problem> {
    let slug = Slug::new(&slug)?;
    let is_new = matches!(leaderboards.board(&slug), Err(Error::UnknownBoard(_)));
    let board = leaderboards.define_board(&caller, slug, draft).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(BoardAnswer::of(&board, &leaderboards)?)))
}
