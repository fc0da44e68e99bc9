//! Formats of REST answers.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use leaderport::service::{
    Leaderboards, Outcome, PlayerStanding, SeasonInfo, SeasonOutcome, Standings,
};
use leaderport::{
    Board, Milestone, Period, PlayerId, PlayerName, Position, Rank, Row, Score, Season, Slug,
    SubmissionId, Timestamp,
};
use serde::Serialize;
use utoipa::openapi::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::http::problem::Problem;
use crate::openapi::component;

/// Usual size of an answer without its rows, in bytes of JSON.
const ANSWER_BYTES: usize = 512;

/// Usual size of a row, in bytes of JSON.
const ROW_BYTES: usize = 160;

/// An answer of about `rows` rows as JSON, written in one pass to a buffer of the expected size.
/// [`Json`] begins with 128 bytes, so that a page is moved several times.
fn with_rows(answer: &impl Serialize, rows: usize) -> Response {
    let mut body = Vec::with_capacity(ANSWER_BYTES + rows * ROW_BYTES);
    if serde_json::to_writer(&mut body, answer).is_err() {
        // Answers with the error.
        return Json(answer).into_response();
    }
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

/// A board with its running seasons.
#[derive(Serialize)]
pub(crate) struct BoardAnswer {
    #[serde(flatten)]
    board: Board,
    seasons: Vec<SeasonAnswer>,
}

impl BoardAnswer {
    pub(crate) fn of(board: &Board, leaderboards: &Leaderboards) -> Result<Self, Problem> {
        let running = board
            .periods
            .iter()
            .map(|p| leaderboards.season(board, Some(p), None));
        let seasons = running.map(|s| s.map(|s| SeasonAnswer::from(&s)));
        Ok(Self {
            board: board.clone(),
            seasons: seasons.collect::<Result<_, _>>()?,
        })
    }

    /// The version, and the running seasons that change without one.
    pub(crate) fn state(&self) -> String {
        let seasons = self.seasons.iter().map(|running| running.season);
        let seasons = seasons.filter(|season| *season != Season::AllTime);
        seasons.fold(self.board.version.to_string(), |state, season| {
            format!("{state}.{season}")
        })
    }
}

/// By hand, because the ledger stores `recounting` apart from the definition, so that serde skips it
/// in one direction and the derived schema of [`Board`] leaves it out.
impl PartialSchema for BoardAnswer {
    fn schema() -> RefOr<Schema> {
        let seasons = ArrayBuilder::new().items(Ref::from_schema_name(SeasonAnswer::name()));
        let recounting = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some(
                "`true` while the standings are recounted by new rules; else absent.",
            ));
        let rest = ObjectBuilder::new()
            .property("seasons", seasons)
            .required("seasons")
            .property("recounting", recounting);
        AllOfBuilder::new()
            .description(Some("A board with its running seasons."))
            .item(Ref::from_schema_name(Board::name()))
            .item(rest)
            .into()
    }
}

impl ToSchema for BoardAnswer {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BoardAnswer")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(component::<Board>());
        Board::schemas(schemas);
        schemas.push(component::<SeasonAnswer>());
        SeasonAnswer::schemas(schemas);
    }
}

/// A season with its start and its next reset.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeasonAnswer {
    period: Period,
    season: Season,
    starts_at: Timestamp,
    /// Start of the next season; null for `all`.
    #[schema(required)]
    next_reset: Option<Timestamp>,
}

impl From<&SeasonInfo> for SeasonAnswer {
    fn from(info: &SeasonInfo) -> Self {
        Self {
            period: info.key.season.period(),
            season: info.key.season,
            starts_at: info.starts_at,
            next_reset: info.next_reset,
        }
    }
}

/// Consecutive rows of a season.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingsAnswer {
    board: Slug,
    period: Period,
    season: Season,
    /// Start of the next season; null for `all`.
    #[schema(required)]
    next_reset: Option<Timestamp>,
    pub(crate) position: Position,
    /// Whether the rows were read from the ledger, because the broker is down.
    degraded: bool,
    total: u64,
    offset: u64,
    rows: Vec<Row>,
}

impl IntoResponse for StandingsAnswer {
    fn into_response(self) -> Response {
        with_rows(&self, self.rows.len())
    }
}

impl From<Standings> for StandingsAnswer {
    fn from(Standings { season, slice }: Standings) -> Self {
        Self {
            period: season.key.season.period(),
            season: season.key.season,
            board: season.key.board,
            next_reset: season.next_reset,
            position: slice.position,
            degraded: slice.position.is_degraded(),
            total: slice.total,
            offset: slice.start,
            rows: slice.rows,
        }
    }
}

/// A player's standing in one season, without player and board.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceAnswer {
    period: Period,
    season: Season,
    /// Start of the next season; null for `all`.
    #[schema(required)]
    next_reset: Option<Timestamp>,
    position: Position,
    degraded: bool,
    rank: Rank,
    score: Score,
    achieved_at: Timestamp,
    total: u64,
    percentile: f64,
}

impl From<&PlayerStanding> for PlaceAnswer {
    fn from(standing: &PlayerStanding) -> Self {
        Self {
            period: standing.season.key.season.period(),
            season: standing.season.key.season,
            next_reset: standing.season.next_reset,
            position: standing.position,
            degraded: standing.position.is_degraded(),
            rank: standing.row.rank,
            score: standing.row.score,
            achieved_at: standing.row.achieved_at,
            total: standing.totals.total,
            percentile: standing.totals.percentile,
        }
    }
}

/// A player's standing in one season.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingAnswer {
    board: Slug,
    player: PlayerId,
    name: PlayerName,
    #[serde(flatten)]
    place: PlaceAnswer,
}

impl IntoResponse for StandingAnswer {
    fn into_response(self) -> Response {
        with_rows(&self, 0)
    }
}

impl From<PlayerStanding> for StandingAnswer {
    fn from(standing: PlayerStanding) -> Self {
        Self {
            place: (&standing).into(),
            board: standing.season.key.board,
            player: standing.row.player,
            name: standing.row.name,
        }
    }
}

/// The changes of a player's score.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryAnswer {
    pub(crate) milestones: Vec<Milestone>,
}

/// Players found by a search.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundAnswer {
    pub(crate) players: Vec<StandingAnswer>,
}

/// A player's standings in every running season.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlayerAnswer {
    pub(crate) board: Slug,
    pub(crate) player: PlayerId,
    pub(crate) name: PlayerName,
    pub(crate) standings: Vec<PlaceAnswer>,
}

/// The answer to a submission.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmissionAnswer {
    id: SubmissionId,
    player: PlayerId,
    name: PlayerName,
    standings: Vec<SubmissionStanding>,
}

#[derive(Serialize, ToSchema)]
struct SubmissionStanding {
    period: Period,
    season: Season,
    score: Score,
    achieved_at: Timestamp,
    /// Rank now; null while the broker is down.
    #[schema(required)]
    rank: Option<Rank>,
    /// Rank before; null for a new player.
    #[schema(required)]
    previous_rank: Option<Rank>,
    #[schema(required)]
    position: Option<Position>,
}

impl From<Outcome> for SubmissionAnswer {
    fn from(outcome: Outcome) -> Self {
        let standing = |s: SeasonOutcome| SubmissionStanding {
            period: s.season.period(),
            season: s.season,
            score: s.score,
            achieved_at: s.achieved_at,
            rank: s.ranks.map(|r| r.rank),
            previous_rank: s.ranks.and_then(|r| r.previous),
            position: s.ranks.map(|r| r.position),
        };
        Self {
            id: outcome.id,
            player: outcome.player,
            name: outcome.name,
            standings: outcome.seasons.into_iter().map(standing).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use leaderport::Epoch;

    use super::*;

    fn row(number: u64) -> Row {
        let player = PlayerId::new(&format!("p\"{number}")).unwrap();
        Row {
            rank: Rank::after(number),
            name: PlayerName::new(&"Zoë ".repeat(10)).unwrap(),
            player,
            score: Score::MIN,
            achieved_at: Timestamp::MIN,
        }
    }

    #[tokio::test]
    async fn answers_are_those_of_the_general_json() {
        for rows in [0, 1, 50, 200] {
            let answer = || StandingsAnswer {
                board: Slug::new("arena").unwrap(),
                period: Period::Daily,
                season: Season::Day(2026, 11, 20),
                next_reset: Some(Timestamp::MAX),
                position: Position {
                    epoch: Epoch(7),
                    offset: 9,
                },
                degraded: false,
                total: rows,
                offset: 0,
                rows: (0..rows).map(row).collect(),
            };
            let (own, general) = (answer().into_response(), Json(answer()).into_response());
            assert_eq!(own.status(), general.status());
            assert_eq!(own.headers(), general.headers());
            let (own, general) = (own.into_body(), general.into_body());
            let own = to_bytes(own, usize::MAX).await.unwrap();
            assert_eq!(own, to_bytes(general, usize::MAX).await.unwrap());
        }
    }
}
