//! `/api/v1/boards/{slug}/standings`: rows, a season as CSV, a player, rows around a player, history,
//! search.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use leaderport::csv::BOM;
use leaderport::page::PageNumber;
use leaderport::service::{Error, Leaderboards, MAX_LIMIT, SeasonInfo};
use leaderport::{Row, Slug};

use super::answers::{
    FoundAnswer, HistoryAnswer, PlaceAnswer, PlayerAnswer, StandingAnswer, StandingsAnswer,
};
use super::files::{CSV, file};
use crate::http::csv::wants_csv;
use crate::http::extract::{Params, PathOf};
use crate::http::problem::Problem;

const MAX_OFFSET: u64 = PageNumber::MAX.start();

/// The position of the state in a file.
const POSITION: HeaderName = HeaderName::from_static("leaderport-position");

pub(crate) async fn list(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let season = season(&leaderboards, &slug, &params)?;
    if wants_csv(&headers, params.text("format"))? {
        return csv(&leaderboards, season).await;
    }
    let offset = params.number("offset", 0..=MAX_OFFSET, 0)?;
    let limit = limit(&params, 50)?;
    let answer = StandingsAnswer::from(leaderboards.standings(season, offset, limit).await?);
    Ok(with_etag(&headers, answer))
}

/// All rows of a season as a file.
async fn csv(leaderboards: &Leaderboards, season: SeasonInfo) -> Result<Response, Problem> {
    let name = format!("{}-{}.csv", season.key.board, season.key.season);
    let export = leaderboards.export(season).await?;
    let position = export.position;
    let head = [BOM, Row::CSV_HEADER].concat();
    let lines = export.rows().map_ok(|rows| {
        let lines: String = rows.iter().map(Row::csv).collect();
        Bytes::from(lines)
    });
    let body = stream::iter([Ok(Bytes::from(head))]).chain(lines);
    let mut response = file(CSV, &name, body);
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    if !position.is_degraded()
        && let Ok(position) = HeaderValue::from_str(&position.to_string())
    {
        headers.insert(POSITION, position);
    }
    Ok(response)
}

pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
) -> Result<Response, Problem> {
    let player = leaderboards.spelled_or_normal(&player).await?;
    let (period, season): (Option<_>, Option<_>) = (params.get("period")?, params.get("season")?);
    if period.is_some() || season.is_some() {
        let season = leaderboards.find(&known_slug(&slug)?, period, season)?;
        let standing = leaderboards.standing(season, &player).await?;
        return Ok(StandingAnswer::from(standing).into_response());
    }
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let mut standings: Vec<PlaceAnswer> = Vec::new();
    let mut name = None;
    let seasons = board.periods.iter().map(async |period| {
        let season = leaderboards.season(&board, Some(period), None)?;
        leaderboards.standing(season, &player).await
    });
    for standing in join_all(seasons).await {
        match standing {
            Ok(standing) => {
                standings.push((&standing).into());
                name = Some(standing.row.name);
            }
            Err(Error::UnknownPlayer(..)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(name) = name else {
        return Err(Error::UnknownPlayer(player, format!("any running season of {slug}")).into());
    };
    Ok(Json(PlayerAnswer {
        board: board.slug.clone(),
        player,
        name,
        standings,
    })
    .into_response())
}

pub(crate) async fn around(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
) -> Result<StandingsAnswer, Problem> {
    let player = leaderboards.spelled_or_normal(&player).await?;
    let season = season(&leaderboards, &slug, &params)?;
    let standings = leaderboards
        .around(season, &player, limit(&params, 11)?)
        .await?;
    Ok(standings.into())
}

/// The changes of a player's score in a season.
pub(crate) async fn history(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
) -> Result<Json<HistoryAnswer>, Problem> {
    let player = leaderboards.spelled_or_normal(&player).await?;
    let season = season(&leaderboards, &slug, &params)?;
    let milestones = leaderboards.history(season, &player).await?;
    Ok(Json(HistoryAnswer { milestones }))
}

/// Players of a season whose name, or a word of it, begins with a text.
pub(crate) async fn search(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    params: Params,
) -> Result<Json<FoundAnswer>, Problem> {
    let season = season(&leaderboards, &slug, &params)?;
    let name = params.text("name").unwrap_or_default();
    let found = leaderboards.search(&season, name).await?;
    let players = found.into_iter().map(StandingAnswer::from).collect();
    Ok(Json(FoundAnswer { players }))
}

/// The slug in a path. An invalid slug means an unknown board.
pub(crate) fn known_slug(slug: &str) -> Result<Slug, Problem> {
    Slug::new(slug).map_err(|_| {
        let shown: String = slug.chars().take(80).collect();
        let detail = format!("there is no board {shown:?}; GET /api/v1/boards lists them");
        Problem::new(StatusCode::NOT_FOUND, "unknown_board", detail)
    })
}

pub(super) fn season(
    leaderboards: &Leaderboards,
    slug: &str,
    params: &Params,
) -> Result<SeasonInfo, Problem> {
    let slug = known_slug(slug)?;
    Ok(leaderboards.find(&slug, params.get("period")?, params.get("season")?)?)
}

fn limit(params: &Params, default: u64) -> Result<usize, Problem> {
    let limit = params.number("limit", 1..=MAX_LIMIT as u64, default)?;
    Ok(usize::try_from(limit).expect("a limit is small"))
}

/// Adds the position as the `ETag`: the same position means the same state. A degraded answer has
/// no position in a stream, and gets no tag.
fn with_etag(request: &HeaderMap, answer: StandingsAnswer) -> Response {
    if answer.position.is_degraded() {
        return answer.into_response();
    }
    let tag = format!("W/\"{}\"", answer.position);
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    let is_known = known.is_some_and(|v| v.split(',').any(|t| t.trim() == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer.into_response()
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
