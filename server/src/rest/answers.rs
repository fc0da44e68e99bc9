//! Formats of REST answers.

use leaderport::service::{
    Leaderboards, Outcome, PlayerStanding, SeasonInfo, SeasonOutcome, Standings,
};
use leaderport::{
    Board, Milestone, Period, PlayerId, PlayerName, Position, Rank, Row, Score, Season, Slug,
    SubmissionId, Timestamp,
};
use serde::Serialize;

use crate::http::problem::Problem;

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
}

/// A season with its start and its next reset.
#[derive(Serialize)]
pub(crate) struct SeasonAnswer {
    period: Period,
    season: Season,
    starts_at: Timestamp,
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
#[derive(Serialize)]
pub(crate) struct StandingsAnswer {
    board: Slug,
    period: Period,
    season: Season,
    next_reset: Option<Timestamp>,
    pub(crate) position: Position,
    /// Whether the rows were read from the ledger, because the broker is down.
    degraded: bool,
    total: u64,
    offset: u64,
    rows: Vec<Row>,
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
#[derive(Serialize)]
pub(crate) struct PlaceAnswer {
    period: Period,
    season: Season,
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
#[derive(Serialize)]
pub(crate) struct StandingAnswer {
    board: Slug,
    player: PlayerId,
    name: PlayerName,
    #[serde(flatten)]
    place: PlaceAnswer,
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
#[derive(Serialize)]
pub(crate) struct HistoryAnswer {
    pub(crate) milestones: Vec<Milestone>,
}

/// Players found by a search.
#[derive(Serialize)]
pub(crate) struct FoundAnswer {
    pub(crate) players: Vec<StandingAnswer>,
}

/// A player's standings in every running season.
#[derive(Serialize)]
pub(crate) struct PlayerAnswer {
    pub(crate) board: Slug,
    pub(crate) player: PlayerId,
    pub(crate) name: PlayerName,
    pub(crate) standings: Vec<PlaceAnswer>,
}

/// The answer to a submission.
#[derive(Serialize)]
pub(crate) struct SubmissionAnswer {
    id: SubmissionId,
    player: PlayerId,
    name: PlayerName,
    standings: Vec<SubmissionStanding>,
}

#[derive(Serialize)]
struct SubmissionStanding {
    period: Period,
    season: Season,
    score: Score,
    achieved_at: Timestamp,
    rank: Option<Rank>,
    previous_rank: Option<Rank>,
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
