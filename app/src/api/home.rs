//! Server functions of the home page: the cards of the boards, and their numbers of viewers.

use leaderport::{PlayerName, Rank, Score, Season, Slug, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::core::board::BoardSummary;
use crate::core::season_phase::SeasonPhase;
use crate::error::PageError;

/// A board on the home page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardCard {
    /// The board.
    pub board: BoardSummary,
    /// The running season of its longest period.
    pub season: Season,
    /// When the season ends; none for `all`.
    pub next_reset: Option<Timestamp>,
    /// The number of ranked players in the season.
    pub total: u64,
    /// The first three of the season, best first.
    pub leaders: Vec<Leader>,
    /// Whether the season takes scores.
    pub phase: SeasonPhase,
    /// The reader's rank in the season, if they have one.
    pub my_rank: Option<Rank>,
    /// The number of readers who have the board's page open, up to some seconds old.
    pub viewers: u64,
}

/// A leader of a season: rank, name, score.
pub type Leader = (Rank, PlayerName, Score);

/// All boards that are not archived, with their leaders. Open boards come first, then those that open
/// later; in each of these groups, the board with the most changes in its season comes first.
///
/// # Errors
/// Fails if an engine is down.
#[server(prefix = "/_fn", endpoint = "boards", input = leptos::server_fn::codec::GetUrl)]
pub async fn load_boards() -> Result<Vec<BoardCard>, PageError> {
    backend::boards().await
}

/// The boards that have viewers, with the number of each, up to some seconds old.
///
/// # Errors
/// Fails if the server cannot be reached.
#[server(prefix = "/_fn", endpoint = "viewers", input = leptos::server_fn::codec::GetUrl, output = leptos::server_fn::codec::Postcard)]
pub async fn load_viewers() -> Result<Vec<(Slug, u64)>, PageError> {
    Ok(backend::viewers().await)
}

#[cfg(feature = "ssr")]
mod backend {
    use std::cmp::Reverse;
    use std::sync::Arc;

    use futures::stream::{self, StreamExt, TryStreamExt};
    use leaderport::service::{Error, Leaderboards};
    use leaderport::{Board, Position, Slug, Timestamp};

    use super::super::request::Request;
    use super::super::season_phase::phase;
    use super::BoardCard;
    use crate::api::visitor::Visitor;
    use crate::core::board::BoardSummary;
    use crate::core::season_phase::SeasonPhase;
    use crate::error::PageError;

    /// The number of leaders on a card.
    const LEADERS: usize = 3;

    /// The number of boards that the home page reads at once.
    const CARDS_AT_ONCE: usize = 8;

    pub(super) async fn boards() -> Result<Vec<BoardCard>, PageError> {
        let request = Request::current();
        let reader = request.reader().await;
        let read = read_boards(&request.leaderboards, reader.as_ref()).await;
        request.with_status(read)
    }

    async fn read_boards(
        leaderboards: &Arc<Leaderboards>,
        reader: Option<&Visitor>,
    ) -> Result<Vec<BoardCard>, Error> {
        let now = leaderboards.now();
        let boards = leaderboards.boards().into_iter();
        let boards = boards.filter(|board| !board.archived);
        let cards = boards.map(|board| read_card(leaderboards, board, reader, now));
        let cards = stream::iter(cards).buffered(CARDS_AT_ONCE);
        let mut cards: Vec<(BoardCard, Position)> = cards.try_collect().await?;
        cards.sort_by_key(|(card, position)| {
            let group = match card.phase {
                SeasonPhase::Open => 0,
                SeasonPhase::Upcoming(_) => 1,
                SeasonPhase::Final | SeasonPhase::Closed | SeasonPhase::Archived => 2,
            };
            (group, Reverse(position.offset), Reverse(card.total))
        });
        Ok(cards.into_iter().map(|(card, _)| card).collect())
    }

    pub(super) async fn viewers() -> Vec<(Slug, u64)> {
        let leaderboards = Request::current().leaderboards;
        let boards = leaderboards.boards().into_iter();
        let boards = boards.filter(|board| !board.archived);
        let counts = boards.map(|board| viewers_of(&leaderboards, board));
        let counts = stream::iter(counts).buffered(CARDS_AT_ONCE);
        let mut counts: Vec<(Slug, u64)> = counts.collect().await;
        counts.retain(|(_, count)| *count > 0);
        counts
    }

    async fn viewers_of(leaderboards: &Leaderboards, board: Arc<Board>) -> (Slug, u64) {
        let count = leaderboards.viewers(&board.slug).await;
        (board.slug.clone(), count)
    }

    /// The card of a board, and the position of its rows.
    async fn read_card(
        leaderboards: &Arc<Leaderboards>,
        board: Arc<Board>,
        reader: Option<&Visitor>,
        now: Timestamp,
    ) -> Result<(BoardCard, Position), Error> {
        let season = leaderboards.season(&board, None, None)?;
        let (shown, next_reset) = (season.key.season, season.next_reset);
        let phase = phase(&board, &season, now);
        let top = leaderboards.standings(season.clone(), 0, LEADERS).await?;
        let top = top.slice;
        // Without a rank, the card is still of use. While the broker is down, ranks are expensive.
        let my_rank = match reader {
            Some(reader) if !top.position.is_degraded() => {
                let mine = leaderboards.standing(season, &reader.player).await;
                mine.ok().map(|mine| mine.row.rank)
            }
            _ => None,
        };
        let leaders = top.rows.into_iter().map(|r| (r.rank, r.name, r.score));
        let card = BoardCard {
            board: BoardSummary::from(&*board),
            season: shown,
            next_reset,
            total: top.total,
            leaders: leaders.collect(),
            phase,
            my_rank,
            viewers: leaderboards.viewers(&board.slug).await,
        };
        Ok((card, top.position))
    }
}
