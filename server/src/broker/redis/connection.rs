//! One connection for commands and for what is published, to one server or to
//! a Cluster. It comes back by itself, subscriptions included.

use std::time::Duration;

use leaderport::service::broker::BrokerError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionInfo, FromRedisValue, IntoConnectionInfo, ProtocolVersion, PushInfo,
    RedisResult, ScriptInvocation,
};

/// How long a command may take. Longer than any script of ours does.
const RESPONSE: Duration = Duration::from_secs(3);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(1);
/// The longest pause between two attempts to connect again.
const RECONNECT: Duration = Duration::from_millis(500);

/// To one server, or to a Cluster.
#[derive(Clone)]
pub(super) enum Connection {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Connection {
    /// Connects to `redis://` or `rediss://`; several, comma-separated, are
    /// nodes of a Cluster. `hear` is called with what is published; it must not
    /// block.
    pub(super) async fn open(
        url: &str,
        hear: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        let nodes: RedisResult<Vec<ConnectionInfo>> =
            url.split(',').map(|node| info(node.trim())).collect();
        let nodes = nodes.map_err(failed)?;
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
            let client = Client::open(one.clone()).map_err(failed)?;
            let manager = ConnectionManager::new_with_config(client, config).await;
            return Ok(Self::One(manager.map_err(failed)?));
        }
        let client = ClusterClientBuilder::new(nodes)
            .use_protocol(ProtocolVersion::RESP3)
            .response_timeout(RESPONSE)
            .connection_timeout(CONNECT)
            .overall_response_timeout(Some(RESPONSE * 2))
            .push_sender(hear)
            .build()
            .map_err(failed)?;
        let cluster = client.get_async_connection().await;
        Ok(Self::Cluster(cluster.map_err(failed)?))
    }

    /// Sends a command.
    pub(super) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BrokerError> {
        let answer = match self.clone() {
            Self::One(mut connection) => command.query_async(&mut connection).await,
            Self::Cluster(mut connection) => command.query_async(&mut connection).await,
        };
        answer.map_err(failed)
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, BrokerError> {
        let answer = match self.clone() {
            Self::One(mut connection) => script.invoke_async(&mut connection).await,
            Self::Cluster(mut connection) => script.invoke_async(&mut connection).await,
        };
        answer.map_err(failed)
    }

    /// Hears what is published on a channel, from when this returns on.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), BrokerError> {
        match self.clone() {
            Self::One(mut connection) => {
                let mut command = redis::cmd("SSUBSCRIBE");
                command.arg(channel).exec_async(&mut connection).await
            }
            Self::Cluster(mut connection) => connection.ssubscribe(channel).await,
        }
        .map_err(failed)
    }
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
pub(super) fn failed(error: redis::RedisError) -> BrokerError {
    BrokerError(error.to_string())
}
