//! A board: a named ranking with its rules. A [`Board`] is always valid; [`BoardDraft`] is
//! the unvalidated input.

#[cfg(feature = "service")]
mod definition;
mod look;
mod season_rule;
mod slug;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

#[cfg(feature = "service")]
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Marks, Order, Period, Periods, Score, ScoreFormat, Season, Timestamp};

#[cfg(feature = "service")]
pub use self::definition::{BoardPatch, Definition};
pub use self::look::{Accent, Emblem, MAX_EMBLEM_BYTES};
pub use self::season_rule::{SeasonChange, SeasonRule};
pub use self::slug::Slug;

/// Maximum title length, in characters.
pub const MAX_TITLE_CHARS: usize = 80;
/// Maximum description length, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 500;
/// Maximum number of seasons per board with a manual rule.
pub const MAX_SEASON_RULES: usize = 1_000;
/// Allowed range of a tick, in milliseconds.
pub const TICK_MILLIS: RangeInclusive<u64> = 20..=10_000;
/// Accepted sources of a board that names none. With players, anybody can enter any score.
pub const USUAL_SUBMITTERS: Submitters = Submitters::Servers;
/// Maximum unit length, in characters.
pub const MAX_UNIT_CHARS: usize = 12;

/// Effect of a new submission on a standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScorePolicy {
    /// Keeps the better score, in the board's order.
    Best,
    /// Keeps the score of the submission with the latest submission time.
    Latest,
    /// Adds the score.
    Sum,
}

/// Ranking of equal scores. Rows inside a tie are always ordered earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// The player who reached the score first ranks first: 1, 2, 3, 4.
    Earliest,
    /// Standard competition: 1, 2, 2, 4.
    Shared,
    /// Dense: 1, 2, 2, 3.
    Dense,
}

/// Sources of submissions that a board accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Submitters {
    /// Submissions of players and of game servers.
    Both,
    /// Submissions of players only.
    Players,
    /// Submissions of game servers only.
    Servers,
}

/// Unvalidated definition of a board: the body of `PUT /api/v1/boards/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardDraft {
    /// Title, 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub title: String,
    /// Effect of a new submission on a standing.
    pub policy: ScorePolicy,
    /// Direction of the ranking.
    pub order: Order,
    /// Ranking of equal scores.
    pub tie: TieRule,
    /// Season lengths; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub periods: Vec<Period>,
    /// IANA time zone; UTC if absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Lowest score of a submission.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Score>))]
    pub min_score: Option<i64>,
    /// Highest score of a submission.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Score>))]
    pub max_score: Option<i64>,
    /// Display format of scores; integers if absent.
    #[serde(default)]
    pub format: Option<ScoreFormat>,
    /// Unit of the scores, up to 12 characters: `points`, `km`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 12))]
    pub unit: Option<String>,
    /// Description, up to 500 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub description: Option<String>,
    /// Opening time: submissions made earlier are refused.
    #[serde(default)]
    pub opens_at: Option<Timestamp>,
    /// Closing time: submissions made at this time or later are refused.
    #[serde(default)]
    pub closes_at: Option<Timestamp>,
    /// Accepted sources of submissions; game servers if absent.
    #[serde(default)]
    pub submitters: Option<Submitters>,
    /// Whether the board is read-only and absent from the home page.
    #[serde(default)]
    pub archived: bool,
    /// Minimum interval between two updates of a watched page, 20 to 10,000 milliseconds;
    /// 100 if absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 20, maximum = 10000))]
    pub tick_millis: Option<u64>,
    /// Colour of the board; indigo if absent.
    #[serde(default)]
    pub accent: Option<Accent>,
    /// Picture of the board; a trophy if absent.
    #[serde(default)]
    pub emblem: Option<Emblem>,
}

/// A named ranking with its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Board {
    /// Name in URLs.
    pub slug: Slug,
    /// Display name.
    pub title: String,
    /// Description; may be empty.
    pub description: String,
    /// Effect of a new submission on a standing.
    pub policy: ScorePolicy,
    /// Direction of the ranking.
    pub order: Order,
    /// Ranking of equal scores.
    pub tie: TieRule,
    /// Season lengths.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Period>, min_items = 1))]
    pub periods: Periods,
    /// IANA time zone of the seasons' calendar.
    pub time_zone: String,
    /// Lowest score of a submission.
    pub min_score: Score,
    /// Highest score of a submission.
    pub max_score: Score,
    /// Display format of scores.
    pub format: ScoreFormat,
    /// Unit of the scores; may be empty.
    pub unit: String,
    /// Opening time: submissions made earlier are refused.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub opens_at: Option<Timestamp>,
    /// Closing time: submissions made at this time or later are refused.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub closes_at: Option<Timestamp>,
    /// Accepted sources of submissions.
    #[serde(default = "first_submitters")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub submitters: Submitters,
    /// Whether the board is read-only.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub archived: bool,
    /// Minimum interval between two updates of a watched page, in milliseconds.
    #[serde(default = "usual_tick")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 20, maximum = 10000))]
    pub tick_millis: u64,
    /// Colour of the board.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub accent: Accent,
    /// Picture of the board.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub emblem: Emblem,
    /// Manual rules of single seasons.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub season_rules: BTreeMap<Season, SeasonRule>,
    /// Version of the definition, from 1.
    #[serde(default = "first_version")]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 1))]
    pub version: u64,
    /// Whether the standings are being recounted by new rules. Submissions are refused until
    /// the end. The ledger stores it apart from the definition.
    #[serde(skip_deserializing, skip_serializing_if = "std::ops::Not::not")]
    pub recounting: bool,
}

const fn first_version() -> u64 {
    1
}

/// Boards of versions without this setting accept every source.
const fn first_submitters() -> Submitters {
    Submitters::Both
}

const fn usual_tick() -> u64 {
    100
}

/// Validation and calendar. They need the time zone database, which browsers lack; browsers
/// compute no seasons.
#[cfg(feature = "service")]
impl Board {
    /// # Errors
    /// Refuses the first invalid field, with its name and value.
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
            submitters: draft.submitters.unwrap_or(USUAL_SUBMITTERS),
            archived: draft.archived,
            tick_millis,
            accent: draft.accent.unwrap_or_default(),
            emblem: draft.emblem.unwrap_or_default(),
            season_rules: BTreeMap::new(),
            version: first_version(),
            recounting: false,
        })
    }

    /// Time zone of the board's seasons.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The season of each period at `at`.
    #[must_use]
    pub fn seasons_at(&self, at: Timestamp) -> Vec<Season> {
        let zone = self.zone();
        self.periods
            .iter()
            .map(|p| Season::at(p, &zone, at))
            .collect()
    }

    /// The seasons in which a submission made at `at` counts: one for each period, except seasons
    /// that an admin closed.
    ///
    /// # Errors
    /// Returns [`Closed::Seasons`] if all of them are closed.
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
    /// Minimum interval between two updates of a watched page.
    #[must_use]
    pub const fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_millis)
    }

    /// The manual rule of a season, or the default.
    #[must_use]
    pub fn season_rule(&self, season: Season) -> SeasonRule {
        self.season_rules.get(&season).copied().unwrap_or_default()
    }

    /// Changes the manual rule of a season. On a restart, the ledger sets `begun_after`, because
    /// only the ledger has the sequence numbers of submissions.
    ///
    /// # Errors
    /// Refuses a change that would exceed [`MAX_SEASON_RULES`].
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

    /// Whether these rules and those of `before` give different standings for the same
    /// submissions.
    #[must_use]
    pub fn counts_unlike(&self, before: &Self) -> bool {
        self.policy != before.policy
            || self.policy == ScorePolicy::Best && self.order != before.order
    }

    /// Checks that the board accepts a submission made at `at`.
    ///
    /// # Errors
    /// Returns when the board opens or closed, or that it is archived.
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

    /// Checks that a submission may have this score.
    ///
    /// # Errors
    /// Refuses scores outside the board's bounds; the error has both bounds.
    pub fn check_value(&self, value: Score) -> Result<(), InvalidValue> {
        self.format
            .check_within(value, (self.min_score, self.max_score), Marks::ENGLISH)
    }
}

/// Reason that a board refuses submissions at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The board opens at this time.
    #[error("this board takes no submissions before {0}")]
    NotYetOpen(Timestamp),
    /// The board closed at this time.
    #[error("this board took its last submissions before {0}")]
    Since(Timestamp),
    /// An admin closed every season that the submission would count in.
    #[error("this season was closed: it takes no more submissions")]
    Seasons,
    /// The board is archived and therefore read-only.
    #[error("this board is archived: it takes no submissions")]
    Archived,
}

#[cfg(feature = "service")]
/// Trims `value`; refuses control characters except line breaks.
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

/// Order and ranking rules of a season's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// Direction of the ranking.
    pub order: Order,
    /// Ranking of equal scores.
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
