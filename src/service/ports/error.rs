//! Errors of engines, in the words of the engine.

/// A failure of the ledger's engine, for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);

/// A failure of the broker's engine, for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct BrokerError(pub String);
