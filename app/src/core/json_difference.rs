//! The fields in which two JSON objects differ, for the audit log.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A field with different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The name of the field.
    pub field: String,
    /// The value before; none if there was none.
    pub before: Option<String>,
    /// The value after; none if there is none.
    pub after: Option<String>,
}

/// The fields in which two objects differ, sorted by name. A list of one object counts as the
/// object. The result is empty if a text is no object, or if the objects have no common field.
#[must_use]
pub fn differences(before: &str, after: &str) -> Vec<Difference> {
    let (Some(before), Some(after)) = (object(before), object(after)) else {
        return Vec::new();
    };
    if !before.keys().any(|field| after.contains_key(field)) {
        return Vec::new();
    }
    let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let difference = |field: &String| {
        let (before, after) = (text(before.get(field)), text(after.get(field)));
        (before != after).then(|| Difference {
            field: field.clone(),
            before,
            after,
        })
    };
    fields.into_iter().filter_map(difference).collect()
}

fn object(json: &str) -> Option<Map<String, Value>> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    if let Value::Array(values) = &mut value
        && values.len() == 1
    {
        value = values.pop()?;
    }
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let found = differences(before, after);
        let found: Vec<_> = found
            .iter()
            .map(|d| (d.field.as_str(), d.before.as_deref(), d.after.as_deref()))
            .collect();
        assert_eq!(found, expected, "{before} and {after}");
    }

    #[test]
    fn only_fields_with_other_values_differ() {
        check(
            r#"{"title":"Arena","unit":"points","tick":100,"opens_at":null}"#,
            r#"{"title":"Arena 2","unit":"points","tick":200,"periods":["weekly"]}"#,
            &[
                ("periods", None, Some(r#"["weekly"]"#)),
                ("tick", Some("100"), Some("200")),
                ("title", Some("Arena"), Some("Arena 2")),
            ],
        );
    }

    #[test]
    fn a_list_of_one_object_counts_as_the_object() {
        check(
            r#"[{"type":"ban","players":["ann"],"banned":false}]"#,
            r#"{"type":"ban","players":["ann"],"banned":true}"#,
            &[("banned", Some("false"), Some("true"))],
        );
    }

    #[test]
    fn texts_that_are_not_comparable_have_no_differences() {
        for (before, after) in [
            (r#"{"title":"Arena"}"#, r#"{"players":3}"#),
            ("[]", r#"{"banned":true}"#),
            ("no JSON", r#"{"banned":true}"#),
            (r#"[{"a":1},{"a":2}]"#, r#"{"a":3}"#),
        ] {
            check(before, after, &[]);
        }
    }
}
