//! A board: a named ranking with its rules. A [`Board`] that exists is valid;
//! [`BoardDraft`] is what comes from outside.

mod season_rule;
mod slug;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

#[cfg(feature = "service")]
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Marks, Order, Period, Periods, Score, ScoreFormat, Season, Timestamp};

pub use self::season_rule::{SeasonChange, SeasonRule};
pub use self::slug::Slug;

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 80;
/// The longest description, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 500;
/// The most seasons of a board of which something is decided by hand.
pub const MAX_SEASON_RULES: usize = 1_000;
/// What a tick may last, in milliseconds.
pub const TICK_MILLIS: RangeInclusive<u64> = 20..=10_000;
/// The longest unit, in characters.
pub const MAX_UNIT_CHARS: usize = 12;

/// What a new submission does to a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScorePolicy {
    /// Keeps the better score, by the board's order.
    Best,
    /// Takes the value of the submission whose own time is latest.
    Latest,
    /// Adds the value.
    Sum,
}

/// How equal scores share ranks. Rows inside a tie always stand earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// Who reached the score first ranks first: 1, 2, 3, 4.
    Earliest,
    /// Standard competition: 1, 2, 2, 4.
    Shared,
    /// Dense: 1, 2, 2, 3.
    Dense,
}

/// Whose scores a board takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Submitters {
    /// Those that players submit themselves, and those of game servers.
    #[default]
    Both,
    /// Those that players submit themselves.
    Players,
    /// Those of game servers.
    Servers,
}

/// A board as it comes from outside: the body of `PUT /api/v1/boards/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardDraft {
    /// 1 to 80 characters.
    pub title: String,
    /// What a new submission does to a standing.
    pub policy: ScorePolicy,
    /// Which scores rank first.
    pub order: Order,
    /// How equal scores share ranks.
    pub tie: TieRule,
    /// At least one.
    pub periods: Vec<Period>,
    /// An IANA time zone; UTC when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The smallest value a submission may have.
    #[serde(default)]
    pub min_score: Option<i64>,
    /// The largest value a submission may have.
    #[serde(default)]
    pub max_score: Option<i64>,
    /// How scores are shown; integers when absent.
    #[serde(default)]
    pub format: Option<ScoreFormat>,
    /// What scores count, up to 12 characters: `points`, `km`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Up to 500 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// Submissions of an earlier time are refused.
    #[serde(default)]
    pub opens_at: Option<Timestamp>,
    /// Submissions of this time and later are refused.
    #[serde(default)]
    pub closes_at: Option<Timestamp>,
    /// Whose scores it takes; everybody's when absent.
    #[serde(default)]
    pub submitters: Submitters,
    /// Whether it is kept for reading alone, and not listed on the home page.
    #[serde(default)]
    pub archived: bool,
    /// The shortest time between two changes that a watcher is sent of a page, 20 to
    /// 10,000 milliseconds; 100 when absent.
    #[serde(default)]
    pub tick_millis: Option<u64>,
}

/// A named ranking with its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// What it ranks, for people; may be empty.
    pub description: String,
    /// What a new submission does to a standing.
    pub policy: ScorePolicy,
    /// Which scores rank first.
    pub order: Order,
    /// How equal scores share ranks.
    pub tie: TieRule,
    /// Its seasons' lengths.
    pub periods: Periods,
    /// The IANA zone of its calendar.
    pub time_zone: String,
    /// The smallest value a submission may have.
    pub min_score: Score,
    /// The largest value a submission may have.
    pub max_score: Score,
    /// How scores are shown.
    pub format: ScoreFormat,
    /// What scores count; may be empty.
    pub unit: String,
    /// Submissions of an earlier time are refused.
    pub opens_at: Option<Timestamp>,
    /// Submissions of this time and later are refused.
    pub closes_at: Option<Timestamp>,
    /// Whose scores it takes.
    #[serde(default)]
    pub submitters: Submitters,
    /// Whether it is kept for reading alone.
    #[serde(default)]
    pub archived: bool,
    /// The shortest time between two changes of a page that is watched, in
    /// milliseconds.
    #[serde(default = "usual_tick")]
    pub tick_millis: u64,
    /// What was decided of seasons by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub season_rules: BTreeMap<Season, SeasonRule>,
    /// Counts its definitions, from 1.
    #[serde(default = "first_version")]
    pub version: u64,
}

const fn first_version() -> u64 {
    1
}

const fn usual_tick() -> u64 {
    100
}

/// What a board is made of, and its calendar. Where the zone database is; browsers compute
/// no seasons.
#[cfg(feature = "service")]
impl Board {
    /// # Errors
    /// Refuses the first field that breaks a rule, naming it and its value.
    pub fn new(slug: Slug, draft: BoardDraft) -> Result<Self, InvalidValue> {
        let title = text("title", &draft.title, MAX_TITLE_CHARS)?;
        if title.is_empty() {
            return Err(InvalidValue::new("title", "", "must not be empty"));
        }
        let unit = text("unit", &draft.unit.unwrap_or_default(), MAX_UNIT_CHARS)?;
        let description = text(
            "description",
            &draft.description.unwrap_or_default(),
            MAX_DESCRIPTION_CHARS,
        )?;
        let time_zone = draft.time_zone.unwrap_or_else(|| "UTC".to_owned());
        if TimeZone::get(&time_zone).is_err() {
            return Err(InvalidValue::new(
                "time_zone",
                time_zone,
                "must be an IANA time zone, like Europe/Berlin",
            ));
        }
        let bound = |field, value: Option<i64>, default| {
            value.map_or(Ok(default), |v| Score::new(v).map_err(|e| e.of(field)))
        };
        let min_score = bound("min_score", draft.min_score, Score::MIN)?;
        let max_score = bound("max_score", draft.max_score, Score::MAX)?;
        if min_score > max_score {
            return Err(InvalidValue::new(
                "max_score",
                max_score,
                format!("must not be less than min_score, {min_score}"),
            ));
        }
        if let (Some(opens), Some(closes)) = (draft.opens_at, draft.closes_at)
            && closes <= opens
        {
            return Err(InvalidValue::new(
                "closes_at",
                closes,
                format!("must be after opens_at, {opens}"),
            ));
        }
        let tick_millis = draft.tick_millis.unwrap_or_else(usual_tick);
        if !TICK_MILLIS.contains(&tick_millis) {
            let (shortest, longest) = (TICK_MILLIS.start(), TICK_MILLIS.end());
            let rule = format!("must be from {shortest} to {longest}");
            return Err(InvalidValue::new("tick_millis", tick_millis, rule));
        }
        Ok(Self {
            slug,
            title,
            description,
            policy: draft.policy,
            order: draft.order,
            tie: draft.tie,
            periods: Periods::try_from(draft.periods)?,
            time_zone,
            min_score,
            max_score,
            format: draft.format.unwrap_or_default().validated()?,
            unit,
            opens_at: draft.opens_at,
            closes_at: draft.closes_at,
            submitters: draft.submitters,
            archived: draft.archived,
            tick_millis,
            season_rules: BTreeMap::new(),
            version: first_version(),
        })
    }

    /// The calendar of the board's seasons.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The seasons of an instant, one a period.
    #[must_use]
    pub fn seasons_at(&self, at: Timestamp) -> Vec<Season> {
        let zone = self.zone();
        self.periods
            .iter()
            .map(|p| Season::at(p, &zone, at))
            .collect()
    }

    /// The seasons that a submission made at `at` feeds: those that were not closed.
    ///
    /// # Errors
    /// When all of them were.
    pub fn open_seasons_at(&self, at: Timestamp) -> Result<Vec<Season>, Closed> {
        let mut seasons = self.seasons_at(at);
        seasons.retain(|season| !self.season_rule(*season).closed);
        if seasons.is_empty() {
            return Err(Closed::Seasons);
        }
        Ok(seasons)
    }
}

impl Board {
    /// The shortest time between two changes of a page that is watched.
    #[must_use]
    pub const fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_millis)
    }

    /// What was decided of a season by hand.
    #[must_use]
    pub fn season_rule(&self, season: Season) -> SeasonRule {
        self.season_rules.get(&season).copied().unwrap_or_default()
    }

    /// Changes what is decided of a season. Where it is started over is for the
    /// ledger to say.
    ///
    /// # Errors
    /// Refuses one season too many.
    pub fn change_season(
        &mut self,
        season: Season,
        change: SeasonChange,
    ) -> Result<(), InvalidValue> {
        let rule = self.season_rules.entry(season).or_default();
        match change {
            SeasonChange::Close => rule.closed = true,
            SeasonChange::Reopen => rule.closed = false,
            SeasonChange::StartOver => {}
            SeasonChange::BringBack => rule.begun_after = 0,
        }
        if *rule == SeasonRule::default() && change != SeasonChange::StartOver {
            self.season_rules.remove(&season);
        }
        if self.season_rules.len() > MAX_SEASON_RULES {
            let rule = format!("must be one of at most {MAX_SEASON_RULES} seasons changed by hand");
            return Err(InvalidValue::new("season", season, rule));
        }
        Ok(())
    }

    /// Whether standings under these rules are other than under those of before,
    /// from the same submissions.
    #[must_use]
    pub fn counts_unlike(&self, before: &Self) -> bool {
        self.policy != before.policy
            || self.policy == ScorePolicy::Best && self.order != before.order
    }

    /// Whether a submission made at `at` counts.
    ///
    /// # Errors
    /// Says when the board opens, or that it has closed.
    pub fn check_open(&self, at: Timestamp) -> Result<(), Closed> {
        if self.archived {
            return Err(Closed::Archived);
        }
        match (self.opens_at, self.closes_at) {
            (Some(opens), _) if at < opens => Err(Closed::NotYetOpen(opens)),
            (_, Some(closes)) if at >= closes => Err(Closed::Since(closes)),
            _ => Ok(()),
        }
    }

    /// Whether a submission may have this value.
    ///
    /// # Errors
    /// Refuses values outside the board's bounds, naming both.
    pub fn check_value(&self, value: Score) -> Result<(), InvalidValue> {
        self.format
            .check_within(value, (self.min_score, self.max_score), Marks::ENGLISH)
    }
}

/// Why a board takes no submission of some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It opens later.
    #[error("this board takes no submissions before {0}")]
    NotYetOpen(Timestamp),
    /// It has closed.
    #[error("this board took its last submissions before {0}")]
    Since(Timestamp),
    /// Every season that it would feed was closed by hand.
    #[error("this season was closed: it takes no more submissions")]
    Seasons,
    /// It is kept for reading alone.
    #[error("this board is archived: it takes no submissions")]
    Archived,
}

#[cfg(feature = "service")]
/// Text without spaces at its ends and without control characters.
fn text(field: &'static str, value: &str, max: usize) -> Result<String, InvalidValue> {
    let value = value.trim();
    if value.chars().count() > max || value.chars().any(|c| c.is_control() && c != '\n') {
        return Err(InvalidValue::new(
            field,
            value,
            format!("must be at most {max} characters, without control characters"),
        ));
    }
    Ok(value.to_owned())
}

/// The rules by which a season's rows are ordered and ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// Which scores rank first.
    pub order: Order,
    /// How equal scores share ranks.
    pub tie: TieRule,
}

impl From<&Board> for Ranking {
    fn from(board: &Board) -> Self {
        Self {
            order: board.order,
            tie: board.tie,
        }
    }
}

#[cfg(feature = "service")]
#[cfg(test)]
mod tests;
