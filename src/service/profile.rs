//! A player, as everybody may see them: where they stand, board by board.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Error, Leaderboards, PlayerStanding};
use crate::{Board, PlayerId};

/// Boards that are looked at: the first, by slug.
const BOARDS: usize = 200;

/// Boards that are looked at at a time.
const AT_ONCE: usize = 16;

impl Leaderboards {
    /// Where a player stands now in the longest period of each board that is not
    /// archived; of who was merged into another, the other's.
    ///
    /// # Errors
    /// Who stands nowhere, or an engine is away.
    pub async fn profile(
        &self,
        player: &PlayerId,
    ) -> Result<Vec<(Arc<Board>, PlayerStanding)>, Error> {
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
        let standings: Vec<_> = standings.buffered(AT_ONCE).try_collect().await?;
        let standings: Vec<_> = standings.into_iter().flatten().collect();
        if standings.is_empty() {
            return Err(Error::UnknownPlayer(player.clone(), "any board".to_owned()));
        }
        Ok(standings)
    }
}
