//! Errors of migrations, as sentences that say what to do.

use leaderport::service::error::LedgerError;
use sqlx::migrate::{MigrateError, Migrator};

/// Selects the newest version of the database.
pub(crate) const NEWEST: &str = "SELECT max(version) FROM _sqlx_migrations";

/// The error of a database that this binary cannot migrate. `stored` is its newest version, if
/// known.
pub(crate) fn refused(error: MigrateError, known: &Migrator, stored: Option<i64>) -> LedgerError {
    let newest = known.iter().map(|migration| migration.version).max();
    let (newest, binary) = (newest.unwrap_or_default(), env!("CARGO_PKG_VERSION"));
    LedgerError(match error {
        MigrateError::VersionMissing(missing) => {
            let stored = stored.unwrap_or(missing);
            format!(
                "the database has version {stored}, and this leaderport {binary} knows versions up to {newest}: a newer leaderport has used it; start that one, or restore the backup from before the upgrade"
            )
        }
        MigrateError::VersionMismatch(version) => format!(
            "version {version} of the database differs from that of this leaderport {binary}: another build has used it; start that one, or restore a backup"
        ),
        error => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_database_is_refused_with_both_versions() {
        let known = sqlx::migrate!("migrations/sqlite");
        let newest = known.iter().map(|m| m.version).max().unwrap();
        let LedgerError(text) = refused(MigrateError::VersionMissing(40), &known, Some(41));
        assert!(text.contains("has version 41,"), "{text}");
        assert!(text.contains(&format!("up to {newest}:")), "{text}");
    }
}
