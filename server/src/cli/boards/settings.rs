//! The settings of a board in a file: names, order, rules and defaults.

use std::fmt::{self, Write};
use std::sync::LazyLock;

use leaderport::{Board, BoardDraft, Slug};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A setting of a board.
pub(super) struct Setting {
    /// Name, as in the REST API.
    pub(super) name: &'static str,
    /// The accepted values, after "must be".
    pub(super) rule: &'static str,
    /// Whether the value is an instant, which TOML has a type for.
    pub(super) is_instant: bool,
    /// Whether every definition has it.
    pub(super) is_required: bool,
}

const fn required(name: &'static str, rule: &'static str) -> Setting {
    Setting {
        name,
        rule,
        is_instant: false,
        is_required: true,
    }
}

const fn optional(name: &'static str, rule: &'static str) -> Setting {
    Setting {
        is_required: false,
        ..required(name, rule)
    }
}

const fn instant(name: &'static str) -> Setting {
    Setting {
        is_instant: true,
        ..optional(
            name,
            "an instant with an offset, like 2026-12-01T18:00:00Z, from the year 1 to 9999",
        )
    }
}

const SCORE: &str = "an integer within ±9007199254740991";

/// Every setting, in the order of a file.
pub(super) static SETTINGS: [Setting; 18] = [
    required("title", "a text of 1 to 80 characters"),
    optional("description", "a text of at most 500 characters"),
    required("policy", "\"best\", \"latest\" or \"sum\""),
    required("order", "\"descending\" or \"ascending\""),
    required("tie", "\"earliest\", \"shared\" or \"dense\""),
    required(
        "periods",
        "an array of at least one of \"all_time\", \"yearly\", \"monthly\", \"weekly\", \"daily\"",
    ),
    optional("time_zone", "an IANA time zone, like \"Europe/Berlin\""),
    optional("min_score", SCORE),
    optional("max_score", SCORE),
    optional(
        "format",
        "\"integer\", \"duration\" or { decimals = 2 } with 1 to 9 decimals",
    ),
    optional("unit", "a text of at most 12 characters"),
    instant("opens_at"),
    instant("closes_at"),
    optional("submitters", "\"servers\", \"players\" or \"both\""),
    optional("archived", "true or false"),
    optional("tick_millis", "an integer from 20 to 10000"),
    optional(
        "accent",
        "\"indigo\", \"teal\", \"amber\", \"rose\", \"violet\", \"lime\", \"sky\" or \"slate\"",
    ),
    optional(
        "emblem",
        "\"trophy\", \"stopwatch\", \"racket\", \"flag\", \"bolt\", \"target\", \"dice\", \
         \"crown\", \"chess\", \"mountain\" or \"custom\"",
    ),
];

/// The value of a setting without one.
static NONE: Value = Value::Null;

/// The settings of a board whose file has only the required ones.
static DEFAULTS: LazyLock<Settings> = LazyLock::new(|| {
    let draft = json!({ "title": "Board", "policy": "best", "order": "descending",
                        "tie": "earliest", "periods": ["all_time"] });
    let draft: BoardDraft = serde_json::from_value(draft).expect("it has the required settings");
    let slug = Slug::new("board").expect("letters are a slug");
    Settings::of(&Board::new(slug, draft).expect("the defaults are valid"))
});

/// Every setting of a board, by name, as the REST API has it: the body of `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Settings(Map<String, Value>);

impl Settings {
    pub(super) fn of(board: &Board) -> Self {
        let draft = serde_json::to_value(BoardDraft::from(board));
        let Ok(Value::Object(settings)) = draft else {
            unreachable!("a definition is a JSON object");
        };
        Self(settings)
    }

    /// The value of a setting.
    pub(super) fn get(&self, setting: &Setting) -> &Value {
        self.0.get(setting.name).unwrap_or(&NONE)
    }

    /// The settings that a file must have, in order: the required ones, and those that differ from
    /// their default.
    pub(super) fn written(&self) -> impl Iterator<Item = (&'static Setting, &Value)> {
        let all = SETTINGS
            .iter()
            .map(move |setting| (setting, self.get(setting)));
        all.filter(|(setting, value)| {
            setting.is_required || *value != DEFAULTS.get(setting) && !value.is_null()
        })
    }

    /// The settings that differ, with their values here and in `other`.
    pub(super) fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'static Setting, &'a Value, &'a Value)> {
        let all = SETTINGS.iter();
        let all = all.map(move |setting| (setting, self.get(setting), other.get(setting)));
        all.filter(|(_, here, there)| here != there)
    }

    /// Appends the table of a board to a file.
    pub(super) fn write_to(&self, file: &mut String, slug: &Slug) {
        let mut write = |line: fmt::Arguments<'_>| {
            file.write_fmt(line).expect("a string takes every text");
        };
        write(format_args!("\n[boards.{slug}]\n"));
        for (setting, value) in self.written() {
            write(format_args!(
                "{} = {}\n",
                setting.name,
                to_toml(setting, value)
            ));
        }
    }
}

/// A value as TOML.
fn to_toml(setting: &Setting, value: &Value) -> String {
    if let (true, Some(instant)) = (setting.is_instant, value.as_str()) {
        return match instant.strip_suffix(".000Z") {
            Some(seconds) => format!("{seconds}Z"),
            None => instant.to_owned(),
        };
    }
    let value = toml::Value::try_from(value);
    value.expect("JSON without null is TOML").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn settings_are_those_of_a_definition() {
        let names: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        let definition: BTreeSet<&str> = DEFAULTS.0.keys().map(String::as_str).collect();
        assert_eq!(names, definition);
        assert_eq!(names.len(), SETTINGS.len());
    }

    #[test]
    fn table_has_the_required_settings_and_those_unlike_their_default() {
        let draft = json!({
            "title": "Laps \"A\"", "policy": "best", "order": "ascending", "tie": "shared",
            "periods": ["daily", "all_time"], "format": { "decimals": 2 }, "min_score": 0,
            "unit": "", "description": "One\nTwo", "opens_at": "2026-01-01T00:00:00Z",
            "closes_at": "2026-01-02T00:00:00.250Z", "submitters": "both", "archived": false,
        });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        let slug = Slug::new("laps").unwrap();
        let mut file = String::new();
        Settings::of(&Board::new(slug.clone(), draft).unwrap()).write_to(&mut file, &slug);
        let expected = r#"
[boards.laps]
title = 'Laps "A"'
description = """
One
Two"""
policy = "best"
order = "ascending"
tie = "shared"
periods = ["all_time", "daily"]
min_score = 0
format = { decimals = 2 }
opens_at = 2026-01-01T00:00:00Z
closes_at = 2026-01-02T00:00:00.250Z
submitters = "both"
"#;
        assert_eq!(file, expected);
    }
}
