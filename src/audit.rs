//! The audit log: who did what, and what it was before and after. Only ever
//! longer.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the log: grows, with gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: `operator`, `key ID` or `player ID`.
    pub actor: String,
    /// What they sign in by, where they are a player who has an account.
    pub handle: Option<String>,
    /// What, like `define_board`.
    pub action: String,
    /// To whom or what: a slug, a handle, ids separated by spaces.
    pub target: String,
    /// What it was, as JSON; none where there was nothing.
    pub before: Option<String>,
    /// What it is, as JSON; none where nothing is left.
    pub after: Option<String>,
    /// Why, where somebody said so.
    pub reason: String,
}

/// Something that somebody does, for the audit log: it is written in the
/// transaction that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: &'static str,
    /// To whom or what.
    pub target: String,
    /// What it was, as JSON.
    pub before: Option<String>,
    /// What it is, as JSON.
    pub after: Option<String>,
    /// Why.
    pub reason: String,
}

#[cfg(feature = "service")]
impl AuditNote {
    /// Of something that has neither a before nor an after yet.
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

/// Which entries are asked for. What is empty does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Who, as in the entries.
    pub actor: String,
    /// What, as in the entries.
    pub action: String,
    /// A part of whom or what it was done to.
    pub target: String,
    /// Those before this place.
    pub before: Option<u64>,
}

/// The columns of the log as a table.
pub const CSV_HEADER: &str = "seq,at,actor,handle,action,target,before,after,reason\r\n";

impl AuditEntry {
    /// A line of CSV (RFC 4180). What a spreadsheet would take for a formula is
    /// preceded by an apostrophe.
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

fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_csv_has_every_column_and_no_formula() {
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
