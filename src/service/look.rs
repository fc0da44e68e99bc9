//! What readers of a board look up: what became of a player, who begins with a text, which
//! seasons there were. Open to all: it is of standings that were on the board.

use super::moderation::searched;
use super::{Error, Leaderboards, PlayerStanding, SeasonInfo};
use crate::{InvalidValue, Milestone, Period, PlayerId, Season, Slug};

/// Submissions among which milestones are looked for: the newest.
const LOOKED_AT: u32 = 500;

/// Players that a search gives.
const FOUND: u32 = 12;

/// Seasons of a period that are offered: the newest.
const OFFERED: usize = 60;

impl Leaderboards {
    /// What became of a player who stands in a season: the moments at which their score
    /// changed, the oldest first; of who is merged into another, the other's. Of who was
    /// raised by a ruling, what their submissions were answered with.
    ///
    /// # Errors
    /// Who does not stand there, or an engine is away.
    pub async fn history(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
    ) -> Result<Vec<Milestone>, Error> {
        let key = season.key.clone();
        let standing = self.standing(season, player).await?;
        self.history_of(&key, &standing.row.player).await
    }

    /// The same of somebody who is known to stand there.
    ///
    /// # Errors
    /// When the ledger is away.
    pub async fn history_of(
        &self,
        key: &crate::SeasonKey,
        player: &PlayerId,
    ) -> Result<Vec<Milestone>, Error> {
        let milestones = self.records.milestones(key, player, LOOKED_AT).await?;
        Ok(Milestone::of(milestones))
    }

    /// Players of a season whose name begins with a text, by name, with where they stand.
    ///
    /// # Errors
    /// A text that is empty or too long, or an engine is away.
    pub async fn search(
        &self,
        season: &SeasonInfo,
        text: &str,
    ) -> Result<Vec<PlayerStanding>, Error> {
        let text = searched("name", text)?;
        if text.is_empty() {
            return Err(InvalidValue::new("name", text, "must not be empty").into());
        }
        let players = self.records.find_standing(&season.key, text, FOUND).await?;
        let mut found = Vec::with_capacity(players.len());
        for player in players {
            match self.standing(season.clone(), &player).await {
                Ok(standing) => found.push(standing),
                // Gone since.
                Err(Error::UnknownPlayer(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The seasons of a period that somebody was in, and the one that runs: the newest first.
    ///
    /// # Errors
    /// An unknown board, or the ledger is away.
    pub async fn past_seasons(&self, slug: &Slug, period: Period) -> Result<Vec<Season>, Error> {
        let board = self.board(slug)?;
        let mut seasons = self.records.past_seasons(slug).await?;
        seasons.extend(board.seasons_at(self.clock.now()));
        seasons.retain(|season| season.period() == period);
        seasons.sort_unstable_by(|a, b| b.cmp(a));
        seasons.dedup();
        seasons.truncate(OFFERED);
        Ok(seasons)
    }
}
