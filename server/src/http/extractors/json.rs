//! Checks of JSON bodies that apply to every request, before a body becomes a value.
//!
//! A repeated member is refused, because parsers disagree about which one counts. A whole number
//! may be written as `1e3`, `1.0` or `-0`: it is rewritten exactly, as an integer. Both take one
//! pass over the text, with a stack of at most [`MAX_DEPTH`] levels.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::http::problem::Problem;

/// Maximum nesting of arrays and objects, which is also that of `serde_json`.
const MAX_DEPTH: usize = 127;
/// A number with more digits than this may be beyond a double, which `serde_json` calls bad syntax.
const MAX_DIGITS: i64 = 308;
/// Numbers with at most this many digits are within `i64`.
const INTEGER_DIGITS: i64 = 18;
/// Number of characters of a member's name or of a number in a refusal.
const SHOWN: usize = 80;

/// Checked part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything.
    Whole,
    /// Everything except the elements of the list that is the body, or its member of this name. The
    /// caller checks each element, so that a bad one does not affect the others.
    AroundElements(&'static str),
}

/// Checks a body, and writes its whole numbers as integers.
pub(crate) fn checked(text: &[u8], scope: Scope) -> Result<Cow<'_, str>, Problem> {
    let malformed = |why: &dyn std::fmt::Display| {
        Problem::malformed_json(format!("the body is not JSON: {why}"))
    };
    let text = std::str::from_utf8(text).map_err(|error| malformed(&error))?;
    let mut json = serde_json::Deserializer::from_str(text);
    IgnoredAny::deserialize(&mut json).map_err(|error| malformed(&error))?;
    json.end()
        .map_err(|e| Problem::malformed_json(format!("the body goes on after its JSON: {e}")))?;
    Scanner {
        text,
        at: 0,
        copied: 0,
        rewritten: String::new(),
        open: Vec::new(),
    }
    .scan(scope)
}

/// Reads valid JSON from left to right.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The text before this place is in `rewritten`, unless nothing was rewritten.
    copied: usize,
    rewritten: String,
    /// The arrays and objects around the current place.
    open: Vec<Container<'a>>,
}

enum Container<'a> {
    /// The index of the current element.
    Array(usize),
    Object {
        members: HashSet<Cow<'a, str>>,
        current: Cow<'a, str>,
        is_name_next: bool,
    },
}

impl<'a> Scanner<'a> {
    fn scan(mut self, scope: Scope) -> Result<Cow<'a, str>, Problem> {
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            match byte {
                b']' | b'}' => {
                    self.open.pop();
                    self.at += 1;
                }
                b',' => {
                    match self.open.last_mut() {
                        Some(Container::Array(index)) => *index += 1,
                        Some(Container::Object { is_name_next, .. }) => *is_name_next = true,
                        None => {}
                    }
                    self.at += 1;
                }
                b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'"' if self.is_name_next() => self.name()?,
                _ if self.is_element(scope) => self.at = self.end(),
                b'[' => self.open(Container::Array(0))?,
                b'{' => self.open(Container::Object {
                    members: HashSet::new(),
                    current: Cow::Borrowed(""),
                    is_name_next: true,
                })?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.at = self.end(),
            }
        }
        if self.copied == 0 {
            return Ok(Cow::Borrowed(self.text));
        }
        self.rewritten.push_str(&self.text[self.copied..]);
        Ok(Cow::Owned(self.rewritten))
    }

    fn open(&mut self, container: Container<'a>) -> Result<(), Problem> {
        if self.open.len() == MAX_DEPTH {
            let detail = format!("the body is not JSON: it has more than {MAX_DEPTH} levels");
            return Err(Problem::malformed_json(detail));
        }
        self.open.push(container);
        self.at += 1;
        Ok(())
    }

    fn is_name_next(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Container::Object {
                is_name_next: true,
                ..
            })
        )
    }

    /// Whether the current value is left to the caller.
    fn is_element(&self, scope: Scope) -> bool {
        let Scope::AroundElements(list) = scope else {
            return false;
        };
        match self.open.as_slice() {
            [Container::Array(_)] => true,
            [Container::Object { current, .. }, Container::Array(_)] => current == list,
            _ => false,
        }
    }

    /// Reads a member's name; refuses a name that this object has already.
    fn name(&mut self) -> Result<(), Problem> {
        let end = self.end();
        let literal = &self.text[self.at..end];
        // `"\u0061"` and `"a"` are the same name.
        let name = match serde_json::from_str(literal) {
            Ok(name) if literal.contains('\\') => Cow::Owned(name),
            _ => Cow::Borrowed(&literal[1..literal.len() - 1]),
        };
        self.at = end;
        let Some(Container::Object {
            members,
            current,
            is_name_next,
        }) = self.open.last_mut()
        else {
            return Ok(());
        };
        (*current, *is_name_next) = (name.clone(), false);
        if members.insert(name) {
            return Ok(());
        }
        Err(self.refused("this member is repeated; send it once"))
    }

    fn number(&mut self) -> Result<(), Problem> {
        let end = self.end();
        let literal = &self.text[self.at..end];
        match Number::of(literal) {
            Number::Plain => {}
            Number::Integer(integer) => {
                self.rewritten.push_str(&self.text[self.copied..self.at]);
                self.rewritten.push_str(&integer);
                self.copied = end;
            }
            Number::TooLarge => {
                return Err(self.refused(&format!("the number {} is too large", shown(literal))));
            }
        }
        self.at = end;
        Ok(())
    }

    /// The end of the current value or string.
    fn end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth, mut in_string) = (self.at, 0_usize, false);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'"' => {
                    in_string = !in_string;
                    if !in_string && depth == 0 {
                        return at + 1;
                    }
                }
                _ if in_string => {}
                b'[' | b'{' => depth += 1,
                b']' | b'}' if depth == 1 => return at + 1,
                b']' | b'}' if depth > 1 => depth -= 1,
                b']' | b'}' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return at,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }

    /// Refuses the current value, with its path.
    fn refused(&self, reason: &str) -> Problem {
        let path = self.open.iter().fold(String::new(), |mut path, container| {
            match container {
                Container::Array(index) => {
                    let _ = write!(path, "[{index}]");
                }
                Container::Object { current, .. } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&shown(current));
                }
            }
            path
        });
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, "invalid_value", format!("{path}: {reason}")).field(path)
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// A number's literal.
#[derive(Debug, PartialEq, Eq)]
enum Number {
    /// Not rewritten: an integer already, or not a whole number.
    Plain,
    /// A whole number in another notation, as an integer.
    Integer(String),
    TooLarge,
}

impl Number {
    /// Exact, and linear in the length of the literal, whatever the exponent.
    fn of(literal: &str) -> Self {
        let (sign, size) = match literal.strip_prefix('-') {
            Some(size) => ("-", size),
            None => ("", literal),
        };
        let (digits, exponent) = size.split_once(['e', 'E']).unwrap_or((size, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = [whole, fraction].concat();
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return match literal {
                "0" => Self::Plain,
                _ => Self::Integer("0".to_owned()),
            };
        }
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        // An exponent beyond 64 bits outweighs every body's digits.
        let exponent = exponent.parse().unwrap_or(if exponent.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        });
        let cut = length(&digits) - length(digits.trim_end_matches('0'));
        // The number is `significant` with this many zeros.
        let zeros = exponent
            .saturating_sub(length(fraction))
            .saturating_add(cut);
        let size = zeros.saturating_add(length(significant));
        if size > MAX_DIGITS {
            Self::TooLarge
        } else if zeros < 0 || size > INTEGER_DIGITS || !literal.contains(['.', 'e', 'E']) {
            Self::Plain
        } else {
            let zeros = usize::try_from(zeros).unwrap_or_default();
            Self::Integer(format!("{sign}{significant}{}", "0".repeat(zeros)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let checked = checked(text.as_bytes(), Scope::Whole);
        assert_eq!(checked.unwrap(), expected, "{text}");
    }

    fn refusal(text: &str, scope: Scope) -> serde_json::Value {
        let refused = checked(text.as_bytes(), scope).unwrap_err();
        serde_json::to_value(refused).unwrap()
    }

    #[test]
    fn whole_numbers_become_integers() {
        for (literal, integer) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0e5", "0"),
            ("0E-99999999999999999999", "0"),
            ("-0.000e+999999999999999999999999", "0"),
            ("1.0", "1"),
            ("-1.000", "-1"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1.5e1", "15"),
            ("120e-1", "12"),
            ("-12.50e1", "-125"),
            ("9007199254740991.0", "9007199254740991"),
            ("900719925474099.1e1", "9007199254740991"),
            ("100000000000000000000e-20", "1"),
            ("10", "10"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            check(literal, integer);
        }
    }

    #[test]
    fn other_numbers_are_left_to_the_type() {
        for literal in [
            "1.5",
            "-0.1",
            "1e-1",
            "9007199254740991.4",
            "1e18",
            "1e300",
            "1e-400",
            "1e-99999999999999999999",
            "18446744073709551616",
        ] {
            check(literal, literal);
        }
    }

    #[test]
    fn numbers_beyond_a_double_are_refused_in_their_place() {
        let long = "9".repeat(10_000);
        for literal in ["1e400", "-1e99999999999999999999", "10e308", &long] {
            let text = format!("{{\"a\": [1, {{\"value\": {literal}}}]}}");
            let refused = refusal(&text, Scope::Whole);
            assert_eq!(refused["status"], 422, "{literal}");
            assert_eq!(refused["field"], "a[1].value", "{literal}");
        }
    }

    #[test]
    fn only_numbers_are_rewritten() {
        check(
            "{\"1.0\": \"-0\", \"b\\\"\": [1.0,-0 , {\"c\":2e0}], \"d\": \"\\\\\",\"e\":\n-0}",
            "{\"1.0\": \"-0\", \"b\\\"\": [1,0 , {\"c\":2}], \"d\": \"\\\\\",\"e\":\n0}",
        );
        check(" true ", " true ");
        check("{}", "{}");
    }

    #[test]
    fn repeated_members_are_refused_by_path() {
        for (text, field) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a":1,"\u0061":2}"#, "a"),
            (r#"{"a":{"b":{}},"a":2}"#, "a"),
            (r#"{"a":[0,{"b":1,"c":[],"b":2}]}"#, "a[1].b"),
            (r#"[[{"":1,"":2}]]"#, "[0][0]."),
            (r#"{"é":1, "é" :2}"#, "é"),
        ] {
            let refused = refusal(text, Scope::Whole);
            assert_eq!(refused["field"], field, "{text}");
            assert_eq!(refused["code"], "invalid_value", "{text}");
        }
        check(
            r#"[{"a":1},{"a":{"a":2},"b":"a"}]"#,
            r#"[{"a":1},{"a":{"a":2},"b":"a"}]"#,
        );
    }

    #[test]
    fn elements_of_a_batch_are_left_to_the_caller() {
        let around = Scope::AroundElements("submissions");
        for text in [
            r#"[{"a":1,"a":1.0}, "]", 1e999]"#,
            r#"{"submissions":[{"a":1,"a":1.0}, "]", 1e999]}"#,
        ] {
            assert_eq!(checked(text.as_bytes(), around).unwrap(), text);
        }
        for (text, field) in [
            (r#"{"submissions":[], "submissions":[]}"#, "submissions"),
            (r#"{"submissions":[], "a":[{"b":1,"b":1}]}"#, "a[0].b"),
        ] {
            assert_eq!(refusal(text, around)["field"], field, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        check(&nested(MAX_DEPTH), &nested(MAX_DEPTH));
        let refused = refusal(&nested(MAX_DEPTH + 1), Scope::Whole);
        assert_eq!(refused["code"], "malformed_json");
        let refused = refusal(&nested(1 << 19), Scope::Whole);
        assert_eq!(refused["code"], "malformed_json");
    }
}
