//! The engines under test: how to create each one, and where it stores its data.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use leaderport::service::{Broker, Directory, Ledger, Limiter, Records};
use server::broker::memory::Memory;
use server::broker::redis::Redis;
use server::ledger::database::any::AnyDatabase;
use server::ledger::database::sqlite_file::SqliteFile;
use server::ledger::directory::SqlDirectory;
use server::ledger::postgres::Postgres;
use server::ledger::records::SqlRecords;
use server::ledger::sqlite::Sqlite;
use server::rate_limit::local::{Local, Quotas};
use server::rate_limit::redis::RedisLimiter;
use server::startup::clock::SystemClock;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use uuid::Uuid;

/// The storage of a ledger. Opening it again gives the same ledger.
#[async_trait]
pub(crate) trait LedgerHome: Send + Sync {
    /// Opens the ledger.
    async fn ledger(&self) -> Arc<dyn Ledger>;

    /// Opens the ledger's database.
    async fn database(&self) -> AnyDatabase;

    /// Whether several nodes may write to it.
    fn is_shared(&self) -> bool {
        false
    }

    /// A new, empty home of the same kind.
    fn another(&self) -> Box<dyn LedgerHome>;
}

/// Creates brokers of one engine.
#[async_trait]
pub(crate) trait BrokerHome: Send + Sync {
    /// A new broker that holds no season.
    async fn broker(&self) -> Arc<dyn Broker> {
        let [broker, _] = self.brokers().await;
        broker
    }

    /// A new broker, with the connections of two nodes to it.
    async fn brokers(&self) -> [Arc<dyn Broker>; 2];

    /// The number of runs of a random test. It is chosen so that all engines need about the same
    /// time.
    fn runs(&self) -> u32;
}

/// Creates limiters of one engine.
#[async_trait]
pub(crate) trait LimiterHome: Send + Sync {
    /// A limiter with unused quotas.
    async fn limiter(&self, quotas: Quotas) -> Arc<dyn Limiter>;
}

/// The engines that the service runs over.
pub(crate) struct Engines {
    ledger: Box<dyn LedgerHome>,
    broker: Arc<dyn BrokerHome>,
}

impl Engines {
    pub(crate) async fn ledger(&self) -> Arc<dyn Ledger> {
        self.ledger.ledger().await
    }

    /// The records in the ledger's database. The ledger must have been opened once.
    pub(crate) async fn records(&self) -> Arc<dyn Records> {
        Arc::new(SqlRecords::new(self.ledger.database().await))
    }

    /// The directory in the ledger's database. The ledger must have been opened once.
    pub(crate) async fn directory(&self) -> Arc<dyn Directory> {
        Arc::new(SqlDirectory::new(self.database().await))
    }

    /// The ledger's database. The ledger must have been opened once.
    pub(crate) async fn database(&self) -> AnyDatabase {
        self.ledger.database().await
    }

    pub(crate) async fn broker(&self) -> Arc<dyn Broker> {
        self.broker.broker().await
    }

    pub(crate) async fn brokers(&self) -> [Arc<dyn Broker>; 2] {
        self.broker.brokers().await
    }

    /// Whether several nodes may write.
    pub(crate) fn are_shared(&self) -> bool {
        self.ledger.is_shared()
    }

    /// The number of runs of a random test over these engines.
    pub(crate) fn runs(&self) -> u32 {
        self.broker.runs()
    }

    /// New, empty engines of the same kind.
    pub(crate) fn another(&self) -> Self {
        Self {
            ledger: self.ledger.another(),
            broker: self.broker.clone(),
        }
    }
}

/// SQLite in its own temporary directory.
pub(crate) fn sqlite() -> SqliteFolder {
    let folder = tempfile::tempdir().unwrap();
    SqliteFolder {
        file: SqliteFile::at(folder.path().join("leaderport.sqlite")),
        _folder: folder,
    }
}

/// Brokers in memory, each with a random seed, so that their epochs differ.
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

/// `PostgreSQL`, in its own schema.
pub(crate) fn postgres() -> PostgresSchema {
    let name = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
    PostgresSchema(format!("test_{}", name.simple()))
}

/// A single Redis, with a new key prefix for each broker.
pub(crate) fn redis() -> InRedis {
    InRedis("LEADERPORT_TEST_REDIS")
}

/// A Redis Cluster, with a new key prefix for each broker.
pub(crate) fn redis_cluster() -> InRedis {
    InRedis("LEADERPORT_TEST_REDIS_CLUSTER")
}

/// The scaled-out deployment.
pub(crate) fn postgres_and_redis() -> Engines {
    Engines {
        ledger: Box::new(postgres()),
        broker: Arc::new(redis()),
    }
}

/// The largest deployment.
pub(crate) fn postgres_and_redis_cluster() -> Engines {
    Engines {
        ledger: Box::new(postgres()),
        broker: Arc::new(redis_cluster()),
    }
}

/// One node over Redis.
pub(crate) fn sqlite_and_redis() -> Engines {
    Engines {
        ledger: Box::new(sqlite()),
        broker: Arc::new(redis()),
    }
}

/// One node over a scaled-out ledger.
pub(crate) fn postgres_and_memory() -> Engines {
    Engines {
        ledger: Box::new(postgres()),
        broker: Arc::new(memory()),
    }
}

/// A random seed. Epochs must differ, and no test may depend on their values.
fn seed() -> u64 {
    rand::Rng::random(&mut rand::rng())
}

/// The URL of a service that the tests need. A missing variable fails the test, because no engine
/// may be skipped.
pub(crate) fn service(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests with `make test`, or with services as `.ci/with-services cargo test`")
    })
}

/// A ledger in a schema, which is removed with the `PostgreSQL` server.
pub(crate) struct PostgresSchema(String);

#[async_trait]
impl LedgerHome for PostgresSchema {
    async fn ledger(&self) -> Arc<dyn Ledger> {
        let url = service("LEADERPORT_TEST_POSTGRES");
        let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
        let schema = &self.0;
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        db.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        db.close().await.unwrap();
        Arc::new(Postgres::connect(&self.url()).await.unwrap())
    }

    async fn database(&self) -> AnyDatabase {
        AnyDatabase::postgres(&self.url()).await.unwrap()
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn another(&self) -> Box<dyn LedgerHome> {
        Box::new(postgres())
    }
}

impl PostgresSchema {
    fn url(&self) -> String {
        let (url, schema) = (service("LEADERPORT_TEST_POSTGRES"), &self.0);
        format!("{url}?options=-csearch_path={schema}&application_name={schema}")
    }

    /// Ends the ledger's connections, and returns how many rows of the standings they have read.
    /// `PostgreSQL` counts the reads of a connection at its end, if not before.
    pub(crate) async fn standings_read(&self) -> u128 {
        let url = service("LEADERPORT_TEST_POSTGRES");
        let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        let count = "SELECT (seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables
                     WHERE schemaname = $1 AND relname = 'standings'";
        let ended = async {
            let mut open = 1;
            while open > 0 {
                let query = sqlx::query_scalar::<_, i64>(end).bind(&self.0);
                open = query.fetch_one(&mut db).await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended)
            .await
            .expect("connections end");
        let query = sqlx::query_scalar::<_, i64>(count).bind(&self.0);
        query.fetch_one(&mut db).await.unwrap().try_into().unwrap()
    }
}

/// A ledger in a file of a temporary directory, removed on drop.
pub(crate) struct SqliteFolder {
    file: SqliteFile,
    _folder: TempDir,
}

/// Brokers in memory.
pub(crate) struct InMemory;

#[async_trait]
impl LedgerHome for SqliteFolder {
    async fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(
            Sqlite::open(&self.file, Arc::new(SystemClock))
                .await
                .unwrap(),
        )
    }

    async fn database(&self) -> AnyDatabase {
        AnyDatabase::sqlite(&self.file).await.unwrap()
    }

    fn another(&self) -> Box<dyn LedgerHome> {
        Box::new(sqlite())
    }
}

#[async_trait]
impl BrokerHome for InMemory {
    async fn brokers(&self) -> [Arc<dyn Broker>; 2] {
        // Memory has no nodes, so two services in one process share the broker.
        let broker = Arc::new(Memory::new(seed()));
        [broker.clone(), broker]
    }

    fn runs(&self) -> u32 {
        25
    }
}

#[async_trait]
impl LimiterHome for InMemory {
    async fn limiter(&self, quotas: Quotas) -> Arc<dyn Limiter> {
        Arc::new(Local::new(&quotas))
    }
}

#[async_trait]
impl LimiterHome for InRedis {
    async fn limiter(&self, quotas: Quotas) -> Arc<dyn Limiter> {
        let prefix = format!("test-{}", seed());
        let redis = Redis::connect(&service(self.0), &prefix, seed()).await;
        Arc::new(RedisLimiter::new(&redis.unwrap(), quotas))
    }
}

/// Brokers in the Redis at the URL in an environment variable.
pub(crate) struct InRedis(&'static str);

#[async_trait]
impl BrokerHome for InRedis {
    async fn brokers(&self) -> [Arc<dyn Broker>; 2] {
        let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
        let (url, prefix) = (service(self.0), prefix.simple().to_string());
        let [a, b] = [
            Redis::connect(&url, &prefix, seed()).await,
            Redis::connect(&url, &prefix, seed()).await,
        ];
        [Arc::new(a.unwrap()), Arc::new(b.unwrap())]
    }

    fn runs(&self) -> u32 {
        8
    }
}
