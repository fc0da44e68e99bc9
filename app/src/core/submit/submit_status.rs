//! The state of the last submission, as the form shows it.

use serde::{Deserialize, Serialize};

/// A field of the form that submits a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubmitField {
    /// The player's name.
    Name,
    /// The score.
    Score,
}

/// The refusal of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The field with the refused value; none if the reason is elsewhere.
    pub field: Option<SubmitField>,
    /// A sentence for the reader.
    pub reason: String,
}

impl Refusal {
    /// The refusal of the value of a field.
    #[must_use]
    pub fn of_field(field: SubmitField, reason: impl Into<String>) -> Self {
        Self {
            field: Some(field),
            reason: reason.into(),
        }
    }

    /// A refusal whose reason is not the value of a field.
    #[must_use]
    pub fn of_form(reason: String) -> Self {
        Self {
            field: None,
            reason,
        }
    }
}

/// The state of the reader's last submission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SubmitStatus {
    /// Nothing was submitted yet.
    #[default]
    Idle,
    /// Waiting for the server's answer; with a sentence for the reader.
    Pending(String),
    /// Recorded; with a sentence for the reader.
    Done(String),
    /// Refused.
    Refused(Refusal),
}

impl SubmitStatus {
    /// The kind, for styles and tests.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Idle => "nothing",
            Self::Pending(_) => "pending",
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
        }
    }

    /// The sentence below the form; empty while idle, and if a field was refused.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Refused(refusal) if refusal.field.is_none() => &refusal.reason,
            Self::Idle | Self::Refused(_) => "",
            Self::Pending(text) | Self::Done(text) => text,
        }
    }

    /// The reason why the value of a field was refused; none if it was not.
    #[must_use]
    pub fn reason_at(&self, field: SubmitField) -> Option<&str> {
        match self {
            Self::Refused(refusal) if refusal.field == Some(field) => Some(&refusal.reason),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_shown_at_its_field_or_below_the_form_and_never_at_both() {
        let at_score = SubmitStatus::Refused(Refusal::of_field(SubmitField::Score, "no"));
        assert_eq!(at_score.reason_at(SubmitField::Score), Some("no"));
        assert_eq!(at_score.reason_at(SubmitField::Name), None);
        assert_eq!(at_score.text(), "");
        let below = SubmitStatus::Refused(Refusal::of_form("full".to_owned()));
        assert_eq!(below.text(), "full");
        assert_eq!(below.reason_at(SubmitField::Score), None);
    }
}
