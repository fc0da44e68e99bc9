//! Lookups on a board: score histories, players by name, past seasons. Open to all callers,
//! because the board shows or has shown this data publicly.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::admin::moderation::searched;
use crate::service::leaderboards::reads::read::{PlayerStanding, SeasonInfo};
use crate::{InvalidValue, Milestone, Period, PlayerId, Season, SeasonKey, Slug};

/// Number of newest submissions searched for milestones.
const LOOKED_AT: u32 = 500;

/// Maximum number of players in a search result.
const FOUND: u32 = 12;

/// Maximum number of players in a season that is searched completely, as the records can.
const SHORT: u64 = 10_000;

/// Number of concurrent searches in the records.
pub(crate) const SEARCHES_AT_ONCE: usize = 2;

/// Timeout for the turn to search.
const TURN: Duration = Duration::from_secs(2);

/// Maximum number of seasons in one choice.
const OFFERED: usize = 60;

/// The seasons to choose from on the page of a season.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeasonChoices {
    /// The seasons, newest first, with the one shown.
    pub seasons: Vec<Season>,
    /// The next newer season that has no place in the list.
    pub newer: Option<Season>,
    /// The next older season that has no place in the list.
    pub older: Option<Season>,
}

/// Timeout for optional data of a page.
pub(crate) const AT_HAND: Duration = Duration::from_millis(400);

/// The result of a read; empty on failure or timeout.
async fn at_hand<T: Default>(read: impl Future<Output = Result<T, Error>>) -> T {
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

    /// [`Self::season_choices`] as optional data of a page: empty on failure or timeout.
    pub async fn season_choices_at_hand(&self, key: &SeasonKey) -> SeasonChoices {
        at_hand(self.season_choices(key)).await
    }

    /// Players of a season whose name begins with a text, and then those with a word inside
    /// the name that does, with their standings. Case, spelling and spaces do not matter
    /// ([`crate::people::player::search_text`]).
    ///
    /// A long season can have more matching players than a search finds: see
    /// [`find_standing`](crate::service::Records::find_standing). A longer text finds them.
    ///
    /// Open to all. A search mostly costs a query over five hundred names, and one over as many
    /// words. The maximum is ten thousand names and ten thousand words, or, in a short season,
    /// those of all its players. Among a million names this takes tens of milliseconds. Each
    /// of at most [`FOUND`] players costs a place. [`SEARCHES_AT_ONCE`] bounds concurrent
    /// searches, so that the records have connections for other queries.
    ///
    /// # Errors
    /// Fails if the text is empty or too long, or if an engine is down. Returns [`Error::Busy`] if
    /// other searches take too long.
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
        let players = {
            let turn = timeout(TURN, self.searches.acquire()).await;
            let Ok(Ok(_turn)) = turn else {
                return Err(Error::Busy);
            };
            let records = &self.records;
            let players = records.find_standing(&season.key, text, is_short, FOUND);
            players.await?
        };
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

    /// The seasons to choose from on the page of a season: at most [`OFFERED`] of its period, with
    /// links to newer and older ones. Besides the running season, only those with standings.
    /// At most some seconds old.
    ///
    /// # Errors
    /// Fails if the board is unknown, or if the ledger is down.
    pub async fn season_choices(&self, key: &SeasonKey) -> Result<SeasonChoices, Error> {
        let board = self.board(&key.board)?;
        let period = key.season.period();
        let zone = board.zone();
        let mut seasons = vec![key.season];
        if board.periods.contains(period) {
            seasons.push(Season::at(period, &zone, self.clock.now()));
        }
        if period != Period::AllTime {
            let recorded = self.recorded_seasons(&key.board).await?;
            let of_period = recorded.iter().filter(|season| season.period() == period);
            seasons.extend(of_period);
        }
        seasons.sort_by_cached_key(|season| Reverse(season.bounds(&zone).start));
        seasons.dedup();
        Ok(SeasonChoices::around(&seasons, key.season))
    }

    /// The recorded seasons of a board, at most some seconds old.
    async fn recorded_seasons(&self, slug: &Slug) -> Result<Arc<Vec<Season>>, Error> {
        let (records, board) = (self.records.clone(), slug.clone());
        let read = async move { records.seasons(&board).await };
        self.season_labels.get(slug, read).await
    }
}

impl SeasonChoices {
    /// The part of all seasons, newest first, that holds the season shown.
    fn around(seasons: &[Season], shown: Season) -> Self {
        let at = seasons.iter().position(|season| *season == shown);
        let start = at.unwrap_or(0) / OFFERED * OFFERED;
        let end = seasons.len().min(start + OFFERED);
        Self {
            seasons: seasons[start..end].to_vec(),
            newer: start.checked_sub(1).map(|before| seasons[before]),
            older: seasons.get(end).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_season_is_reached_by_links() {
        let year = |year: usize| format!("{year:04}").parse::<Season>().unwrap();
        let all: Vec<_> = (1..=150).rev().map(year).collect();
        let mut shown = all[0];
        let mut reached = Vec::new();
        loop {
            let choices = SeasonChoices::around(&all, shown);
            assert!(choices.seasons.contains(&shown));
            reached.extend(choices.seasons);
            let Some(older) = choices.older else { break };
            assert_eq!(
                SeasonChoices::around(&all, older).newer,
                reached.last().copied()
            );
            shown = older;
        }
        assert_eq!(reached, all);
        assert_eq!(SeasonChoices::around(&all, all[59]).newer, None);
    }
}
