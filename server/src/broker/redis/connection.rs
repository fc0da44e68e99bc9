//! One connection for commands and for what is published, to one server or to
//! a Cluster. It comes back by itself, subscriptions included.
//!
//! Once a command found nobody, none waits any more: all fail at once until a
//! probe is answered. So a broker that is away costs a caller nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leaderport::service::broker::BrokerError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, ProtocolVersion,
    PushInfo, RedisError, RedisResult, ScriptInvocation,
};

/// How long a command may take: many times what the longest script takes.
const RESPONSE: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(1);
/// The longest pause between two attempts to connect again.
const RECONNECT: Duration = Duration::from_millis(500);

/// How often it is tried whether Redis answers again.
const PROBE: Duration = Duration::from_millis(200);

/// To one server, or to a Cluster.
#[derive(Clone)]
enum Link {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

/// The connection. Clones share it.
#[derive(Clone)]
pub(super) struct Connection {
    link: Link,
    health: Arc<Health>,
}

/// Whether Redis is known to be away.
struct Health {
    is_away: AtomicBool,
    back: Box<dyn Fn() + Send + Sync>,
}

impl Connection {
    /// Connects to `redis://` or `rediss://`; several, comma-separated, are
    /// nodes of a Cluster. `hear` is called with what is published, `back` when
    /// Redis answers after it was away; they must not block.
    pub(super) async fn open(
        url: &str,
        hear: impl Fn(PushInfo) + Send + Sync + 'static,
        back: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        let nodes: RedisResult<Vec<ConnectionInfo>> =
            url.split(',').map(|node| info(node.trim())).collect();
        let nodes = nodes.map_err(refused)?;
        let link = Link::open(nodes, hear).await.map_err(refused)?;
        let health = Arc::new(Health {
            is_away: AtomicBool::new(false),
            back: Box::new(back),
        });
        Ok(Self { link, health })
    }

    /// Sends a command.
    pub(super) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BrokerError> {
        self.guard(self.link.send(command)).await
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, BrokerError> {
        let answer = async {
            match self.link.clone() {
                Link::One(mut connection) => script.invoke_async(&mut connection).await,
                Link::Cluster(mut connection) => script.invoke_async(&mut connection).await,
            }
        };
        self.guard(answer).await
    }

    /// Hears what is published on a channel, from when this returns on.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), BrokerError> {
        let subscribed = async {
            match self.link.clone() {
                Link::One(mut connection) => {
                    let mut command = redis::cmd("SSUBSCRIBE");
                    command.arg(channel).exec_async(&mut connection).await
                }
                Link::Cluster(mut connection) => connection.ssubscribe(channel).await,
            }
        };
        self.guard(subscribed).await
    }

    /// Lets nobody wait for a Redis that is known to be away.
    async fn guard<T>(
        &self,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, BrokerError> {
        if self.health.is_away.load(Ordering::Relaxed) {
            return Err(BrokerError("Redis is away".to_owned()));
        }
        // Reconnecting has its own, longer patience.
        let answer = tokio::time::timeout(RESPONSE + CONNECT, answer).await;
        let error = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => RedisError::from((ErrorKind::Io, "no answer in time")),
        };
        if is_away(&error) && !self.health.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "Redis is away; reads come from the ledger");
            tokio::spawn(self.clone().wait_until_back());
        }
        Err(refused(error))
    }

    async fn wait_until_back(self) {
        let ping = redis::cmd("PING");
        // Nobody else has the connection any more: nobody waits for it.
        while Arc::strong_count(&self.health) > 1 {
            tokio::time::sleep(PROBE).await;
            let answer = tokio::time::timeout(CONNECT, self.link.send::<String>(&ping)).await;
            if matches!(answer, Ok(Ok(_))) {
                tracing::info!("Redis answers again");
                self.health.is_away.store(false, Ordering::Relaxed);
                (self.health.back)();
                return;
            }
        }
    }
}

impl Link {
    async fn open(
        nodes: Vec<ConnectionInfo>,
        hear: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<Self> {
        let hear = move |pushed| {
            hear(pushed);
            Ok::<_, redis::aio::SendError>(())
        };
        if let [one] = nodes.as_slice() {
            let config = ConnectionManagerConfig::new()
                .set_response_timeout(Some(RESPONSE))
                .set_connection_timeout(Some(CONNECT))
                .set_number_of_retries(1)
                .set_max_delay(RECONNECT)
                .set_push_sender(hear)
                .set_automatic_resubscription();
            let client = Client::open(one.clone())?;
            let manager = ConnectionManager::new_with_config(client, config).await;
            return manager.map(Self::One);
        }
        let client = ClusterClientBuilder::new(nodes)
            .use_protocol(ProtocolVersion::RESP3)
            .response_timeout(RESPONSE)
            .connection_timeout(CONNECT)
            .overall_response_timeout(Some(RESPONSE))
            .push_sender(hear)
            .build()?;
        client.get_async_connection().await.map(Self::Cluster)
    }

    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self.clone() {
            Self::One(mut connection) => command.query_async(&mut connection).await,
            Self::Cluster(mut connection) => command.query_async(&mut connection).await,
        }
    }
}

/// Whether an error says that Redis does not answer, and not what it answers.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_unrecoverable_error()
        || error.is_cluster_error()
        // It answers, but not yet.
        || matches!(error.code(), Some("LOADING" | "CLUSTERDOWN" | "MASTERDOWN"))
}

/// With the protocol that carries answers and publications side by side.
fn info(url: &str) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone();
    Ok(info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn refused(error: RedisError) -> BrokerError {
    BrokerError(error.to_string())
}
