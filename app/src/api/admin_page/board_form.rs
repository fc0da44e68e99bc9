//! The admin's form of a board. All values are texts, so that invalid input stays in the form until
//! the admin corrects it.

#[cfg(feature = "ssr")]
mod read;

use leaderport::{Accent, Board, Emblem, Marks, Period, ScoreFormat};
use serde::{Deserialize, Serialize};

use crate::words::{self, Words};

/// The form of a board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoardForm {
    /// The name of the board in addresses.
    pub slug: String,
    /// The version of the board that the form was loaded with; 0 for a new board.
    pub version: u64,
    /// The title of the board.
    pub title: String,
    /// The description of the board.
    pub description: String,
    /// The score policy: `best`, `latest`, `sum`.
    pub policy: String,
    /// The order: `descending`, `ascending`.
    pub order: String,
    /// The tie rule: `earliest`, `shared`, `dense`.
    pub tie: String,
    /// Names of periods, separated by spaces, longest first.
    pub periods: String,
    /// The time zone of its seasons.
    pub time_zone: String,
    /// The score format: `integer`, `duration`, or a number of decimals.
    pub format: String,
    /// The unit of the scores.
    pub unit: String,
    /// The smallest value of a submission, in the score format; unlimited if empty.
    pub min_score: String,
    /// The largest value of a submission, in the score format; unlimited if empty.
    pub max_score: String,
    /// The opening time in UTC (RFC 3339, or the value of an input); open from the start if empty.
    pub opens_at: String,
    /// The closing time in UTC (RFC 3339, or the value of an input); never closed if empty.
    pub closes_at: String,
    /// The allowed submitters: `both`, `players`, `servers`.
    pub submitters: String,
    /// Whether the board is archived: `no`, `yes`.
    pub archived: String,
    /// The shortest time between two updates of a page, in milliseconds.
    pub tick_millis: String,
    /// The name of the colour.
    pub accent: String,
    /// The name of the emblem.
    pub emblem: String,
}

/// A field of the form: its name, its label, and access to its value.
pub type Field = (&'static str, Words, fn(&mut BoardForm) -> &mut String);

/// All fields that can be changed, in the order of the form.
pub const FIELDS: [Field; 18] = [
    ("title", words::title, |f| &mut f.title),
    ("description", words::description, |f| &mut f.description),
    ("submitters", words::submitters, |f| &mut f.submitters),
    ("policy", words::score_policy, |f| &mut f.policy),
    ("order", words::ranking_order, |f| &mut f.order),
    ("tie", words::equal_scores, |f| &mut f.tie),
    ("periods", words::periods, |f| &mut f.periods),
    ("time_zone", words::time_zone, |f| &mut f.time_zone),
    ("format", words::score_format, |f| &mut f.format),
    ("unit", words::unit, |f| &mut f.unit),
    ("min_score", words::smallest_score, |f| &mut f.min_score),
    ("max_score", words::largest_score, |f| &mut f.max_score),
    ("opens_at", words::opens_at, |f| &mut f.opens_at),
    ("closes_at", words::closes_at, |f| &mut f.closes_at),
    ("archived", words::archived, |f| &mut f.archived),
    ("tick_millis", words::tick_millis, |f| &mut f.tick_millis),
    ("accent", words::accent, |f| &mut f.accent),
    ("emblem", words::emblem, |f| &mut f.emblem),
];

impl BoardForm {
    /// The form of a new board.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            policy: "best".to_owned(),
            order: "descending".to_owned(),
            tie: "shared".to_owned(),
            periods: "all_time weekly".to_owned(),
            time_zone: "UTC".to_owned(),
            format: "integer".to_owned(),
            submitters: "servers".to_owned(),
            archived: "no".to_owned(),
            tick_millis: "100".to_owned(),
            accent: Accent::default().name().to_owned(),
            emblem: Emblem::default().name().to_owned(),
            ..Self::default()
        }
    }

    /// The form of a board, with numbers in the reader's marks.
    #[must_use]
    pub fn of(board: &Board, marks: Marks) -> Self {
        let bound = |score: leaderport::Score, none: leaderport::Score| {
            if score == none {
                String::new()
            } else {
                board.format.show(score, marks)
            }
        };
        let instant =
            |at: Option<leaderport::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
        let periods: Vec<&str> = board.periods.iter().map(Period::name).collect();
        Self {
            slug: board.slug.to_string(),
            version: board.version,
            title: board.title.clone(),
            description: board.description.clone(),
            policy: name(&board.policy),
            order: name(&board.order),
            tie: name(&board.tie),
            periods: periods.join(" "),
            time_zone: board.time_zone.clone(),
            format: match board.format {
                ScoreFormat::Integer => "integer".to_owned(),
                ScoreFormat::Duration => "duration".to_owned(),
                ScoreFormat::Decimals(places) => places.to_string(),
            },
            unit: board.unit.clone(),
            min_score: bound(board.min_score, leaderport::Score::MIN),
            max_score: bound(board.max_score, leaderport::Score::MAX),
            opens_at: instant(board.opens_at),
            closes_at: instant(board.closes_at),
            submitters: name(&board.submitters),
            archived: if board.archived { "yes" } else { "no" }.to_owned(),
            tick_millis: board.tick_millis.to_string(),
            accent: board.accent.name().to_owned(),
            emblem: board.emblem.name().to_owned(),
        }
    }

    /// The form of a new board with the same settings. An uploaded emblem stays with its board.
    #[must_use]
    pub fn copied(self) -> Self {
        let emblem = if self.emblem == Emblem::Custom.name() {
            Emblem::default().name().to_owned()
        } else {
            self.emblem
        };
        Self {
            slug: String::new(),
            version: 0,
            emblem,
            ..self
        }
    }

    /// Notes the upload of an emblem, which made this version of the board. If another admin has
    /// changed the board in between, the form keeps its version, so that the next save finds the
    /// difference.
    pub fn note_upload(&mut self, version: u64) {
        Emblem::Custom.name().clone_into(&mut self.emblem);
        self.follow_version(version);
    }

    /// Notes the removal of the uploaded emblem, which made this version of the board, like
    /// [`Self::note_upload`]. `shown` is the name of the emblem in place of the uploaded one.
    pub fn note_removal(&mut self, version: u64, shown: &str) {
        if self.emblem == Emblem::Custom.name() {
            shown.clone_into(&mut self.emblem);
        }
        self.follow_version(version);
    }

    fn follow_version(&mut self, version: u64) {
        if version == self.version + 1 {
            self.version = version;
        }
    }

    /// The score format; none if its text is invalid.
    #[must_use]
    pub fn score_format(&self) -> Option<ScoreFormat> {
        match self.format.trim() {
            "integer" => Some(ScoreFormat::Integer),
            "duration" => Some(ScoreFormat::Duration),
            places => places.parse().ok().map(ScoreFormat::Decimals),
        }
    }

    /// Whether the board has seasons of a period.
    #[must_use]
    pub fn has_period(&self, period: Period) -> bool {
        let mut names = self.periods.split_whitespace();
        names.any(|name| name == period.name())
    }

    /// Adds or removes a period. The result is sorted, the longest period first.
    pub fn set_period(&mut self, period: Period, is_wanted: bool) {
        let is_left = |other: &Period| {
            if *other == period {
                is_wanted
            } else {
                self.has_period(*other)
            }
        };
        let left = Period::ALL.into_iter().filter(is_left);
        let names: Vec<&str> = left.map(Period::name).collect();
        self.periods = names.join(" ");
    }

    /// Whether the rules of this form and another may give different ranks.
    #[must_use]
    pub fn ranks_unlike(&self, other: &Self) -> bool {
        (&self.policy, &self.order, &self.tie) != (&other.policy, &other.order, &other.tie)
    }

    /// Merges the changes of another version into the fields that this form has not changed since
    /// their common `base`. Returns the labels of the merged fields.
    pub fn take_over(&mut self, base: &Self, theirs: &Self) -> Vec<&'static str> {
        let (mut base, mut theirs) = (base.clone(), theirs.clone());
        let mut merged = Vec::new();
        for (_, label, of) in FIELDS {
            let is_untouched = *of(self) == *of(&mut base);
            if is_untouched && *of(self) != *of(&mut theirs) {
                of(self).clone_from(of(&mut theirs));
                merged.push(label());
            }
        }
        merged
    }

    /// The fields in which two forms differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Field> {
        let (mut mine, mut theirs) = (self.clone(), other.clone());
        let differs = |(.., of): &Field| *of(&mut mine) != *of(&mut theirs);
        FIELDS.into_iter().filter(differs).collect()
    }
}

/// Whether a field is an instant in UTC.
#[must_use]
pub fn is_instant(field: &str) -> bool {
    matches!(field, "opens_at" | "closes_at")
}

/// An instant of the form as the value of a `datetime-local` input: `2026-12-01T12:00`.
#[must_use]
pub fn input_of_instant(text: &str) -> &str {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.strip_suffix(".000").unwrap_or(text);
    let minute = text.strip_suffix(":00");
    minute
        .filter(|minute| minute.len() == MINUTE_BYTES)
        .unwrap_or(text)
}

/// The instant, as in the form, of a `datetime-local` input's value. Other text is not changed.
#[must_use]
pub fn instant_of_input(text: &str) -> String {
    match text.len() {
        _ if text.ends_with('Z') => text.to_owned(),
        MINUTE_BYTES => format!("{text}:00.000Z"),
        SECOND_BYTES => format!("{text}.000Z"),
        MILLISECOND_BYTES => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// The lengths of `2026-12-01T12:00`, `2026-12-01T12:00:00` and `2026-12-01T12:00:00.000`.
const MINUTE_BYTES: usize = 16;
const SECOND_BYTES: usize = 19;
const MILLISECOND_BYTES: usize = 23;

/// The JSON name of a choice.
fn name(choice: &impl Serialize) -> String {
    let name = serde_json::to_value(choice).ok();
    name.and_then(|name| Some(name.as_str()?.to_owned()))
        .unwrap_or_default()
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests;
