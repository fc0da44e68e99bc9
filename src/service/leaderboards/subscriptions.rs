//! What the realtime layer asks besides pages and standings.

use std::time::Duration;

use crate::protocol::{BoardState, Presence, RunningSeason};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::read::PlayerStanding;
use crate::service::ports::broker::{Missed, Publication};
use crate::{PlayerId, PlayerName, Position, SeasonKey, Slug};

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

    /// As whom a board shows a player in its longest period, and by what name; none where
    /// they stand there no more.
    ///
    /// # Errors
    /// [`Error::UnknownBoard`], or an engine is away.
    pub async fn shown_on(
        &self,
        board: &Slug,
        player: &PlayerId,
    ) -> Result<Option<(PlayerId, PlayerName)>, Error> {
        let info = self.find(board, None, None)?;
        match self.standing(info, player).await {
            Ok(PlayerStanding { row, .. }) => Ok(Some((row.player, row.name))),
            Err(Error::UnknownPlayer(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name by which a player is shown in a season; the id where they stand there
    /// no more, or it cannot be found out.
    pub async fn name_of(&self, key: &SeasonKey, player: &PlayerId) -> PlayerName {
        let name = async || {
            let info = self.find(&key.board, None, Some(key.season)).ok()?;
            let standing = self.standing(info, player).await.ok()?;
            Some(standing.row.name)
        };
        name().await.unwrap_or_else(|| player.into())
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
