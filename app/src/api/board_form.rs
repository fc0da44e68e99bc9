//! The admin's form of a board. All values are texts, so that invalid input stays in the form until
//! the admin corrects it.

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
mod read {
    use leaderport::{BoardDraft, InvalidValue, Marks, Period, ScoreFormat, Slug, Timestamp};
    use serde::de::DeserializeOwned;

    use super::{BoardForm, instant_of_input};

    impl BoardForm {
        /// Reads the form, with numbers in the reader's marks.
        ///
        /// # Errors
        /// Refuses the first invalid field and names it.
        pub fn read(&self, marks: Marks) -> Result<(Slug, BoardDraft), InvalidValue> {
            let format = self.read_format()?;
            let bound = |field, text: &str| match text.trim() {
                "" => Ok(None),
                text => format
                    .read(text, marks)
                    .map_err(|e| e.of(field))
                    .map(|s| Some(s.get())),
            };
            let periods = self.periods.split_whitespace().map(str::parse);
            let periods: Result<Vec<Period>, _> = periods.collect();
            let draft = BoardDraft {
                title: self.title.clone(),
                description: Some(self.description.clone()),
                policy: choice("policy", &self.policy)?,
                order: choice("order", &self.order)?,
                tie: choice("tie", &self.tie)?,
                periods: periods.map_err(|e| e.of("periods"))?,
                time_zone: Some(self.time_zone.trim().to_owned()).filter(|zone| !zone.is_empty()),
                min_score: bound("min_score", &self.min_score)?,
                max_score: bound("max_score", &self.max_score)?,
                format: Some(format),
                unit: Some(self.unit.clone()),
                opens_at: instant("opens_at", &self.opens_at)?,
                closes_at: instant("closes_at", &self.closes_at)?,
                submitters: Some(choice("submitters", &self.submitters)?),
                archived: self.archived.trim() == "yes",
                tick_millis: self.read_tick()?,
                accent: Some(choice("accent", &self.accent)?),
                emblem: Some(choice("emblem", &self.emblem)?),
            };
            Ok((Slug::new(self.slug.trim())?, draft))
        }

        fn read_tick(&self) -> Result<Option<u64>, InvalidValue> {
            let text = self.tick_millis.trim();
            let refused = |_| InvalidValue::new("tick_millis", text, "must be a whole number");
            match text {
                "" => Ok(None),
                text => text.parse().map(Some).map_err(refused),
            }
        }

        fn read_format(&self) -> Result<ScoreFormat, InvalidValue> {
            let reason = "must be integer, duration or a number of decimals";
            let refused = || InvalidValue::new("format", self.format.trim(), reason);
            self.score_format().ok_or_else(refused)?.validated()
        }
    }

    fn choice<T: DeserializeOwned>(field: &'static str, text: &str) -> Result<T, InvalidValue> {
        let choice = serde_json::from_value(serde_json::Value::from(text.trim()));
        choice.map_err(|_| InvalidValue::new(field, text, "is none of the choices"))
    }

    fn instant(field: &'static str, text: &str) -> Result<Option<Timestamp>, InvalidValue> {
        match text.trim() {
            "" => Ok(None),
            text => instant_of_input(text)
                .parse()
                .map(Some)
                .map_err(|e: InvalidValue| e.of(field)),
        }
    }
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use leaderport::{BoardDraft, Marks, Slug};

    use super::*;

    fn board(more: &serde_json::Value) -> Board {
        let mut draft = serde_json::json!({
            "title": "Sprint", "policy": "best", "order": "ascending", "tie": "dense",
            "periods": ["weekly", "all_time"],
        });
        for (name, value) in more.as_object().unwrap() {
            draft[name] = value.clone();
        }
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        Board::new(Slug::new("sprint").unwrap(), draft).unwrap()
    }

    #[test]
    fn a_board_survives_a_round_trip_through_its_form() {
        for more in [
            serde_json::json!({}),
            serde_json::json!({ "accent": "lime", "emblem": "custom" }),
            serde_json::json!({ "format": "duration", "min_score": 900, "max_score": 61_000, "unit": "s" }),
            serde_json::json!({ "format": { "decimals": 2 }, "min_score": -5, "time_zone": "Europe/Berlin" }),
            serde_json::json!({ "opens_at": "2026-11-01T00:00:00Z", "closes_at": "2026-12-01T00:00:00Z", "submitters": "servers", "description": "a\nb" }),
        ] {
            let board = board(&more);
            let (slug, draft) = BoardForm::of(&board, Marks::ENGLISH)
                .read(Marks::ENGLISH)
                .unwrap();
            assert_eq!(Board::new(slug, draft).unwrap(), board);
        }
    }

    #[test]
    fn a_blank_form_lacks_only_a_slug_and_a_title() {
        let mut form = BoardForm::blank();
        assert_eq!(form.read(Marks::ENGLISH).unwrap_err().field, "slug");
        form.slug = "arena".to_owned();
        let (slug, draft) = form.read(Marks::ENGLISH).unwrap();
        assert_eq!(Board::new(slug, draft).unwrap_err().field, "title");
    }

    #[test]
    fn a_copy_is_a_new_board_without_the_uploaded_emblem() {
        let more = serde_json::json!({ "accent": "rose", "emblem": "custom" });
        let copy = BoardForm::of(&board(&more), Marks::ENGLISH).copied();
        assert_eq!((copy.slug.as_str(), copy.version), ("", 0));
        assert_eq!(
            (copy.accent.as_str(), copy.emblem.as_str()),
            ("rose", "trophy")
        );
        let more = serde_json::json!({ "emblem": "bolt" });
        let copy = BoardForm::of(&board(&more), Marks::ENGLISH).copied();
        assert_eq!(copy.emblem, "bolt");
    }

    #[test]
    fn an_upload_counts_as_the_forms_own_version_only_if_it_is_the_next() {
        let loaded = BoardForm {
            version: 3,
            ..BoardForm::blank()
        };
        for (version, expected) in [(3, 3), (4, 4), (6, 3)] {
            let mut form = loaded.clone();
            form.note_upload(version);
            assert_eq!((form.version, form.emblem.as_str()), (expected, "custom"));
        }
    }

    #[test]
    fn an_instant_survives_a_round_trip_through_its_input() {
        for (instant, input) in [
            ("2026-12-01T12:00:00.000Z", "2026-12-01T12:00"),
            ("2026-12-01T12:00:30.000Z", "2026-12-01T12:00:30"),
            ("2026-12-01T12:00:30.250Z", "2026-12-01T12:00:30.250"),
            ("2026-12-01T00:00:00.000Z", "2026-12-01T00:00"),
            ("", ""),
        ] {
            assert_eq!(input_of_instant(instant), input);
            assert_eq!(instant_of_input(input), instant);
        }
        assert_eq!(
            instant_of_input("2026-12-01T12:00:00.25Z"),
            "2026-12-01T12:00:00.25Z"
        );
    }

    #[test]
    fn the_value_of_an_input_is_an_instant_in_utc() {
        let mut form = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
        form.opens_at = "2026-12-01T12:00".to_owned();
        let (_, draft) = form.read(Marks::ENGLISH).unwrap();
        let opens_at = draft.opens_at.map(|at| at.to_string());
        assert_eq!(opens_at.as_deref(), Some("2026-12-01T12:00:00.000Z"));
    }

    #[test]
    fn periods_are_added_and_removed_in_order() {
        let mut form = BoardForm::blank();
        form.set_period(Period::Monthly, true);
        assert_eq!(form.periods, "all_time monthly weekly");
        form.set_period(Period::AllTime, false);
        form.set_period(Period::Weekly, false);
        assert_eq!(form.periods, "monthly");
        assert!(form.has_period(Period::Monthly) && !form.has_period(Period::Weekly));
    }

    #[test]
    fn an_error_names_the_invalid_field() {
        for (name, bad) in [
            ("policy", "most"),
            ("order", ""),
            ("tie", "x"),
            ("periods", "hourly"),
            ("format", "-1"),
            ("min_score", "x"),
            ("max_score", "1.5"),
            ("opens_at", "tomorrow"),
            ("closes_at", "1"),
            ("submitters", "all"),
        ] {
            let mut form = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
            let (.., of) = FIELDS
                .into_iter()
                .find(|(field, ..)| *field == name)
                .unwrap();
            *of(&mut form) = bad.to_owned();
            assert_eq!(form.read(Marks::ENGLISH).unwrap_err().field, name);
        }
    }

    #[test]
    fn differences_compare_fields_and_ignore_the_version() {
        let mine = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
        let mut theirs = BoardForm {
            version: 9,
            ..mine.clone()
        };
        assert!(mine.differences(&theirs).is_empty());
        theirs.title = "Another".to_owned();
        theirs.unit = "km".to_owned();
        let differ: Vec<_> = mine
            .differences(&theirs)
            .into_iter()
            .map(|(name, ..)| name)
            .collect();
        assert_eq!(differ, ["title", "unit"]);
    }

    #[test]
    fn fields_changed_only_by_the_other_version_are_merged() {
        let base = BoardForm::of(
            &board(&serde_json::json!({ "unit": "points" })),
            Marks::ENGLISH,
        );
        let mut mine = BoardForm {
            title: "Mine".to_owned(),
            ..base.clone()
        };
        let theirs = BoardForm {
            title: "Theirs".to_owned(),
            unit: "km".to_owned(),
            ..base.clone()
        };
        assert_eq!(mine.take_over(&base, &theirs), ["Unit"]);
        assert_eq!((mine.title.as_str(), mine.unit.as_str()), ("Mine", "km"));
    }
}
