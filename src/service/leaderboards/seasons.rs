//! Manual changes to seasons, and previews of rule changes.

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::effect::Field;
use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::{Edit, Request};
use crate::service::ports::stored::StoredStanding;
use crate::{
    Board, BoardDraft, Effect, Order, PlayerId, PlayerName, SeasonChange, SeasonKey, SeasonLine,
    Slug, TieRule,
};

/// Maximum number of listed seasons.
const LISTED: usize = 500;

impl Leaderboards {
    /// The seasons of a board that have standings, are running, or have a manual rule:
    /// running ones first, then the newest.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or the ledger is
    /// down.
    pub async fn seasons(&self, caller: &Caller, slug: &Slug) -> Result<Vec<SeasonLine>, Error> {
        caller.check(Operation::DefineBoard(slug))?;
        let board = self.board(slug)?;
        let zone = board.zone();
        let recorded = self.ledger.seasons_of(slug).await?;
        let standings: HashMap<_, _> = recorded.into_iter().collect();
        let running = board.seasons_at(self.clock.now());
        let mut seasons: Vec<_> = standings.keys().copied().collect();
        seasons.extend(running.iter().chain(board.season_rules.keys()));
        seasons.sort_unstable();
        seasons.dedup();
        let mut lines: Vec<SeasonLine> = seasons
            .into_iter()
            .map(|season| {
                let bounds = season.bounds(&zone);
                SeasonLine {
                    season,
                    standings: standings.get(&season).copied().unwrap_or(0),
                    starts_at: bounds.start,
                    next_reset: bounds.end,
                    is_running: running.contains(&season),
                    rule: board.season_rule(season),
                }
            })
            .collect();
        lines.sort_by_key(|line| (!line.is_running, std::cmp::Reverse(line.starts_at)));
        lines.truncate(LISTED);
        Ok(lines)
    }

    /// Closes, reopens or restarts a season, or undoes a restart. Returns the number of
    /// changed standings, in a dry run the expected number.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, too many seasons
    /// have manual rules, or the ledger is down.
    pub async fn change_season(
        &self,
        caller: &Caller,
        key: &SeasonKey,
        change: SeasonChange,
        is_dry_run: bool,
    ) -> Result<u64, Error> {
        caller.check(Operation::DefineBoard(&key.board))?;
        let board = self.board(&key.board)?;
        if is_dry_run {
            return self.would_change(&board, key, change).await;
        }
        let note = self.note_of(caller, change.action(), key.to_string());
        let (reply, answer) = oneshot::channel();
        self.request(Request::Define {
            edit: Edit::Season(key.clone(), change),
            expected: None,
            note,
            reply,
        })
        .await?;
        let (_, standings) = answer.await.map_err(|_| Error::stopping())??;
        Ok(standings)
    }

    async fn would_change(
        &self,
        board: &Board,
        key: &SeasonKey,
        change: SeasonChange,
    ) -> Result<u64, Error> {
        let standing = async || {
            let all = self.ledger.standings(key).await?.into_iter();
            Ok::<_, Error>(all.filter(|s| s.standing.is_some()).count() as u64)
        };
        match change {
            SeasonChange::Close | SeasonChange::Reopen => Ok(0),
            SeasonChange::StartOver => standing().await,
            SeasonChange::BringBack => {
                let mut board = board.clone();
                board.change_season(key.season, change)?;
                let after = self.records.preview(&board, key.season).await?;
                let before = self.ledger.standings(key).await?;
                let before: HashMap<_, _> = standings_of(&before).collect();
                let is_other = |(player, standing): &(&PlayerId, _)| {
                    before.get(player).copied() != Some(*standing)
                };
                Ok(standings_of(&after).filter(is_other).count() as u64)
            }
        }
    }

    /// Previews other rules on the running season of a board's longest period.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the draft is invalid, the board is
    /// unknown, or the ledger is down.
    pub async fn preview(
        &self,
        caller: &Caller,
        slug: Slug,
        draft: BoardDraft,
    ) -> Result<Effect, Error> {
        caller.check(Operation::DefineBoard(&slug))?;
        let before = self.board(&slug)?;
        let mut after = Board::new(slug, draft)?;
        after.season_rules.clone_from(&before.season_rules);
        let key = self.season(&before, None, None)?.key;
        let standings = self.ledger.standings(&key).await?;
        let made = if after.counts_unlike(&before) {
            self.records.preview(&after, key.season).await?
        } else {
            standings.clone()
        };
        let compare = move || {
            let names = made.iter().chain(&standings);
            let names: HashMap<&PlayerId, &PlayerName> = names
                .filter_map(|s| Some((&s.player, s.name.as_ref()?)))
                .collect();
            let was = field(&standings, before.order, before.tie);
            let is = field(&made, after.order, after.tie);
            Effect::of(key.season, was, is, |player| {
                names
                    .get(player)
                    .map_or_else(|| player.into(), |n| (*n).clone())
            })
        };
        // Sorting a long season would block the async runtime.
        let compared = tokio::task::spawn_blocking(compare).await;
        compared.map_err(|_| Error::stopping())
    }
}

fn standings_of(
    stored: &[StoredStanding],
) -> impl Iterator<Item = (&PlayerId, crate::Standing)> + '_ {
    stored.iter().filter_map(|s| Some((&s.player, s.standing?)))
}

fn field(stored: &[StoredStanding], order: Order, tie: TieRule) -> Field<'_> {
    let players = standings_of(stored);
    Field {
        tie,
        players: players.map(|(p, s)| (s.key(order), s.score, p)).collect(),
    }
}
