//! What the realtime layer asks besides pages and standings.

use std::time::Duration;

use super::broker::{Missed, Publication};
use super::{Error, Leaderboards};
use crate::protocol::{BoardState, Presence, RunningSeason};
use crate::{PlayerId, PlayerName, Position, Season, SeasonKey, Slug};

/// How long a node's word on who watches there is good: two and a half of the times
/// after which it says so again.
const PRESENT: Duration = Duration::from_millis(12_500);

/// Publications of the stream's end that are looked at: as many as there are, else fewer.
const RECENT: [u64; 3] = [1_000, 500, 50];

impl Leaderboards {
    /// The last publications that the stream of a season still has, and its position.
    ///
    /// # Errors
    /// When an engine is away.
    pub async fn recent(&self, key: &SeasonKey) -> Result<(Position, Vec<Publication>), Error> {
        let position = self.slice(key, 0, 1).await?.position;
        // What comes between the two reads pushes the oldest out of the stream.
        for recent in RECENT {
            let since = Position {
                offset: position.offset.saturating_sub(recent),
                ..position
            };
            let missed = match self.missed(key, since).await {
                // What is shown of the ledger has no stream.
                Err(error) if !error.is_of_broker() || !position.is_degraded() => {
                    return Err(error);
                }
                missed => missed.unwrap_or(Missed::Gone),
            };
            if let Missed::All(mut publications) = missed {
                publications.retain(|p| p.position.offset <= position.offset);
                return Ok((position, publications));
            }
        }
        Ok((position, Vec::new()))
    }

    /// The name by which a board shows a player in its longest period; none where they
    /// stand there no more, or it cannot be found out.
    pub async fn name_on(&self, board: &Slug, player: &PlayerId) -> Option<PlayerName> {
        self.name_in(board, None, player).await
    }

    /// The name by which a player is shown in a season; the id where they stand there
    /// no more, or it cannot be found out.
    pub async fn name_of(&self, key: &SeasonKey, player: &PlayerId) -> PlayerName {
        let name = self.name_in(&key.board, Some(key.season), player).await;
        name.unwrap_or_else(|| player.into())
    }

    async fn name_in(
        &self,
        board: &Slug,
        season: Option<Season>,
        player: &PlayerId,
    ) -> Option<PlayerName> {
        let info = self.find(board, None, season).ok()?;
        let standing = self.standing(info, player).await.ok()?;
        Some(standing.row.name)
    }

    /// A board's settings and running seasons, now.
    ///
    /// # Errors
    /// [`Error::UnknownBoard`].
    pub fn board_state(&self, slug: &Slug) -> Result<BoardState, Error> {
        let board = self.board(slug)?;
        let now = self.clock.now();
        let zone = board.zone();
        let running = board.seasons_at(now).into_iter();
        let seasons: Vec<RunningSeason> = running
            .map(|season| RunningSeason {
                season,
                next_reset: season.bounds(&zone).end,
                closed: board.season_rule(season).closed,
            })
            .collect();
        Ok(BoardState {
            version: board.version,
            title: board.title.clone(),
            is_open: board.check_open(now).is_ok() && seasons.iter().any(|s| !s.closed),
            archived: board.archived,
            seasons,
        })
    }

    /// Says who watches a board here, and gives who does on all nodes.
    ///
    /// # Errors
    /// When the broker is away.
    pub async fn present(&self, board: &Slug, here: &Presence) -> Result<Presence, Error> {
        let node = &self.node;
        Ok(self.broker.present(board, node, here, PRESENT).await?)
    }

    /// Whether no other node shares the broker.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.broker.is_local()
    }
}
