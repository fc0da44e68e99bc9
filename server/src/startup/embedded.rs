//! A service over embedded engines, for unit tests.

use std::path::Path;
use std::sync::Arc;

use leaderport::NodeProfile;
use leaderport::service::{Leaderboards, Ports};

use crate::broker::memory::Memory;
use crate::ledger::database::any::AnyDatabase;
use crate::ledger::database::sqlite_file::SqliteFile;
use crate::ledger::records::SqlRecords;
use crate::ledger::sqlite::Sqlite;
use crate::rate_limit::local::{Local, Quotas};
use crate::startup::clock::SystemClock;

/// A service over SQLite in a folder and a broker in memory.
pub(crate) async fn service(folder: &Path) -> Arc<Leaderboards> {
    let file = SqliteFile::at(folder.join("leaderport.sqlite"));
    let clock = Arc::new(SystemClock);
    let ledger = Sqlite::open(&file, clock.clone()).await;
    let database = AnyDatabase::sqlite(&file).await;
    let ports = Ports {
        ledger: Arc::new(ledger.expect("a new database")),
        records: Arc::new(SqlRecords::new(database.expect("a new database"))),
        broker: Arc::new(Memory::new(1)),
        clock,
        limiter: Arc::new(Local::new(&Quotas::default())),
        node: "test".to_owned(),
        profile: NodeProfile::default(),
    };
    let started = Leaderboards::start(ports, 0).await;
    started.expect("an empty ledger").0
}
