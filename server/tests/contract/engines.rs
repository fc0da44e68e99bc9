//! The engines under test: how each is made, and where it keeps what outlives it.

use std::sync::Arc;

use async_trait::async_trait;
use leaderport::service::{Broker, Ledger};
use server::broker::memory::Memory;
use server::ledger::sqlite::Sqlite;
use tempfile::TempDir;

/// Where a ledger lives. Opened again, it is the same ledger.
#[async_trait]
pub(crate) trait LedgerHome: Send + Sync {
    /// Opens the ledger.
    async fn ledger(&self) -> Arc<dyn Ledger>;

    /// A home of the same kind, with an empty ledger.
    fn another(&self) -> Box<dyn LedgerHome>;
}

/// Where brokers come from.
#[async_trait]
pub(crate) trait BrokerHome: Send + Sync {
    /// A new broker, which holds nothing.
    async fn broker(&self) -> Arc<dyn Broker>;
}

/// What the service runs over.
pub(crate) struct Engines {
    ledger: Box<dyn LedgerHome>,
    broker: Arc<dyn BrokerHome>,
}

impl Engines {
    pub(crate) async fn ledger(&self) -> Arc<dyn Ledger> {
        self.ledger.ledger().await
    }

    pub(crate) async fn broker(&self) -> Arc<dyn Broker> {
        self.broker.broker().await
    }

    /// Engines of the same kind that hold nothing.
    pub(crate) fn another(&self) -> Self {
        Self {
            ledger: self.ledger.another(),
            broker: self.broker.clone(),
        }
    }
}

/// SQLite in a folder of its own.
pub(crate) fn sqlite() -> SqliteFile {
    SqliteFile(tempfile::tempdir().unwrap())
}

/// Memory, with any seed: epochs must differ, not be of some value.
pub(crate) fn memory() -> InMemory {
    InMemory
}

/// The embedded deployment.
pub(crate) fn sqlite_and_memory() -> Engines {
    Engines {
        ledger: Box::new(sqlite()),
        broker: Arc::new(memory()),
    }
}

/// A ledger in a file of a folder that goes with it.
pub(crate) struct SqliteFile(TempDir);

/// Brokers in memory.
pub(crate) struct InMemory;

#[async_trait]
impl LedgerHome for SqliteFile {
    async fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(
            Sqlite::open(&self.0.path().join("leaderport.sqlite"))
                .await
                .unwrap(),
        )
    }

    fn another(&self) -> Box<dyn LedgerHome> {
        Box::new(sqlite())
    }
}

#[async_trait]
impl BrokerHome for InMemory {
    async fn broker(&self) -> Arc<dyn Broker> {
        Arc::new(Memory::new(rand::Rng::random(&mut rand::rng())))
    }
}
