//! Answers of the server, and failures of a call, each displayed as a sentence for people.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// The server's answer to a call, or to one submission of a batch: status 200, or a problem
/// document (RFC 9457). Displayed as one sentence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Outcome {
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) detail: String,
    code: String,
    field: String,
    is_repeat: bool,
}

impl Outcome {
    /// Whether the submission was accepted.
    pub(in crate::cli) fn is_accepted(&self) -> bool {
        self.status == 200
    }

    /// Whether the submission was recorded by an earlier call.
    pub(in crate::cli) fn is_repeat(&self) -> bool {
        self.is_repeat
    }

    /// Whether the submission's id was recorded before with other content.
    pub(in crate::cli) fn is_conflict(&self) -> bool {
        self.code == "id_conflict"
    }

    /// Whether the same call may succeed later: too many requests, or a service is temporarily
    /// unavailable.
    pub(in crate::cli) fn is_temporary(&self) -> bool {
        matches!(self.status, 429 | 502..=504)
    }

    /// The sentence, after the name of the refused field, if the server named one.
    fn with_field(&self) -> String {
        let (field, sentence) = (&self.field, self.to_string());
        if field.is_empty() || sentence.starts_with(&format!("{field}: ")) {
            sentence
        } else {
            format!("{field}: {sentence}")
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            401 => f.write_str(
                "the server requires its API token: set --api-token or LEADERPORT_API_TOKEN",
            ),
            _ if !self.detail.is_empty() => f.write_str(&self.detail),
            status => write!(f, "the server answered {status} {}", self.title),
        }
    }
}

/// A call without a usable answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CallError {
    /// No complete answer arrived. The server may still have processed the call.
    #[error("the server at {server} does not answer: {cause}")]
    NoAnswer {
        /// Address of the server.
        server: String,
        /// The innermost cause, which is the clearest to people.
        cause: String,
    },
    /// The server's certificate is not trusted, so nothing was sent.
    #[error(
        "the certificate of {server} is not trusted ({cause}); if an authority of your own issued \
         it, set SSL_CERT_FILE to the authority's certificate"
    )]
    Untrusted {
        /// Address of the server.
        server: String,
        /// Reason of the refusal.
        cause: String,
    },
    /// The server refused the call.
    #[error("{outcome}")]
    Refused {
        /// The server's answer.
        outcome: Outcome,
        /// Minimum wait before a retry.
        retry_after: Duration,
    },
    /// The answer is not one of this API.
    #[error("{server} sent an answer that is not LeaderPort's: {cause}")]
    Unreadable {
        /// Address of the server.
        server: String,
        /// Description of the mismatch.
        cause: String,
    },
}

impl CallError {
    /// Minimum wait before a retry; `None` if a retry cannot help.
    pub(in crate::cli) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoAnswer { .. } => Some(Duration::ZERO),
            Self::Refused {
                outcome,
                retry_after,
            } => outcome.is_temporary().then_some(*retry_after),
            Self::Untrusted { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// The sentence; that of a refusal begins with the refused field.
    pub(in crate::cli) fn with_field(&self) -> String {
        match self {
            Self::Refused { outcome, .. } => outcome.with_field(),
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_shows_the_servers_detail_or_else_its_status() {
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
    fn field_of_a_refusal_is_named_once() {
        fn check(json: &str, sentence: &str) {
            let outcome: Outcome = serde_json::from_str(json).unwrap();
            assert_eq!(outcome.with_field(), sentence);
        }
        check(
            r#"{"status":422,"detail":"emblem: must be one","field":"emblem"}"#,
            "emblem: must be one",
        );
        check(
            r#"{"status":409,"detail":"seasons would move","field":"time_zone"}"#,
            "time_zone: seasons would move",
        );
        check(r#"{"status":412,"detail":"outdated"}"#, "outdated");
    }

    #[test]
    fn only_temporary_refusals_are_worth_a_retry() {
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
