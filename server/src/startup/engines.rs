//! Opens the engines named in the configuration. No other module chooses engines.

use std::sync::Arc;

use anyhow::Context;
use leaderport::service::{Broker, Clock, Directory, Ledger, Limiter, PushStore, Records};

use crate::broker::memory::Memory;
use crate::broker::redis::Redis;
use crate::config::Config;
use crate::ledger::database::any::AnyDatabase;
use crate::ledger::database::sqlite_file::SqliteFile;
use crate::ledger::directory::SqlDirectory;
use crate::ledger::postgres::Postgres;
use crate::ledger::push::SqlPushStore;
use crate::ledger::records::SqlRecords;
use crate::ledger::sqlite::Sqlite;
use crate::rate_limit::local::Local;
use crate::rate_limit::redis::RedisLimiter;

/// The ports that one database fills.
pub(crate) struct Databases {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) push: Arc<dyn PushStore>,
}

/// Opens the database: `PostgreSQL` if configured, otherwise `SQLite` in the data folder. The ledger
/// creates the tables. Directory and records have connections of their own, so that no flood of
/// reads keeps people from signing in. Push subscriptions use those of the records.
pub(crate) async fn databases(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Databases> {
    let file = SqliteFile::at(config.data.join("leaderport.sqlite"));
    let ledger: Arc<dyn Ledger> = if let Some(url) = &config.database {
        let ledger = Postgres::connect(url.expose()).await;
        Arc::new(ledger.with_context(|| format!("cannot open the ledger {url}"))?)
    } else {
        let ledger = Sqlite::open(&file, clock).await;
        let path = file.path().display();
        Arc::new(ledger.with_context(|| format!("cannot open the ledger {path}"))?)
    };
    let open = async || match &config.database {
        Some(url) => AnyDatabase::postgres(url.expose()).await,
        None => AnyDatabase::sqlite(&file).await,
    };
    let directory = open().await.context("cannot open the directory")?;
    let records = open().await.context("cannot open the records")?;
    Ok(Databases {
        ledger,
        directory: Arc::new(SqlDirectory::new(directory)),
        push: Arc::new(SqlPushStore::new(records.clone())),
        records: Arc::new(SqlRecords::new(records)),
    })
}

/// Opens the broker and the limiter: in Redis if configured, otherwise in this process's memory.
pub(crate) async fn broker(config: &Config) -> anyhow::Result<(Arc<dyn Broker>, Arc<dyn Limiter>)> {
    let quotas = config.limits.quotas();
    let seed = rand::Rng::random(&mut rand::rng());
    let Some(url) = &config.broker else {
        return Ok((Arc::new(Memory::new(seed)), Arc::new(Local::new(&quotas))));
    };
    let broker = Redis::connect(url.expose(), &config.broker_prefix, seed).await;
    let broker = broker
        .with_context(|| format!("cannot use the broker {url}; correct --broker (REDIS_URL)"))?;
    let limiter = RedisLimiter::new(&broker, quotas);
    Ok((Arc::new(broker), Arc::new(limiter)))
}
