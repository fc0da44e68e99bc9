//! The state of the last submission, as the form shows it.

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
    /// Refused; with the reason.
    Refused(String),
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

    /// The sentence for the reader; empty while idle.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Idle => "",
            Self::Pending(text) | Self::Done(text) | Self::Refused(text) => text,
        }
    }
}
