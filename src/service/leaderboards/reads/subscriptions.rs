//! Data for realtime channels other than pages.

use std::time::Duration;

use crate::protocol::{BoardState, Presence, RunningSeason};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::reads::read::PlayerStanding;
use crate::service::ports::broker::{Missed, Publication};
use crate::{PlayerId, PlayerName, Position, SeasonKey, Slug};

/// Lifetime of a node's presence report: two and a half report intervals.
const PRESENT: Duration = Duration::from_millis(12_500);

/// Numbers of recent publications to request: the next smaller one if the stream no longer has
/// that many.
const RECENT: [u64; 3] = [1_000, 500, 50];

impl Leaderboards {
    /// The latest publications in a season's stream, and its position.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn recent(&self, key: &SeasonKey) -> Result<(Position, Vec<Publication>), Error> {
        let position = self.slice(key, 0, 1).await?.position;
        // Publications between the read of the position and this read may push the oldest
        // ones out of the stream.
        for recent in RECENT {
            let since = Position {
                offset: position.offset.saturating_sub(recent),
                ..position
            };
            let missed = match self.missed(key, since).await {
                // A state read from the ledger has no stream.
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

    /// The player and the name under which a board lists a player in its longest period;
    /// `None` without a standing.
    ///
    /// # Errors
    /// Returns [`Error::UnknownBoard`], or fails if an engine is down.
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

    /// The display name of a player in a season. Without a standing, or on failure, the name
    /// is derived from the id.
    pub async fn name_of(&self, key: &SeasonKey, player: &PlayerId) -> PlayerName {
        let name = async || {
            let info = self.find(&key.board, None, Some(key.season)).ok()?;
            let standing = self.standing(info, player).await.ok()?;
            Some(standing.row.name)
        };
        name().await.unwrap_or_else(|| player.into())
    }

    /// A board's current settings and running seasons.
    ///
    /// # Errors
    /// Returns [`Error::UnknownBoard`].
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

    /// Reports this node's viewers of a board. Returns the viewers on all nodes.
    ///
    /// # Errors
    /// Fails if the broker is down.
    pub async fn present(&self, board: &Slug, here: &Presence) -> Result<Presence, Error> {
        let node = &self.node;
        let all = self.broker.present(board, node, here, PRESENT).await?;
        self.viewers.insert(board.clone(), all.count);
        Ok(all)
    }

    /// Whether this is the only node on the broker.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.broker.is_local()
    }
}
