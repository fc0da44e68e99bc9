//! Opens the engines named in the configuration. No other module chooses engines.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use leaderport::service::{Broker, Clock, Directory, Ledger, Limiter, Records};

use crate::broker::memory::Memory;
use crate::broker::redis::Redis;
use crate::config::Config;
use crate::ledger::any::AnyDatabase;
use crate::ledger::directory::SqlDirectory;
use crate::ledger::postgres::Postgres;
use crate::ledger::records::SqlRecords;
use crate::ledger::sqlite::Sqlite;
use crate::rate_limit::local::Local;
use crate::rate_limit::redis::RedisLimiter;

/// Opens the ledger: `PostgreSQL` if configured, otherwise `SQLite` in the data folder.
pub(crate) async fn ledger(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Ledger>> {
    if let Some(url) = &config.database {
        let ledger = Postgres::connect(url.expose()).await;
        let ledger = ledger.with_context(|| format!("cannot open the ledger {url}"))?;
        return Ok(Arc::new(ledger));
    }
    let file = sqlite_file(config);
    let ledger = Sqlite::open(&file, clock).await;
    let ledger = ledger.with_context(|| format!("cannot open the ledger {}", file.display()))?;
    Ok(Arc::new(ledger))
}

/// Opens the directory and the records in the ledger's database. The ledger has created the tables.
/// Each has connections of its own, so that no flood of reads keeps people from signing in.
pub(crate) async fn registers(
    config: &Config,
) -> anyhow::Result<(Arc<dyn Directory>, Arc<dyn Records>)> {
    let open = async || match &config.database {
        Some(url) => AnyDatabase::postgres(url.expose()).await,
        None => AnyDatabase::sqlite(&sqlite_file(config)).await,
    };
    let directory = open().await.context("cannot open the directory")?;
    let records = open().await.context("cannot open the records")?;
    let directory = Arc::new(SqlDirectory::new(directory));
    Ok((directory, Arc::new(SqlRecords::new(records))))
}

fn sqlite_file(config: &Config) -> PathBuf {
    config.data.join("leaderport.sqlite")
}

/// Opens the broker and the limiter: in Redis if configured, otherwise in this process's memory.
pub(crate) async fn broker(config: &Config) -> anyhow::Result<(Arc<dyn Broker>, Arc<dyn Limiter>)> {
    let quotas = config.limits.quotas();
    let seed = rand::Rng::random(&mut rand::rng());
    let Some(url) = &config.broker else {
        return Ok((Arc::new(Memory::new(seed)), Arc::new(Local::new(&quotas))));
    };
    let broker = Redis::connect(url.expose(), &config.broker_prefix, seed).await;
    let broker = broker.with_context(|| format!("cannot reach the broker {url}"))?;
    let limiter = RedisLimiter::new(&broker, quotas);
    Ok((Arc::new(broker), Arc::new(limiter)))
}
