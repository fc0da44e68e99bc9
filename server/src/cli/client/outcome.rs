//! How a server judged what it was asked, and why there may be no usable answer: each as a sentence
//! for people.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// How the server judged a call, or one submission of a batch: status 200, or
/// a problem document (RFC 9457). Shown as one sentence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Outcome {
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) detail: String,
}

impl Outcome {
    /// Whether the submission counts.
    pub(in crate::cli) fn is_accepted(&self) -> bool {
        self.status == 200
    }

    /// Whether the same call may succeed in a moment: too many requests, or
    /// something behind the address is away.
    pub(in crate::cli) fn is_temporary(&self) -> bool {
        matches!(self.status, 429 | 502..=504)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            401 => f.write_str(
                "the server wants its own API token: give it with --api-token or LEADERPORT_API_TOKEN",
            ),
            _ if !self.detail.is_empty() => f.write_str(&self.detail),
            status => write!(f, "the server answered {status} {}", self.title),
        }
    }
}

/// Why a call got no usable answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CallError {
    /// No answer came, or it broke off. The server may have acted all the same.
    #[error("the server at {server} does not answer: {cause}")]
    NoAnswer {
        /// Its address.
        server: String,
        /// The innermost cause, which is what people know.
        cause: String,
    },
    /// The server refused.
    #[error("{outcome}")]
    Refused {
        /// In the server's words.
        outcome: Outcome,
        /// How long it wants to be left alone.
        retry_after: Duration,
    },
    /// The answer is not one of this API.
    #[error("{server} answered something that is not LeaderPort's: {cause}")]
    Unreadable {
        /// The address.
        server: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl CallError {
    /// Where trying the same again may help: how long to wait at least.
    pub(in crate::cli) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoAnswer { .. } => Some(Duration::ZERO),
            Self::Refused {
                outcome,
                retry_after,
            } => outcome.is_temporary().then_some(*retry_after),
            Self::Unreadable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_servers_words_where_it_has_any() {
        fn check(json: &str, sentence: &str) {
            let outcome: Outcome = serde_json::from_str(json).unwrap();
            assert_eq!(outcome.to_string(), sentence);
            assert!(!outcome.is_accepted());
        }
        check(
            r#"{"status":422,"type":"urn:x","title":"Unprocessable Entity","detail":"value: must be less","code":"invalid_value","field":"value"}"#,
            "value: must be less",
        );
        check(
            r#"{"status":502,"title":"Bad Gateway"}"#,
            "the server answered 502 Bad Gateway",
        );
        let accepted: Outcome =
            serde_json::from_str(r#"{"status":200,"id":"x","player":"ada","standings":[]}"#)
                .unwrap();
        assert!(accepted.is_accepted());
    }

    #[test]
    fn only_what_may_pass_is_worth_another_try() {
        fn check(status: u16, expected: bool) {
            let outcome = Outcome {
                status,
                ..Outcome::default()
            };
            let error = CallError::Refused {
                outcome,
                retry_after: Duration::from_secs(2),
            };
            assert_eq!(
                error.retry_after(),
                expected.then_some(Duration::from_secs(2)),
                "{status}"
            );
        }
        for status in [429, 502, 503, 504] {
            check(status, true);
        }
        for status in [301, 400, 401, 403, 404, 409, 413, 422, 500] {
            check(status, false);
        }
    }
}
