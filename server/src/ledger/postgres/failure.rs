//! Failures to record a batch.

use leaderport::service::error::LedgerError;

use crate::ledger::database::columns::failed;

/// Failure to record a batch.
pub(super) enum Failure {
    /// Another node wrote rows that the decision depends on: decide again.
    Raced(&'static str),
    /// The transaction did not begin, so nothing was written: try another connection. The server
    /// may have closed this one since its last use.
    Unbegun(LedgerError),
    /// The database refused, or is unreachable.
    Failed(LedgerError),
}

impl Failure {
    /// The failure to begin a transaction. After a timeout of its lock, another connection would
    /// wait as long.
    pub(super) fn unbegun(error: sqlx::Error) -> Self {
        let refused = error.as_database_error();
        let code = refused.and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() == Some("55P03") {
            Self::Failed(failed(error))
        } else {
            Self::Unbegun(failed(error))
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error)
    }
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Raced(why) => {
                Self(format!("every attempt conflicted with other nodes: {why}"))
            }
            Failure::Unbegun(error) | Failure::Failed(error) => error,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let refused = error.as_database_error();
        let code = refused.and_then(sqlx::error::DatabaseError::code);
        match code.as_deref() {
            Some("40P01") => Self::Raced("deadlock"),
            Some("40001") => Self::Raced("serialization"),
            _ => Self::Failed(failed(error)),
        }
    }
}
