//! The refusal of a value: which field, which value, why, and so what to do.

/// A value that the domain refuses. Rendered as one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason} (got {value})")]
pub struct InvalidValue {
    /// The field's name, as the JSON API spells it.
    pub field: &'static str,
    /// The refused value, shortened to at most 80 characters.
    pub value: String,
    /// What is accepted instead.
    pub reason: String,
}

impl InvalidValue {
    /// Refuses `value` of `field`; `reason` says what is accepted.
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

    /// The same refusal, of the field that the caller knows it by.
    #[must_use]
    pub fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}
