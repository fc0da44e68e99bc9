//! Lookups on a board: score histories, players by name, past seasons. Open to all callers,
//! because the board shows or has shown this data publicly.

use std::time::Duration;

use tokio::time::timeout;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::moderation::searched;
use crate::service::leaderboards::read::{PlayerStanding, SeasonInfo};
use crate::{InvalidValue, Milestone, Period, PlayerId, Season, SeasonKey, Slug, Timestamp};

/// Number of newest submissions searched for milestones.
const LOOKED_AT: u32 = 500;

/// Maximum number of players in a search result.
const FOUND: u32 = 12;

/// Maximum number of players in a season that is searched completely.
const SHORT: u64 = 10_000;

/// Maximum number of past seasons offered.
const OFFERED: usize = 60;

/// Timeout for optional data of a page.
const AT_HAND: Duration = Duration::from_millis(400);

/// The result of a read; empty on failure or timeout.
async fn at_hand<T>(read: impl Future<Output = Result<Vec<T>, Error>>) -> Vec<T> {
    let read = timeout(AT_HAND, read).await;
    read.ok().and_then(Result::ok).unwrap_or_default()
}

impl Leaderboards {
    /// Score history of a player with a standing: each change of their score, oldest first.
    /// For a merged player, the history of the receiving player. Scores and ranks are those
    /// of the original answers, even after a ruling.
    ///
    /// # Errors
    /// Fails if the player has no standing, or if an engine is down.
    pub async fn history(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
    ) -> Result<Vec<Milestone>, Error> {
        let key = season.key.clone();
        let standing = self.standing(season, player).await?;
        self.history_of(&key, &standing.row.player).await
    }

    /// Like [`Self::history`], for a player who is known to have a standing.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn history_of(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Vec<Milestone>, Error> {
        let board = self.board(&key.board)?;
        // Submissions before a restart of the season do not belong to it.
        let after = board.season_rule(key.season).begun_after;
        let milestones = self.records.milestones(key, player, after, LOOKED_AT);
        Ok(Milestone::of(milestones.await?))
    }

    /// [`Self::history_of`] as optional data of a page: empty on failure or timeout.
    pub async fn history_at_hand(&self, key: &SeasonKey, player: &PlayerId) -> Vec<Milestone> {
        at_hand(self.history_of(key, player)).await
    }

    /// [`Self::past_seasons`] as optional data of a page: empty on failure or timeout.
    pub async fn seasons_at_hand(&self, key: &SeasonKey) -> Vec<Season> {
        at_hand(self.past_seasons(&key.board, key.season.period())).await
    }

    /// Players of a season whose name begins with a text, sorted by name, with their
    /// standings.
    ///
    /// Open to all. A search costs one query, over at most five hundred candidates in a long
    /// season and all standings of a short one, and a place for each of at most [`FOUND`]
    /// players. The connections of the records bound concurrent queries.
    ///
    /// # Errors
    /// Fails if the text is empty or too long, or if an engine is down.
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
                // The player lost the standing after the search.
                Err(Error::UnknownPlayer(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The running season of a period, and those of the last sixty that have recorded
    /// standings, newest first.
    ///
    /// # Errors
    /// Fails if the board is unknown, or if the ledger is down.
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
