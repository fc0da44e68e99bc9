//! The audit log: actor, action, target, and the state before and after. Append-only.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::text::csv::cell;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Sequence number in the log: increasing, with gaps.
    pub seq: u64,
    /// Time of the action.
    pub at: Timestamp,
    /// Actor: `operator`, `key ID` or `player ID`.
    pub actor: String,
    /// Handle of the actor, if the actor is a player with an account.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub handle: Option<String>,
    /// Action, like `define_board`.
    pub action: String,
    /// Target: a slug, a handle, or ids separated by spaces.
    pub target: String,
    /// State before, as JSON; absent if there was none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub before: Option<String>,
    /// State after, as JSON; absent if nothing is left.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub after: Option<String>,
    /// Reason of the actor; may be empty.
    pub reason: String,
}

/// An audit entry that is not recorded yet. It is written in the transaction of its action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// Time of the action.
    pub at: Timestamp,
    /// Actor.
    pub actor: String,
    /// Action.
    pub action: &'static str,
    /// Target.
    pub target: String,
    /// State before, as JSON.
    pub before: Option<String>,
    /// State after, as JSON.
    pub after: Option<String>,
    /// Reason of the actor.
    pub reason: String,
}

#[cfg(feature = "service")]
impl AuditNote {
    /// A note without states and without a reason.
    pub(crate) fn new(at: Timestamp, actor: String, action: &'static str, target: String) -> Self {
        Self {
            at,
            actor,
            action,
            target,
            before: None,
            after: None,
            reason: String::new(),
        }
    }
}

/// Filter of the audit log. Empty fields match every entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Exact actor.
    pub actor: String,
    /// Exact action.
    pub action: String,
    /// Substring of the target, in any case.
    pub target: String,
    /// Only entries with a smaller sequence number.
    pub before: Option<u64>,
}

/// Header line of the CSV export.
pub const CSV_HEADER: &str = "seq,at,actor,handle,action,target,before,after,reason\r\n";

impl AuditEntry {
    /// The entry as a line of CSV (RFC 4180). A leading apostrophe keeps spreadsheets from
    /// evaluating a cell as a formula.
    #[must_use]
    pub fn csv(&self) -> String {
        let none = String::new();
        let cells = [
            &self.seq.to_string(),
            &self.at.to_string(),
            &self.actor,
            self.handle.as_ref().unwrap_or(&none),
            &self.action,
            &self.target,
            self.before.as_ref().unwrap_or(&none),
            self.after.as_ref().unwrap_or(&none),
            &self.reason,
        ];
        let cells = cells.map(|text| cell(text));
        format!("{}\r\n", cells.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_line_has_every_column_and_escapes_formulas() {
        let entry = AuditEntry {
            seq: 7,
            at: Timestamp::MIN,
            actor: "player ann".to_owned(),
            handle: Some("ann-handle".to_owned()),
            action: "rename_player".to_owned(),
            target: "=cmd".to_owned(),
            before: Some(r#"{"name":"a, b"}"#.to_owned()),
            after: None,
            reason: "two\r\nlines".to_owned(),
        };
        let at = Timestamp::MIN;
        let expected = format!(
            "7,{at},player ann,ann-handle,rename_player,'=cmd,\"{{\"\"name\"\":\"\"a, b\"\"}}\",,\"two\r\nlines\"\r\n"
        );
        assert_eq!(entry.csv(), expected);
        let columns = CSV_HEADER.split(',').count();
        assert_eq!(columns, 9);
    }
}
