//! What readers of a board look up: what became of a player, who begins with a text, which
//! seasons there were. Open to all: it is of standings that were on the board.

use std::time::Duration;

use tokio::time::timeout;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::moderation::searched;
use crate::service::leaderboards::read::{PlayerStanding, SeasonInfo};
use crate::{InvalidValue, Milestone, Period, PlayerId, Season, SeasonKey, Slug, Timestamp};

/// Submissions among which milestones are looked for: the newest.
const LOOKED_AT: u32 = 500;

/// Players that a search gives.
const FOUND: u32 = 12;

/// The most who stand in a season that is searched whole.
const SHORT: u64 = 10_000;

/// How far back seasons of a period are looked for.
const OFFERED: usize = 60;

/// How long a page waits for what is besides its rows.
const AT_HAND: Duration = Duration::from_millis(400);

/// What comes in time.
async fn at_hand<T>(read: impl Future<Output = Result<Vec<T>, Error>>) -> Vec<T> {
    let read = timeout(AT_HAND, read).await;
    read.ok().and_then(Result::ok).unwrap_or_default()
}

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
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Vec<Milestone>, Error> {
        let board = self.board(&key.board)?;
        // What came before it was started over is of another season, as it were.
        let after = board.season_rule(key.season).begun_after;
        let milestones = self.records.milestones(key, player, after, LOOKED_AT);
        Ok(Milestone::of(milestones.await?))
    }

    /// [`Self::history_of`] for a page that is worth reading without it: nothing where it is
    /// not at hand.
    pub async fn history_at_hand(&self, key: &SeasonKey, player: &PlayerId) -> Vec<Milestone> {
        at_hand(self.history_of(key, player)).await
    }

    /// [`Self::past_seasons`] for a page that is worth reading without them.
    pub async fn seasons_at_hand(&self, key: &SeasonKey) -> Vec<Season> {
        at_hand(self.past_seasons(&key.board, key.season.period())).await
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
        let is_short = self.slice(&season.key, 0, 0).await?.total <= SHORT;
        let records = &self.records;
        let players = records.find_standing(&season.key, text, is_short, FOUND);
        let players = players.await?;
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

    /// The last sixty seasons of a period as far as somebody was in them, and the one that
    /// runs: the newest first.
    ///
    /// # Errors
    /// An unknown board, or the ledger is away.
    pub async fn past_seasons(&self, slug: &Slug, period: Period) -> Result<Vec<Season>, Error> {
        let board = self.board(slug)?;
        if !board.periods.contains(period) {
            return Ok(Vec::new());
        }
        let zone = board.zone();
        let running = Season::at(period, &zone, self.clock.now());
        let mut wanted = vec![running];
        while let Some(last) = wanted.last().filter(|_| wanted.len() < OFFERED) {
            let start = last.bounds(&zone).start;
            if start == Timestamp::MIN {
                break;
            }
            wanted.push(Season::at(period, &zone, start.plus_millis(-1)));
        }
        let recorded = self.records.seasons_among(slug, &wanted).await?;
        let is_offered = |season: &Season| *season == running || recorded.contains(season);
        wanted.retain(is_offered);
        Ok(wanted)
    }
}
