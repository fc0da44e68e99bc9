//! Refusal of a value: the field, the value, and the rule that it breaks.

/// A value that the domain refuses. Its `Display` is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason} (got {value})")]
pub struct InvalidValue {
    /// Name of the field, as in the JSON API.
    pub field: &'static str,
    /// The refused value, truncated to 80 characters.
    pub value: String,
    /// The rule for accepted values.
    pub reason: String,
}

impl InvalidValue {
    /// Refuses `value` of `field`; `reason` states the rule.
    pub fn new(
        field: &'static str,
        value: impl std::fmt::Display,
        reason: impl Into<String>,
    ) -> Self {
        let value = value.to_string();
        let mut shown: String = value
            .chars()
            .take(80)
            .flat_map(char::escape_debug)
            .collect();
        if value.chars().nth(80).is_some() {
            shown.push('…');
        }
        Self {
            field,
            value: format!("\"{shown}\""),
            reason: reason.into(),
        }
    }

    /// The same refusal, with another name of the field, as the caller knows it.
    #[must_use]
    pub fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}
