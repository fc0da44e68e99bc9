//! Public profile of a player: their standings on all boards. Also the review of a player by
//! moderators, which only the player reads.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::reads::player_search::AT_HAND;
use crate::service::leaderboards::reads::read::DEGRADED_AT_ONCE;
use crate::service::leaderboards::reads::read::PlayerStanding;
use crate::{Board, PlayerId, PlayerName, Slug};

/// Maximum number of boards to read, in the order of their slugs.
const BOARDS: usize = 200;

/// A player's public profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The player; for a merged player, the receiving player.
    pub player: PlayerId,
    /// Display name.
    pub name: PlayerName,
    /// Current standings by board, in the longest period.
    pub standings: Vec<(Arc<Board>, PlayerStanding)>,
}

/// A moderator's ruling for which scores of a player are not ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// The player is banned, or was merged into a banned player.
    Banned,
    /// Some of the player's submissions are quarantined.
    Held,
}

impl Leaderboards {
    /// The review of the caller's scores, on one board or on all: optional data of a page, so
    /// `None` also on failure or timeout, and for callers who are no player.
    pub async fn review(&self, caller: &Caller, board: Option<&Slug>) -> Option<Review> {
        let read = tokio::time::timeout(AT_HAND, self.read_review(caller, board)).await;
        read.ok()?.ok()?
    }

    async fn read_review(
        &self,
        caller: &Caller,
        board: Option<&Slug>,
    ) -> Result<Option<Review>, Error> {
        let Some(player) = caller.player() else {
            return Ok(None);
        };
        caller.check(Operation::ReadSubmissions(player))?;
        let record = self.records.player(player).await?;
        let is_banned = match &record.merged_into {
            Some(into) => record.is_banned || self.records.player(into).await?.is_banned,
            None => record.is_banned,
        };
        if is_banned {
            return Ok(Some(Review::Banned));
        }
        let has_held = self.records.has_held(player, board).await?;
        Ok(has_held.then_some(Review::Held))
    }

    /// A player's standings on boards that are not archived.
    ///
    /// # Errors
    /// Fails if the player has no public data, or if an engine is down.
    pub async fn profile(&self, player: &PlayerId) -> Result<Profile, Error> {
        let merged = self.merged_into(player).await;
        let shown = merged.as_ref().unwrap_or(player);
        let boards = self.boards().into_iter().filter(|board| !board.archived);
        let standings = stream::iter(boards.take(BOARDS)).map(async |board| {
            let season = self.season(&board, None, None)?;
            match self.own_standing(season, shown).await {
                Ok(standing) => Ok(Some((board, standing))),
                Err(Error::UnknownPlayer(..)) => Ok(None),
                Err(error) => Err(error),
            }
        });
        // While the broker is down, each of these is a read from the ledger, and only this many
        // may run concurrently.
        let standings = standings.buffered(DEGRADED_AT_ONCE);
        let standings: Vec<_> = standings.try_collect().await?;
        let standings: Vec<_> = standings.into_iter().flatten().collect();
        let name = if let Some((_, standing)) = standings.first() {
            Some(standing.row.name.clone())
        } else {
            // A player with a name had a standing before, even if none is current.
            let record = self.records.player(shown).await?;
            record.name.filter(|_| !record.is_banned)
        };
        let unknown = || Error::UnknownPlayer(player.clone(), "any board".to_owned());
        Ok(Profile {
            player: shown.clone(),
            name: name.ok_or_else(unknown)?,
            standings,
        })
    }
}
