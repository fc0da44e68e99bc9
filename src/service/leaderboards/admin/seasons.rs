//! The list of a board's seasons, manual changes to them, and previews of rule changes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::admin::effect::Field;
use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::{Edit, check_calendar, defined};
use crate::service::ports::stored::StoredStanding;
use crate::{
    Board, BoardDraft, Definition, Effect, Order, Period, PlayerId, PlayerName, Preview, Season,
    SeasonChange, SeasonKey, SeasonLine, Slug, TieRule,
};

/// Maximum number of seasons that have ended in one list.
pub const SEASONS_AT_ONCE: usize = 500;

/// Selection of a board's seasons.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeasonQuery {
    /// Only seasons of this period.
    pub period: Option<Period>,
    /// Only ended seasons that are listed after this one.
    pub before: Option<Season>,
    /// Maximum number of seasons that have ended; [`SEASONS_AT_ONCE`] if absent.
    pub limit: Option<usize>,
}

/// A part of a board's seasons.
#[derive(Debug, Clone, Default)]
pub struct SeasonList {
    /// The running seasons, unless the list continues another one; then those that have
    /// ended, newest first.
    pub seasons: Vec<SeasonLine>,
    /// The season to continue from; absent at the end.
    pub next: Option<Season>,
}

impl Leaderboards {
    /// The newest seasons of a board, for its admins.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or the ledger is
    /// down.
    pub async fn seasons(&self, caller: &Caller, slug: &Slug) -> Result<Vec<SeasonLine>, Error> {
        caller.check(Operation::DefineBoard(slug))?;
        let list = self.list_seasons(caller, slug, SeasonQuery::default());
        Ok(list.await?.seasons)
    }

    /// The seasons of a board that have standings, are running, or have a manual rule. Open
    /// to all. For admins of the board, the numbers of standings are current, for others at
    /// most some seconds old. Only admins get the seasons of a period that the board has lost,
    /// because these cannot be read.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] if the count takes too long, or fails if the board is unknown or
    /// the ledger is down.
    pub async fn list_seasons(
        &self,
        caller: &Caller,
        slug: &Slug,
        query: SeasonQuery,
    ) -> Result<SeasonList, Error> {
        let board = self.board(slug)?;
        let zone = board.zone();
        let is_admin = caller.check(Operation::DefineBoard(slug)).is_ok();
        let recorded = if is_admin {
            Arc::new(self.ledger.seasons_of(slug).await?)
        } else {
            self.counted_seasons(slug).await?
        };
        let standings: HashMap<_, _> = recorded.iter().copied().collect();
        let running = board.seasons_at(self.clock.now());
        let mut seasons: Vec<_> = standings.keys().copied().collect();
        seasons.extend(running.iter().chain(board.season_rules.keys()));
        let has_period = |season: &Season| board.periods.contains(season.period());
        seasons.retain(|season| is_admin || has_period(season));
        seasons.retain(|season| query.period.is_none_or(|period| season.period() == period));
        seasons.sort_unstable();
        seasons.dedup();
        let place = |season: Season| (Reverse(season.bounds(&zone).start), season);
        seasons.sort_by_cached_key(|season| place(*season));
        let (mut listed, mut ended): (Vec<_>, Vec<_>) = seasons
            .into_iter()
            .partition(|season| running.contains(season));
        if let Some(before) = query.before {
            listed.clear();
            ended.retain(|season| place(*season) > place(before));
        }
        let limit = query.limit.unwrap_or(SEASONS_AT_ONCE).min(SEASONS_AT_ONCE);
        let is_all = ended.len() <= limit;
        ended.truncate(limit);
        let next = ended.last().copied().filter(|_| !is_all);
        listed.extend(ended);
        let line = |season: Season| {
            let bounds = season.bounds(&zone);
            SeasonLine {
                season,
                standings: standings.get(&season).copied().unwrap_or(0),
                starts_at: bounds.start,
                next_reset: bounds.end,
                is_running: running.contains(&season),
                rule: board.season_rule(season),
            }
        };
        Ok(SeasonList {
            seasons: listed.into_iter().map(line).collect(),
            next,
        })
    }

    /// The recorded seasons of a board with their numbers of standings, at most some
    /// seconds old.
    async fn counted_seasons(&self, slug: &Slug) -> Result<Arc<Vec<(Season, u64)>>, Error> {
        let (ledger, board) = (self.ledger.clone(), slug.clone());
        let count = async move { ledger.seasons_of(&board).await };
        self.season_counts.get(slug, count).await
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
        let edit = Edit::Season(key.clone(), change);
        let defined = self.edit(edit, None, note).await?;
        Ok(self.recounted(defined).await?.standings)
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

    /// Previews a definition on the running season of each period that the board has or gets.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the definition is invalid, omits settings or may
    /// not replace the rules, the board is unknown, or the ledger is down.
    pub async fn preview(
        &self,
        caller: &Caller,
        slug: Slug,
        definition: impl Into<Definition> + Send,
    ) -> Result<Preview, Error> {
        let definition = definition.into();
        caller.check(Operation::DefineBoard(&slug))?;
        let before = self.board(&slug)?;
        let after = defined(&slug, definition, Some(&before))?;
        check_calendar(&*self.ledger, &before, &after).await?;
        let mut running = before.seasons_at(self.clock.now());
        running.extend(after.seasons_at(self.clock.now()));
        running.sort_by_key(|season| season.period());
        running.dedup_by_key(|season| season.period());
        let mut seasons = Vec::with_capacity(running.len());
        for season in running {
            seasons.push(self.effect_on(season, &before, &after).await?);
        }
        let changes = changed_settings(&before, &after);
        Ok(Preview { seasons, changes })
    }

    async fn effect_on(
        &self,
        season: Season,
        before: &Board,
        after: &Board,
    ) -> Result<Effect, Error> {
        let key = SeasonKey {
            board: before.slug.clone(),
            season,
        };
        let is_removed = !after.periods.iter().any(|p| p == season.period());
        let standings = self.ledger.standings(&key).await?;
        let made = if after.counts_unlike(before) {
            self.records.preview(after, season).await?
        } else {
            standings.clone()
        };
        let (order, tie) = (before.order, before.tie);
        let (new_order, new_tie) = (after.order, after.tie);
        let compare = move || {
            let names = made.iter().chain(&standings);
            let names: HashMap<&PlayerId, &PlayerName> = names
                .filter_map(|s| Some((&s.player, &s.name.as_ref()?.name)))
                .collect();
            let was = field(&standings, order, tie);
            let is = field(&made, new_order, new_tie);
            let name = |player: &PlayerId| {
                let known = names.get(player);
                known.map_or_else(|| player.into(), |n| (*n).clone())
            };
            Effect {
                is_removed,
                ..Effect::of(season, was, is, name)
            }
        };
        // Sorting a long season would block the async runtime.
        let compared = tokio::task::spawn_blocking(compare).await;
        compared.map_err(|_| Error::stopping())
    }
}

/// The names of the settings in which two definitions differ.
fn changed_settings(before: &Board, after: &Board) -> Vec<String> {
    let settings = |board: &Board| match serde_json::to_value(BoardDraft::from(board)) {
        Ok(serde_json::Value::Object(settings)) => settings,
        _ => serde_json::Map::new(),
    };
    let before = settings(before);
    let changed = settings(after).into_iter();
    let changed = changed.filter(|(name, value)| before.get(name) != Some(value));
    changed.map(|(name, _)| name).collect()
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
