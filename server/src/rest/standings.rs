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
use leaderport::ranking::page::PageNumber;
use leaderport::service::{Error, Leaderboards, MAX_LIMIT, SeasonInfo};
use leaderport::text::csv::BOM;
use leaderport::{Period, Position, Row, Season, Slug};
use utoipa::IntoParams;

use super::answers::{
    FoundAnswer, HistoryAnswer, PlaceAnswer, PlayerAnswer, StandingAnswer, StandingsAnswer,
};
use super::bodies::OneOrAllStandings;
use super::files::{CSV, file};
use crate::http::etag;
use crate::http::extractors::csv::wants_csv;
use crate::http::extractors::extract::{Params, PathOf};
use crate::http::problem::Problem;
use crate::openapi::parameters::{BoardPath, Conditional, Named, PlayerPath, RowsAround, RowsAt};
use crate::openapi::refusals::{OfBoard, OfStanding, Open, Refusals};
use crate::openapi::{Unchanged, examples};

const MAX_OFFSET: u64 = PageNumber::MAX.start();

/// The position of the state in a file.
const POSITION: HeaderName = HeaderName::from_static("leaderport-position");

/// The season of a read, by itself or by its period.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InSeason {
    /// The running season of this period; without it, that of the longest period of the board.
    #[param(inline)]
    period: Option<Period>,
    /// One season, like `2026-W47`; without it, the running one.
    #[param(inline)]
    season: Option<Season>,
}

impl InSeason {
    fn read(params: &Params) -> Result<Self, Problem> {
        Ok(Self {
            period: params.get("period")?,
            season: params.get("season")?,
        })
    }
}

/// Rows of a season.
///
/// With `Accept: text/csv` or `format=csv`, the whole season as a file.
#[utoipa::path(
    get,
    path = "/boards/{slug}/standings",
    operation_id = "list_standings",
    tag = "standings",
    params(BoardPath, InSeason, RowsAt, Conditional),
    responses(
        (
            status = 200,
            description = "The rows. A file has its position in the header `LeaderPort-Position`.",
            content(
                (StandingsAnswer = "application/json", example = examples::standings),
                (String = "text/csv")
            )
        ),
        Unchanged,
        Refusals<(Open, OfBoard)>,
    ),
    security(()),
)]
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
    let tag = state_tag(&[answer.position]);
    let mut response = unless_known(&headers, tag, answer);
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    Ok(response)
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

/// One player's standing, or without a season those in every running season.
#[utoipa::path(
    get,
    path = "/boards/{slug}/standings/{player}",
    operation_id = "get_standing",
    tag = "standings",
    params(BoardPath, PlayerPath, InSeason, Conditional),
    responses(
        (status = 200, description = "The standing, or the standings.", body = OneOrAllStandings),
        Unchanged,
        Refusals<(Open, OfBoard, OfStanding)>,
    ),
    security(()),
)]
pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let player = leaderboards.spelled_or_normal(&player).await?;
    let InSeason { period, season } = InSeason::read(&params)?;
    if period.is_some() || season.is_some() {
        let season = leaderboards.find(&known_slug(&slug)?, period, season)?;
        let standing = leaderboards.standing(season, &player).await?;
        let tag = state_tag(&[standing.position]);
        return Ok(unless_known(&headers, tag, StandingAnswer::from(standing)));
    }
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let mut standings: Vec<PlaceAnswer> = Vec::new();
    let (mut name, mut positions) = (None, Vec::new());
    let seasons = board.periods.iter().map(async |period| {
        let season = leaderboards.season(&board, Some(period), None)?;
        leaderboards.standing(season, &player).await
    });
    for standing in join_all(seasons).await {
        match standing {
            Ok(standing) => {
                standings.push((&standing).into());
                positions.push(standing.position);
                name = Some(standing.row.name);
            }
            Err(Error::UnknownPlayer(..)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(name) = name else {
        return Err(Error::UnknownPlayer(player, format!("any running season of {slug}")).into());
    };
    let answer = Json(PlayerAnswer {
        board: board.slug.clone(),
        player,
        name,
        standings,
    });
    Ok(unless_known(&headers, state_tag(&positions), answer))
}

/// Rows of a season with a player in the middle.
#[utoipa::path(
    get,
    path = "/boards/{slug}/standings/{player}/around",
    operation_id = "list_standings_around",
    tag = "standings",
    params(BoardPath, PlayerPath, InSeason, RowsAround, Conditional),
    responses(
        (status = 200, description = "The rows.", body = StandingsAnswer, example = examples::standings),
        Unchanged,
        Refusals<(Open, OfBoard, OfStanding)>,
    ),
    security(()),
)]
pub(crate) async fn around(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf((slug, player)): PathOf<(String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let player = leaderboards.spelled_or_normal(&player).await?;
    let season = season(&leaderboards, &slug, &params)?;
    let standings = leaderboards
        .around(season, &player, limit(&params, 11)?)
        .await?;
    let answer = StandingsAnswer::from(standings);
    let tag = state_tag(&[answer.position]);
    Ok(unless_known(&headers, tag, answer))
}

/// The last hundred changes of a player's score in a season, oldest first.
#[utoipa::path(
    get,
    path = "/boards/{slug}/standings/{player}/history",
    operation_id = "get_history",
    tag = "standings",
    params(BoardPath, PlayerPath, InSeason, Conditional),
    responses(
        (status = 200, description = "The changes.", body = HistoryAnswer),
        Unchanged,
        Refusals<(Open, OfBoard, OfStanding)>,
    ),
    security(()),
)]
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

/// Up to twelve players of a season whose name, or a word of it, begins with a text.
#[utoipa::path(
    get,
    path = "/boards/{slug}/players",
    operation_id = "search_standings",
    tag = "standings",
    params(BoardPath, InSeason, Named, Conditional),
    responses(
        (status = 200, description = "The players.", body = FoundAnswer),
        Unchanged,
        Refusals<(Open, OfBoard)>,
    ),
    security(()),
)]
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
    let InSeason { period, season } = InSeason::read(params)?;
    Ok(leaderboards.find(&slug, period, season)?)
}

fn limit(params: &Params, default: u64) -> Result<usize, Problem> {
    let limit = params.number("limit", 1..=MAX_LIMIT as u64, default)?;
    Ok(usize::try_from(limit).expect("a limit is small"))
}

/// The tag of an answer that shows these positions: the same positions mean the same state. A degraded
/// answer, or that of a season without standings, has no position in a stream, and so no such tag.
fn state_tag(positions: &[Position]) -> Option<HeaderValue> {
    let is_of_stream =
        |position: &Position| !position.is_degraded() && *position != Position::NOWHERE;
    if !positions.iter().all(is_of_stream) {
        return None;
    }
    let positions: Vec<String> = positions.iter().map(Position::to_string).collect();
    etag::weak(&positions.join("-"))
}

/// The answer with its tag; only 304 if the client has it.
fn unless_known(
    request: &HeaderMap,
    tag: Option<HeaderValue>,
    answer: impl IntoResponse,
) -> Response {
    let Some(tag) = tag else {
        return answer.into_response();
    };
    let is_known = etag::is_known(request, &tag);
    let tag = [(header::ETAG, tag)];
    if is_known {
        (StatusCode::NOT_MODIFIED, tag).into_response()
    } else {
        (tag, answer).into_response()
    }
}
