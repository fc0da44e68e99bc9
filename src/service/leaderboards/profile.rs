//! A player, as everybody may see them: where they stand, board by board.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::read::DEGRADED_AT_ONCE;
use crate::service::leaderboards::read::PlayerStanding;
use crate::{Board, PlayerId, PlayerName};

/// Boards that are looked at: the first, by slug.
const BOARDS: usize = 200;

/// A player.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Who: of who was merged into another, the other.
    pub player: PlayerId,
    /// The name that boards show.
    pub name: PlayerName,
    /// Where they stand now, by board: in its longest period.
    pub standings: Vec<(Arc<Board>, PlayerStanding)>,
}

impl Leaderboards {
    /// A player, and where they stand on boards that are not archived.
    ///
    /// # Errors
    /// Of whom nothing is shown anywhere, or an engine is away.
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
        // No more at a time than may be read of the ledger while the broker is away.
        let standings = standings.buffered(DEGRADED_AT_ONCE);
        let standings: Vec<_> = standings.try_collect().await?;
        let standings: Vec<_> = standings.into_iter().flatten().collect();
        let name = if let Some((_, standing)) = standings.first() {
            Some(standing.row.name.clone())
        } else {
            // Who stands nowhere now was somewhere, if they have a name.
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
