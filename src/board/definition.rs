//! Definitions of boards, as callers send them: complete, or as changes of single settings.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::{
    Accent, Board, BoardDraft, Emblem, ScorePolicy, Slug, Submitters, TieRule, USUAL_SUBMITTERS,
};
use crate::{InvalidValue, Order, Period, Score, ScoreFormat, Timestamp};

/// Settings of a board, each of which may be absent: the body of `PUT` and `PATCH
/// /api/v1/boards/{slug}`. `null` is the default of a setting that has one.
///
/// The other members of a board's answer may be sent back: `slug` must be the board's own, and
/// the rest is ignored.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "`BoardDraft` documents the settings")]
pub struct BoardPatch {
    #[serde(deserialize_with = "given")]
    pub title: Option<String>,
    #[serde(deserialize_with = "given")]
    pub policy: Option<ScorePolicy>,
    #[serde(deserialize_with = "given")]
    pub order: Option<Order>,
    #[serde(deserialize_with = "given")]
    pub tie: Option<TieRule>,
    #[serde(deserialize_with = "given")]
    pub periods: Option<Vec<Period>>,
    #[serde(deserialize_with = "given")]
    pub time_zone: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub min_score: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    pub max_score: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    pub format: Option<Option<ScoreFormat>>,
    #[serde(deserialize_with = "given")]
    pub unit: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub description: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub opens_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "given")]
    pub closes_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "given")]
    pub submitters: Option<Option<Submitters>>,
    #[serde(deserialize_with = "given")]
    pub archived: Option<Option<bool>>,
    #[serde(deserialize_with = "given")]
    pub tick_millis: Option<Option<u64>>,
    #[serde(deserialize_with = "given")]
    pub accent: Option<Option<Accent>>,
    #[serde(deserialize_with = "given")]
    pub emblem: Option<Option<Emblem>>,
    slug: Option<Slug>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    #[serde(rename = "seasons")]
    _seasons: Option<IgnoredAny>,
    #[serde(rename = "season_rules")]
    _season_rules: Option<IgnoredAny>,
    #[serde(rename = "recounting")]
    _recounting: Option<IgnoredAny>,
}

impl From<Emblem> for BoardPatch {
    /// The choice of an emblem, without another change.
    fn from(emblem: Emblem) -> Self {
        Self {
            emblem: Some(Some(emblem)),
            ..Self::default()
        }
    }
}

/// A member that is present, also if it is null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(member: D) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

/// A requested definition of a board.
#[derive(Debug, Clone)]
pub enum Definition {
    /// Every setting. An absent one becomes the default.
    Complete(BoardDraft),
    /// A body of `PUT`. Over an existing board, it has every setting that differs from its
    /// default there, so that none is reset by its absence.
    Sent(BoardPatch),
    /// Changes of an existing board. Absent settings stay.
    Changes(BoardPatch),
}

impl From<BoardDraft> for Definition {
    fn from(draft: BoardDraft) -> Self {
        Self::Complete(draft)
    }
}

impl Definition {
    /// The settings of an existing board that the definition should have, because it would reset
    /// them.
    #[must_use]
    pub fn omitted_of(&self, board: &Board) -> Vec<&'static str> {
        match self {
            Self::Sent(patch) => patch.omitted_of(board),
            Self::Complete(_) | Self::Changes(_) => Vec::new(),
        }
    }

    /// The defined board; none for changes of a board that does not exist. Manual rules of seasons
    /// and the version are those of a new board.
    ///
    /// # Errors
    /// Refuses the first missing or invalid setting.
    pub fn board(self, slug: Slug, before: Option<&Board>) -> Result<Option<Board>, InvalidValue> {
        let draft = match self {
            Self::Complete(draft) => draft,
            Self::Sent(patch) => patch.checked_for(&slug)?.complete()?,
            Self::Changes(patch) => match before {
                Some(before) => patch.checked_for(&slug)?.applied_to(before.into()),
                None => return Ok(None),
            },
        };
        Board::new(slug, draft).map(Some)
    }
}

impl BoardPatch {
    /// The first setting that a complete definition lacks.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        let required = [
            ("title", self.title.is_some()),
            ("policy", self.policy.is_some()),
            ("order", self.order.is_some()),
            ("tie", self.tie.is_some()),
            ("periods", self.periods.is_some()),
        ];
        let missing = required.into_iter().find(|(_, is_given)| !is_given);
        missing.map(|(name, _)| name)
    }

    fn checked_for(self, slug: &Slug) -> Result<Self, InvalidValue> {
        match &self.slug {
            Some(other) if other != slug => {
                let reason = format!("must be that of the address, {slug}");
                Err(InvalidValue::new("slug", other, reason))
            }
            _ => Ok(self),
        }
    }

    fn complete(self) -> Result<BoardDraft, InvalidValue> {
        let missing = |name| move || InvalidValue::new(name, "", "must be given");
        Ok(BoardDraft {
            title: self.title.ok_or_else(missing("title"))?,
            policy: self.policy.ok_or_else(missing("policy"))?,
            order: self.order.ok_or_else(missing("order"))?,
            tie: self.tie.ok_or_else(missing("tie"))?,
            periods: self.periods.ok_or_else(missing("periods"))?,
            time_zone: self.time_zone.flatten(),
            min_score: self.min_score.flatten(),
            max_score: self.max_score.flatten(),
            format: self.format.flatten(),
            unit: self.unit.flatten(),
            description: self.description.flatten(),
            opens_at: self.opens_at.flatten(),
            closes_at: self.closes_at.flatten(),
            submitters: self.submitters.flatten(),
            archived: self.archived.flatten().unwrap_or(false),
            tick_millis: self.tick_millis.flatten(),
            accent: self.accent.flatten(),
            emblem: self.emblem.flatten(),
        })
    }

    fn applied_to(self, draft: BoardDraft) -> BoardDraft {
        BoardDraft {
            title: self.title.unwrap_or(draft.title),
            policy: self.policy.unwrap_or(draft.policy),
            order: self.order.unwrap_or(draft.order),
            tie: self.tie.unwrap_or(draft.tie),
            periods: self.periods.unwrap_or(draft.periods),
            time_zone: self.time_zone.unwrap_or(draft.time_zone),
            min_score: self.min_score.unwrap_or(draft.min_score),
            max_score: self.max_score.unwrap_or(draft.max_score),
            format: self.format.unwrap_or(draft.format),
            unit: self.unit.unwrap_or(draft.unit),
            description: self.description.unwrap_or(draft.description),
            opens_at: self.opens_at.unwrap_or(draft.opens_at),
            closes_at: self.closes_at.unwrap_or(draft.closes_at),
            submitters: self.submitters.unwrap_or(draft.submitters),
            archived: self
                .archived
                .map_or(draft.archived, |archived| archived.unwrap_or(false)),
            tick_millis: self.tick_millis.unwrap_or(draft.tick_millis),
            accent: self.accent.unwrap_or(draft.accent),
            emblem: self.emblem.unwrap_or(draft.emblem),
        }
    }

    fn omitted_of(&self, board: &Board) -> Vec<&'static str> {
        let is_utc = board.time_zone.eq_ignore_ascii_case("UTC");
        let settings = [
            ("time_zone", self.time_zone.is_none(), !is_utc),
            (
                "min_score",
                self.min_score.is_none(),
                board.min_score != Score::MIN,
            ),
            (
                "max_score",
                self.max_score.is_none(),
                board.max_score != Score::MAX,
            ),
            (
                "format",
                self.format.is_none(),
                board.format != ScoreFormat::default(),
            ),
            ("unit", self.unit.is_none(), !board.unit.is_empty()),
            (
                "description",
                self.description.is_none(),
                !board.description.is_empty(),
            ),
            (
                "opens_at",
                self.opens_at.is_none(),
                board.opens_at.is_some(),
            ),
            (
                "closes_at",
                self.closes_at.is_none(),
                board.closes_at.is_some(),
            ),
            (
                "submitters",
                self.submitters.is_none(),
                board.submitters != USUAL_SUBMITTERS,
            ),
            ("archived", self.archived.is_none(), board.archived),
            (
                "tick_millis",
                self.tick_millis.is_none(),
                board.tick_millis != super::usual_tick(),
            ),
            (
                "accent",
                self.accent.is_none(),
                board.accent != Accent::default(),
            ),
            (
                "emblem",
                self.emblem.is_none(),
                board.emblem != Emblem::default(),
            ),
        ];
        let omitted = settings.into_iter();
        let omitted = omitted.filter(|(_, is_absent, is_set)| *is_absent && *is_set);
        omitted.map(|(name, ..)| name).collect()
    }
}

impl From<&Board> for BoardDraft {
    fn from(board: &Board) -> Self {
        Self {
            title: board.title.clone(),
            policy: board.policy,
            order: board.order,
            tie: board.tie,
            periods: board.periods.clone().into(),
            time_zone: Some(board.time_zone.clone()),
            min_score: Some(board.min_score.get()),
            max_score: Some(board.max_score.get()),
            format: Some(board.format),
            unit: Some(board.unit.clone()),
            description: Some(board.description.clone()),
            opens_at: board.opens_at,
            closes_at: board.closes_at,
            submitters: Some(board.submitters),
            archived: board.archived,
            tick_millis: Some(board.tick_millis),
            accent: Some(board.accent),
            emblem: Some(board.emblem),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn slug() -> Slug {
        Slug::new("arena").unwrap()
    }

    fn patch(members: Value) -> BoardPatch {
        serde_json::from_value(members).unwrap()
    }

    fn required() -> Value {
        json!({ "title": "Arena", "policy": "sum", "order": "ascending", "tie": "dense",
                "periods": ["weekly"] })
    }

    /// No setting has its default.
    fn unusual() -> Value {
        json!({ "title": "Arena", "policy": "sum", "order": "ascending", "tie": "dense",
                "periods": ["weekly"], "time_zone": "Europe/Berlin", "min_score": 1, "max_score": 2,
                "format": "duration", "unit": "km", "description": "Long", "submitters": "players",
                "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2027-01-01T00:00:00Z",
                "archived": true, "tick_millis": 200, "accent": "teal", "emblem": "bolt" })
    }

    fn board(members: Value) -> Board {
        let definition = Definition::Sent(patch(members));
        definition.board(slug(), None).unwrap().unwrap()
    }

    #[test]
    fn every_setting_that_a_definition_would_reset_is_named() {
        let before = board(unusual());
        let omitted = Definition::Sent(patch(required())).omitted_of(&before);
        let settings = serde_json::to_value(BoardDraft::from(&before)).unwrap();
        let mut optional: Vec<&str> = settings
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        optional.retain(|name| required().get(name).is_none());
        let mut sorted = omitted.clone();
        sorted.sort_unstable();
        optional.sort_unstable();
        assert_eq!(sorted, optional);
        for name in omitted {
            let mut given = unusual();
            given[name] = Value::Null;
            let given = Definition::Sent(patch(given));
            assert_eq!(
                given.omitted_of(&before),
                Vec::<&str>::new(),
                "{name} is reset by null"
            );
            assert_ne!(given.board(slug(), Some(&before)).unwrap().unwrap(), before);
        }
        assert!(
            Definition::Sent(patch(required()))
                .omitted_of(&board(required()))
                .is_empty()
        );
    }

    #[test]
    fn changes_keep_absent_settings_and_reset_null_ones() {
        let before = board(unusual());
        let changed = |members: Value| {
            let changes = Definition::Changes(patch(members));
            changes.board(slug(), Some(&before)).unwrap().unwrap()
        };
        assert_eq!(changed(json!({})), before);
        for (name, usual) in [
            ("time_zone", json!("UTC")),
            ("min_score", json!(Score::MIN)),
            ("format", json!("integer")),
            ("unit", json!("")),
            ("opens_at", Value::Null),
            ("submitters", json!("servers")),
            ("archived", json!(false)),
            ("tick_millis", json!(100)),
            ("accent", json!("indigo")),
            ("emblem", json!("trophy")),
        ] {
            let mut expected = serde_json::to_value(&before).unwrap();
            expected[name] = usual;
            let after = changed(json!({ name: null }));
            assert_eq!(serde_json::to_value(after).unwrap(), expected, "{name}");
        }
        assert_eq!(changed(json!({ "unit": "m" })).unit, "m");
        let none = Definition::Changes(patch(json!({}))).board(slug(), None);
        assert_eq!(none.unwrap(), None);
    }

    #[test]
    fn settings_without_a_default_are_not_null() {
        for name in ["title", "policy", "order", "tie", "periods"] {
            assert!(
                serde_json::from_value::<BoardPatch>(json!({ name: null })).is_err(),
                "{name}"
            );
            let mut members = required();
            members.as_object_mut().unwrap().remove(name);
            assert_eq!(patch(members.clone()).missing(), Some(name));
            let error = Definition::Sent(patch(members))
                .board(slug(), None)
                .unwrap_err();
            assert_eq!(error.field, name);
        }
    }

    #[test]
    fn stored_board_may_be_sent_back() {
        let before = board(unusual());
        let mut answer = serde_json::to_value(&before).unwrap();
        answer["version"] = json!(7);
        answer["seasons"] = json!([{ "season": "all" }]);
        answer["season_rules"] = json!({ "all": { "closed": true } });
        assert_eq!(board(answer.clone()), before);
        answer["slug"] = json!("other");
        let other = Definition::Sent(patch(answer)).board(slug(), None);
        assert_eq!(other.unwrap_err().field, "slug");
    }
}
