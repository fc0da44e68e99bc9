//! Assertions on refusals, which are complete RFC 9457 `application/problem+json` documents.

use serde_json::Value;

use crate::support::Answer;

/// Asserts that the answer is a refusal with this status and code. Returns its JSON.
pub(super) fn expect(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(
        answer
            .header("content-type")
            .starts_with("application/problem+json"),
        "{answer:?}"
    );
    let problem = answer.json();
    check(&problem, status, code);
    problem
}

/// Asserts that the answer refuses a value and names its field.
pub(super) fn expect_invalid(answer: &Answer, field: &str) {
    check_field(&expect(answer, 422, "invalid_value"), field);
}

/// Asserts that the JSON is a refusal. It is the body of an answer or an outcome in a batch.
pub(super) fn check(problem: &Value, status: u16, code: &str) {
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    for words in ["type", "title", "detail"] {
        assert!(
            problem[words].as_str().is_some_and(|text| !text.is_empty()),
            "{words} of {problem}"
        );
    }
    // Internal details belong in the log, not in the answer.
    let text = problem.to_string().to_lowercase();
    for inside in ["sqlite", "select ", "panicked", "serde", ".rs:"] {
        assert!(!text.contains(inside), "{problem}");
    }
}

/// Asserts that the problem names the field. A nested value has the field as the start of its path.
pub(super) fn check_field(problem: &Value, field: &str) {
    let named = problem["field"].as_str().unwrap_or_default();
    let is_named = named == field
        || named
            .strip_prefix(field)
            .is_some_and(|inside| inside.starts_with(['.', '[']));
    assert!(is_named, "expected the field {field} in {problem}");
}

/// The members of the object, sorted.
pub(super) fn members(object: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    members.sort_unstable();
    members
}
