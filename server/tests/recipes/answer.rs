//! The answer that a recipe shows, compared with the real one.
//!
//! JSON: each shown member must be present with an equal value, and arrays have the shown length.
//! Text: the shown lines are among the real ones, in this order. `…` matches anything.

use serde_json::{Deserializer, Value};

const ANYTHING: char = '…';

#[derive(Debug)]
pub(crate) struct Answer {
    /// Line number of the first line.
    pub(crate) line: usize,
    pub(crate) text: String,
    format: Format,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Json,
    Text,
}

impl Answer {
    /// Refuses an answer that every output would match. The error begins with the line.
    pub(crate) fn new(format: Format, line: usize, text: String) -> Result<Self, String> {
        let is_empty = match format {
            Format::Json => documents(&text)
                .map_err(|error| format!("{line}: {error}"))?
                .is_empty(),
            Format::Text => text.trim().is_empty(),
        };
        if is_empty {
            return Err(format!("{line}: this answer is empty"));
        }
        Ok(Self { line, text, format })
    }

    /// The error tells the first difference.
    pub(crate) fn compare(&self, printed: &str) -> Result<(), String> {
        match self.format {
            Format::Json => compare_json(&self.text, printed),
            Format::Text => compare_text(&self.text, printed),
        }
    }
}

/// The JSON values of a text, one after the other, as several commands print them.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let values = Deserializer::from_str(text).into_iter();
    let values: Result<Vec<Value>, _> = values.collect();
    values.map_err(|error| format!("not JSON: {error}"))
}

fn compare_json(expected: &str, printed: &str) -> Result<(), String> {
    let (expected, actual) = (documents(expected)?, documents(printed)?);
    if expected.len() != actual.len() {
        return Err(format!(
            "expected {} JSON values, got {}",
            expected.len(),
            actual.len()
        ));
    }
    let mut pairs = expected.iter().zip(&actual);
    pairs.try_for_each(|(expected, actual)| compare_value("", expected, actual))
}

fn compare_value(path: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    let differs = || Err(format!("{path}: expected {expected}, got {actual}"));
    match (expected, actual) {
        (Value::String(text), _) if text.chars().eq([ANYTHING]) => Ok(()),
        (Value::Object(expected), Value::Object(actual)) => {
            expected.iter().try_for_each(|(name, expected)| {
                let path = format!("{path}.{name}");
                match actual.get(name) {
                    Some(actual) => compare_value(&path, expected, actual),
                    None => Err(format!("{path}: expected {expected}, but it is missing")),
                }
            })
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let mut pairs = expected.iter().zip(actual).enumerate();
            pairs.try_for_each(|(n, (expected, actual))| {
                compare_value(&format!("{path}[{n}]"), expected, actual)
            })
        }
        _ if expected == actual => Ok(()),
        _ => differs(),
    }
}

fn compare_text(expected: &str, printed: &str) -> Result<(), String> {
    let mut lines = printed.lines().map(str::trim_end);
    for pattern in expected.lines().map(str::trim_end) {
        if !pattern.is_empty() && !lines.any(|line| is_match(pattern, line)) {
            return Err(format!("no line {pattern:?} (after the lines above it)"));
        }
    }
    Ok(())
}

fn is_match(pattern: &str, line: &str) -> bool {
    let Some((start, rest)) = pattern.split_once(ANYTHING) else {
        return pattern == line;
    };
    let Some(mut line) = line.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once(ANYTHING).unwrap_or(("", rest));
    for part in middle.split(ANYTHING) {
        let Some(at) = line.find(part) else {
            return false;
        };
        line = &line[at + part.len()..];
    }
    line.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(format: Format, expected: &str, printed: &str) -> Option<String> {
        let answer = Answer::new(format, 1, expected.to_owned()).unwrap();
        answer.compare(printed).err()
    }

    #[test]
    fn json_needs_the_shown_members_only() {
        fn check(expected: &str, printed: &str, difference: Option<&str>) {
            let found = super::tests::difference(Format::Json, expected, printed);
            assert_eq!(found.as_deref(), difference, "{expected} {printed}");
        }
        check(r#"{"a":1}"#, r#"{"b":2,"a":1}"#, None);
        check(r#"{"a":"…"}"#, r#"{"a":{"b":2}}"#, None);
        check(r#"{"a":null}"#, r#"{"a":null}"#, None);
        check("{} {}", "{\"a\":1}{\"b\":2}", None);
        let missing = ".b: expected 2, but it is missing";
        check(r#"{"b":2}"#, r#"{"a":1}"#, Some(missing));
        check(
            r#"{"b":"…"}"#,
            r#"{"a":1}"#,
            Some(".b: expected \"…\", but it is missing"),
        );
        check(
            r#"{"a":[1,2]}"#,
            r#"{"a":[1]}"#,
            Some(".a: expected [1,2], got [1]"),
        );
        check(
            r#"{"a":[{"b":1}]}"#,
            r#"{"a":[{"b":2}]}"#,
            Some(".a[0].b: expected 1, got 2"),
        );
        check("{}", "{}{}", Some("expected 1 JSON values, got 2"));
    }

    #[test]
    fn text_needs_the_shown_lines_in_their_order() {
        fn check(expected: &str, printed: &str, is_equal: bool) {
            let found = difference(Format::Text, expected, printed);
            assert_eq!(found.is_none(), is_equal, "{expected} {printed}");
        }
        check("b\nd", "a\nb\nc\nd\n", true);
        check("d\nb", "a\nb\nc\nd\n", false);
        check("b", "ab\n", false);
        check("b\nb", "b\n", false);
        check("…b", "ab\r\n", true);
        check("a…c…e", "abcde", true);
        check("a…c…e", "abde", false);
        check("ab…bc", "abc", false);
        check("…", "", false);
    }

    #[test]
    fn answers_that_match_everything_are_refused() {
        for format in [Format::Json, Format::Text] {
            let error = Answer::new(format, 7, "\n".into()).unwrap_err();
            assert_eq!(error, "7: this answer is empty");
        }
        assert!(Answer::new(Format::Json, 7, "{".into()).is_err());
    }
}
