//! The audit log, with one SQL text for both databases.

use leaderport::admin::audit::AuditNote;
use leaderport::service::error::LedgerError;
use leaderport::{AuditEntry, AuditFilter};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::database::any::{AnyQuery, instant, maybe_text, number, query, text};
use super::database::columns::{failed, version};

/// Parameters `$1` to `$7`: at, actor, action, target, before, after, reason.
pub(super) const NOTE: &str = "INSERT INTO audit (at, actor, action, target, before, after, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Binds a note's values to a query of [`NOTE`], for either database.
macro_rules! bind_note {
    ($query:expr, $note:expr) => {
        $query
            .bind($note.at.millis_i64())
            .bind($note.actor.clone())
            .bind($note.action)
            .bind($note.target.clone())
            .bind($note.before.clone())
            .bind($note.after.clone())
            .bind($note.reason.clone())
    };
}
pub(super) use bind_note;

/// Writes a note, in the transaction of the action that it describes.
pub(super) async fn write(db: &mut AnyConnection, note: &AuditNote) -> Result<(), LedgerError> {
    let query: AnyQuery<'_> = sqlx::query(NOTE);
    let query = bind_note!(query, note);
    query.execute(db).await.map_err(failed)?;
    Ok(())
}

/// Selects entries, newest first.
pub(super) fn read(filter: &AuditFilter, limit: u32) -> AnyQuery<'static> {
    let target = filter.target.to_ascii_lowercase();
    let wanted = [
        (&filter.actor, "actor = "),
        (&filter.action, "action = "),
        (&target, "lower(target) LIKE "),
    ];
    let wanted: Vec<_> = wanted.into_iter().filter(|(v, _)| !v.is_empty()).collect();
    let also = (2..).zip(&wanted).map(|(n, (_, is))| {
        let escape = if is.ends_with("LIKE ") {
            " ESCAPE '!'"
        } else {
            ""
        };
        format!(" AND {is}${n}{escape}")
    });
    let sql = format!(
        "SELECT seq, at, actor, action, target, before, after, reason,
           (SELECT handle FROM accounts WHERE player = substr(actor, 8)) FROM audit
         WHERE seq < $1{} ORDER BY seq DESC LIMIT {limit}",
        also.collect::<String>()
    );
    let before = filter.before.and_then(|seq| i64::try_from(seq).ok());
    let mut query = query(sql).bind(before.unwrap_or(i64::MAX));
    for (value, is) in wanted {
        query = query.bind(if is.ends_with("LIKE ") {
            containing(value)
        } else {
            value.clone()
        });
    }
    query
}

/// A pattern that matches texts with `text` in them, for `LIKE … ESCAPE '!'`.
fn containing(text: &str) -> String {
    let text = text.replace('!', "!!");
    format!("%{}%", text.replace('%', "!%").replace('_', "!_"))
}

/// Reads a row of [`read`].
pub(super) fn entry(row: &AnyRow) -> Result<AuditEntry, LedgerError> {
    Ok(AuditEntry {
        seq: version(number(row, 0)?)?,
        at: instant(row, 1)?,
        actor: text(row, 2)?,
        action: text(row, 3)?,
        target: text(row, 4)?,
        before: maybe_text(row, 5)?,
        after: maybe_text(row, 6)?,
        reason: text(row, 7)?,
        handle: maybe_text(row, 8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_filter_are_escaped() {
        assert_eq!(containing("50%_!"), "%50!%!_!!%");
    }
}
