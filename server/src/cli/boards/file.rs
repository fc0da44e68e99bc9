//! Reads a file of boards. Every fault is reported with its line, its column, its key and the rule,
//! before anything is sent.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context, bail};
use leaderport::{Board, BoardDraft, BoardPatch, Slug};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::{SETTINGS, Setting};

/// Maximum length of a value in a message, in characters.
const SHOWN_CHARS: usize = 40;

/// Boards by slug, each valid.
pub(super) type Boards = BTreeMap<Slug, Board>;

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// Fails if the file cannot be read, or with all faults of its content.
pub(super) fn read(path: &Path) -> anyhow::Result<Boards> {
    let name = path.display().to_string();
    let text = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(path)
    };
    let text = text.with_context(|| format!("cannot read {name}"))?;
    let faults = match parse(&text) {
        Ok(boards) => return Ok(boards),
        Err(faults) => faults,
    };
    let mut lines = vec!["the file is invalid, and nothing was sent".to_owned()];
    lines.extend(faults.iter().map(|fault| {
        let (line, column) = position(&text, fault.at);
        format!("{name}:{line}:{column}: {fault}")
    }));
    bail!(lines.join("\n"));
}

/// A refused part of a file.
#[derive(Debug, PartialEq)]
struct Fault {
    /// Offset in the file, in bytes.
    at: usize,
    /// The key, like `boards.arena.policy`; empty if a syntax error has none.
    key: String,
    /// The rule that is broken.
    rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            f.write_str(&self.rule)
        } else {
            write!(f, "{}: {}", self.key, self.rule)
        }
    }
}

/// Reads the text of a file.
///
/// # Errors
/// Returns the faults, in the order of the file.
fn parse(text: &str) -> Result<Boards, Vec<Fault>> {
    let root = DeTable::parse(text).map_err(|error| vec![syntax_fault(text, &error)])?;
    let mut reader = Reader {
        text,
        faults: Vec::new(),
    };
    let mut boards = Boards::new();
    for (key, value) in root.get_ref() {
        let name: &str = key.get_ref();
        match value.get_ref() {
            DeValue::Table(tables) if name == "boards" => {
                for (slug, table) in tables {
                    if let Some(board) = reader.board(slug.span().start, slug.get_ref(), table) {
                        boards.insert(board.slug.clone(), board);
                    }
                }
            }
            _ if name == "boards" => {
                let rule = "must have a table for each board, like [boards.arena]";
                reader.refuse(value.span().start, name, rule);
            }
            _ => {
                let rule = "unknown key; the only one at the top is boards, as in [boards.arena]";
                reader.refuse(key.span().start, name, rule);
            }
        }
    }
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(boards);
    }
    faults.sort_by_key(|fault| fault.at);
    Err(faults)
}

/// Text that is not TOML. A repeated key is one case.
fn syntax_fault(text: &str, error: &toml::de::Error) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let (key, rule) = if error.message().starts_with("duplicate key") {
        let key = text.get(span.clone()).unwrap_or_default();
        let rule = "duplicate key; a board has one table, and a table has each key once";
        (key.to_owned(), rule.to_owned())
    } else {
        (String::new(), error.message().to_owned())
    };
    let at = span.start;
    Fault { at, key, rule }
}

/// Collects faults.
struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn refuse(&mut self, at: usize, key: &str, rule: impl Into<String>) {
        let (key, rule) = (key.to_owned(), rule.into());
        self.faults.push(Fault { at, key, rule });
    }

    /// Reads the table of a board, whose key is at `at`. Returns none if something is refused.
    fn board(&mut self, at: usize, name: &str, table: &Spanned<DeValue<'_>>) -> Option<Board> {
        let path = format!("boards.{name}");
        let slug = Slug::new(name).map_err(|refused| self.refuse(at, &path, refused.reason));
        let DeValue::Table(table) = table.get_ref() else {
            self.refuse(at, &path, format!("must be a table, like [{path}]"));
            return None;
        };
        let faults = self.faults.len();
        let mut settings = Map::new();
        let mut places = BTreeMap::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let path = format!("{path}.{name}");
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
                let rule = format!("unknown key; a board has {}", names.join(", "));
                self.refuse(key.span().start, &path, rule);
                continue;
            };
            places.insert(setting.name, value.span());
            if let Some(value) = read_value(setting, value.get_ref()) {
                settings.insert(setting.name.to_owned(), value);
            } else {
                let shown = self.shown(value);
                let rule = format!("must be {}; it is {shown}", setting.rule);
                self.refuse(value.span().start, &path, rule);
            }
        }
        for setting in SETTINGS.iter().filter(|setting| setting.is_required) {
            if !places.contains_key(setting.name) {
                let rule = format!("is missing; it must be {}", setting.rule);
                self.refuse(at, &format!("{path}.{}", setting.name), rule);
            }
        }
        let slug = slug.ok()?;
        if self.faults.len() > faults {
            return None;
        }
        let draft: BoardDraft =
            serde_json::from_value(Value::Object(settings)).expect("every setting is valid alone");
        match Board::new(slug, draft) {
            Ok(board) => Some(board),
            Err(refused) => {
                let at = places.get(refused.field).map_or(at, |place| place.start);
                let rule = format!("{}; it is {}", refused.reason, refused.value);
                self.refuse(at, &format!("{path}.{}", refused.field), rule);
                None
            }
        }
    }

    /// The beginning of a value, as the file has it.
    fn shown(&self, value: &Spanned<DeValue<'_>>) -> String {
        let source = self.text.get(value.span()).unwrap_or_default();
        let line = source.lines().next().unwrap_or_default();
        let mut shown: String = line.chars().take(SHOWN_CHARS).collect();
        if shown.len() < source.len() {
            shown.push('…');
        }
        shown
    }
}

/// The value of a setting as JSON; none if the setting does not accept it.
fn read_value(setting: &Setting, value: &DeValue<'_>) -> Option<Value> {
    let value = match value {
        DeValue::Datetime(instant) if setting.is_instant => Value::from(instant.to_string()),
        other => json(other)?,
    };
    let alone = Map::from_iter([(setting.name.to_owned(), value.clone())]);
    let read = serde_json::from_value::<BoardPatch>(Value::Object(alone));
    read.is_ok().then_some(value)
}

/// A value as JSON; none for types that no setting has.
fn json(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::from(&**text)),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            number.ok().map(Value::from)
        }
        DeValue::Boolean(flag) => Some(Value::from(*flag)),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| json(item.get_ref()));
            items.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        DeValue::Table(table) => {
            let members = table.iter().map(|(key, value)| {
                let key: &str = key.get_ref();
                Some((key.to_owned(), json(value.get_ref())?))
            });
            members.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        DeValue::Float(_) | DeValue::Datetime(_) => None,
    }
}

/// Line and column of an offset, both from 1. The column counts characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARENA: &str = "[boards.arena]
title = \"Arena\"
policy = \"best\"
order = \"descending\"
tie = \"shared\"
periods = [\"all_time\"]
";

    /// Checks the place and parts of the only fault of a file.
    fn check(text: &str, place: (usize, usize), parts: &[&str]) {
        let faults = parse(text).expect_err(text);
        let [fault] = &faults[..] else {
            panic!("{faults:?} in {text}");
        };
        assert_eq!(position(text, fault.at), place, "{fault} in {text}");
        let shown = fault.to_string();
        for part in parts {
            assert!(shown.contains(part), "{shown} lacks {part}");
        }
    }

    /// The board with another line at the end.
    fn with(line: &str) -> String {
        format!("{ARENA}{line}\n")
    }

    #[test]
    fn valid_settings_are_read() {
        let text = with(
            "min_score = -1_000\nformat = { decimals = 2 }\nopens_at = 2026-01-01 00:00:00+01:00\n\
             closes_at = \"2026-02-01T00:00:00Z\"\narchived = true\nemblem = \"bolt\"",
        );
        let boards = parse(&text).expect("a valid file");
        let board = &boards[&Slug::new("arena").unwrap()];
        assert_eq!(board.min_score.get(), -1_000);
        let opens = board.opens_at.map(|at| at.to_string());
        assert_eq!(opens.as_deref(), Some("2025-12-31T23:00:00.000Z"));
        assert!(board.archived && board.closes_at.is_some());
        assert_eq!(parse(""), Ok(Boards::new()));
    }

    #[test]
    fn unknown_key_is_refused_with_the_known_ones() {
        let parts = ["boards.arena.polcy", "unknown key", "policy"];
        check(&with("polcy = \"best\""), (7, 1), &parts);
        check(
            "[board.arena]\n",
            (1, 2),
            &["board: unknown", "[boards.arena]"],
        );
        // The settings that the server ignores in a body are not settings of a file.
        check(&with("version = 3"), (7, 1), &["boards.arena.version"]);
    }

    #[test]
    fn wrong_value_is_refused_with_the_rule() {
        for (line, column, parts) in [
            ("archived = \"no\"", 12, ["archived", "true or false"]),
            ("accent = \"pink\"", 10, ["\"pink\"", "\"slate\""]),
            ("min_score = 1.5", 13, ["min_score", "an integer"]),
            ("unit = 2026-01-01", 8, ["unit", "a text"]),
            ("opens_at = 2026-01-01", 12, ["opens_at", "with an offset"]),
            ("format = { decimals = 10 }", 10, ["format", "1 to 9"]),
            ("tick_millis = 5", 15, ["tick_millis", "from 20 to 10000"]),
            ("time_zone = \"Mars\"", 13, ["time_zone", "IANA"]),
            ("min_score = 9007199254740992", 13, ["min_score", "must be"]),
        ] {
            check(&with(line), (7, column), &parts);
        }
        check("boards = 3\n", (1, 10), &["boards: must have a table"]);
        check(
            "boards.arena = 3\n",
            (1, 8),
            &["boards.arena: must be a table"],
        );
    }

    #[test]
    fn missing_setting_and_bad_slug_are_refused_at_the_table() {
        let text = ARENA.replace("tie = \"shared\"\n", "");
        check(&text, (1, 9), &["boards.arena.tie", "missing", "dense"]);
        let text = ARENA.replace("arena", "\"Ä b\"");
        check(&text, (1, 9), &["boards.Ä b", "1 to 64 of a-z"]);
    }

    #[test]
    fn repeated_boards_and_syntax_errors_are_refused() {
        let text = format!("{ARENA}\n{ARENA}");
        check(&text, (8, 9), &["arena: duplicate key"]);
        check(&with("title = \"B\""), (7, 1), &["title: duplicate key"]);
        let faults = parse("[boards.arena\n").expect_err("no bracket");
        assert_eq!(faults.len(), 1);
    }

    #[test]
    fn all_faults_are_reported_in_order() {
        let text = with("archived = 1\nunit = 2");
        let faults = parse(&text).expect_err("two faults");
        let lines: Vec<usize> = faults.iter().map(|f| position(&text, f.at).0).collect();
        assert_eq!(lines, [7, 8]);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(position("a\nÄö = 1", "a\nÄö".len()), (2, 3));
        assert_eq!(position("a", 99), (1, 2));
    }
}
