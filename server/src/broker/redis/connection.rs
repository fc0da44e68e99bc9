//! The connection for commands and published messages, to one server or to a Cluster. It reconnects
//! by itself and restores its subscriptions.
//!
//! A closed connection is detected at once. A silent one is detected by a heartbeat, even if no
//! commands are sent. From then on every command fails immediately, until a probe succeeds. An
//! unreachable Redis therefore costs callers no time. A failed probe is repeated over a new
//! connection, because a half-open connection never reports its failure.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use leaderport::service::Supervisor;
use leaderport::service::error::BrokerError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, ProtocolVersion,
    PushInfo, PushKind, RedisError, RedisResult, ScriptInvocation, Value,
};
use tokio::sync::Notify;

/// Timeout of a command: many times the duration of the longest script.
const RESPONSE: Duration = Duration::from_secs(1);
/// Timeout for connecting.
const CONNECT: Duration = Duration::from_secs(1);
/// Maximum delay between two attempts to reconnect.
const RECONNECT: Duration = Duration::from_millis(500);

/// Interval of the heartbeat, which is sent regardless of other commands.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Interval of probes while Redis is unreachable.
const PROBE: Duration = Duration::from_millis(200);

/// A change in the availability of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    /// Redis stopped responding.
    Away,
    /// Redis responds again.
    Back,
    /// Redis was restarted: its run id differs from the stored one. Reported at each heartbeat
    /// until the current one is stored.
    Restarted,
}

/// Callback for pushed messages.
type PushHandler = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// A link to one server, or to a Cluster.
#[derive(Clone)]
enum Link {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

/// The connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    nodes: Vec<ConnectionInfo>,
    receive: PushHandler,
    /// Callback for changes of availability.
    on_change: Box<dyn Fn(Availability) + Send + Sync>,
    /// Key in Redis under which the run ids of the current Redis processes are stored, to detect a
    /// restart.
    run: String,
    /// The stored run ids, if they are known to be current.
    runs: Mutex<String>,
    /// Absent until the first successful connection.
    link: RwLock<Option<Link>>,
    /// Channels to subscribe to again over a new link.
    channels: Mutex<BTreeSet<String>>,
    /// Whether Redis is known to be unreachable.
    is_away: AtomicBool,
    /// Supervises the heartbeat and the probes. The readiness of a node checks Redis itself.
    tasks: Supervisor,
}

impl Connection {
    /// Connects to `redis://` or `rediss://`, and subscribes to a channel. Several comma-separated
    /// URLs are nodes of a Cluster. `run` is the key of the stored run ids. `receive` receives
    /// pushed messages, and `on_change` changes of availability; neither may block. If no server
    /// responds yet, Redis counts as unreachable.
    pub(super) async fn open(
        url: &str,
        [channel, run]: [String; 2],
        receive: impl Fn(PushInfo) + Send + Sync + 'static,
        on_change: impl Fn(Availability) + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        let nodes: RedisResult<Vec<ConnectionInfo>> =
            url.split(',').map(|node| info(node.trim())).collect();
        let was_cut = Arc::new(Notify::new());
        let cut = was_cut.clone();
        let receive = move |pushed: PushInfo| {
            if pushed.kind == PushKind::Disconnection {
                cut.notify_one();
            }
            receive(pushed);
        };
        let connection = Self(Arc::new(Shared {
            nodes: nodes.map_err(refused)?,
            receive: Arc::new(receive),
            on_change: Box::new(on_change),
            run,
            runs: Mutex::default(),
            link: RwLock::default(),
            channels: Mutex::new(BTreeSet::from([channel])),
            is_away: AtomicBool::new(false),
            tasks: Supervisor::default(),
        }));
        match connection.connect_again().await {
            Ok(()) => {}
            Err(error) if is_away(&error) => connection.lose(&error),
            Err(error) => return Err(refused(error)),
        }
        // Detect a restart before any data is written.
        connection.beat().await;
        let shared = Arc::downgrade(&connection.0);
        let probe = move || Self::probe(shared.clone(), was_cut.clone());
        connection.tasks().spawn("redis_heartbeat", probe);
        Ok(connection)
    }

    async fn probe(shared: Weak<Shared>, was_cut: Arc<Notify>) {
        loop {
            let _ = tokio::time::timeout(HEARTBEAT, was_cut.notified()).await;
            let Some(shared) = shared.upgrade() else {
                return;
            };
            Self(shared).beat().await;
        }
    }

    /// Checks that Redis responds, and whether it was restarted.
    async fn beat(&self) {
        // `send` has already reported an unreachable Redis. Any other failure means that `INFO` is
        // not permitted.
        let Ok(runs) = self.current_runs().await else {
            return;
        };
        if let Err(error) = self.check_runs(&runs).await {
            tracing::warn!(%error, "could not check whether Redis was restarted");
        }
    }

    /// Compares the current run ids with the stored ones. A difference means that Redis was
    /// restarted and may hold old data.
    async fn check_runs(&self, runs: &str) -> Result<(), BrokerError> {
        if runs.is_empty() || *self.known_runs() == *runs {
            return Ok(());
        }
        match self.stored_runs().await? {
            // Redis has no data.
            None => self.store_runs(runs).await,
            Some(stored) if stored == runs => {
                runs.clone_into(&mut self.known_runs());
                Ok(())
            }
            Some(_) => {
                (self.0.on_change)(Availability::Restarted);
                Ok(())
            }
        }
    }

    /// The current run ids, if they differ from the stored ones.
    pub(super) async fn restarted_runs(&self) -> Result<Option<String>, BrokerError> {
        let runs = self.current_runs().await?;
        let stored = self.stored_runs().await?;
        let is_restarted = stored.is_some_and(|stored| !runs.is_empty() && stored != runs);
        Ok(is_restarted.then_some(runs))
    }

    /// Stores run ids. From then on, the data in Redis counts as written by these runs.
    pub(super) async fn store_runs(&self, runs: &str) -> Result<(), BrokerError> {
        let mut set = redis::cmd("SET");
        let () = self.send(set.arg(&self.0.run).arg(runs)).await?;
        runs.clone_into(&mut self.known_runs());
        Ok(())
    }

    async fn current_runs(&self) -> Result<String, BrokerError> {
        let mut info = redis::cmd("INFO");
        let info: Value = self.send(info.arg("server")).await?;
        Ok(runs(&info))
    }

    async fn stored_runs(&self) -> Result<Option<String>, BrokerError> {
        let mut get = redis::cmd("GET");
        self.send(get.arg(&self.0.run)).await
    }

    fn known_runs(&self) -> MutexGuard<'_, String> {
        self.0.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether Redis is known to be unreachable.
    pub(super) fn is_away(&self) -> bool {
        self.0.is_away.load(Ordering::Relaxed)
    }

    pub(super) fn tasks(&self) -> &Supervisor {
        &self.0.tasks
    }

    fn link(&self) -> RedisResult<Link> {
        let link = self.0.link.read();
        let link = link.unwrap_or_else(PoisonError::into_inner);
        let none = || RedisError::from((ErrorKind::Io, "not connected"));
        link.clone().ok_or_else(none)
    }

    /// Sends a command.
    pub(super) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BrokerError> {
        self.guard(async { self.link()?.send(command).await }).await
    }

    /// Runs a script.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, BrokerError> {
        let answer = async {
            match self.link()? {
                Link::One(mut connection) => script.invoke_async(&mut connection).await,
                Link::Cluster(mut connection) => script.invoke_async(&mut connection).await,
            }
        };
        self.guard(answer).await
    }

    /// Subscribes to a channel. The subscription is active on return.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), BrokerError> {
        self.guard(async { self.link()?.subscribe(channel).await })
            .await?;
        let channels = self.0.channels.lock();
        let mut channels = channels.unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.to_owned());
        Ok(())
    }

    /// Fails at once while Redis is known to be unreachable.
    async fn guard<T>(
        &self,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, BrokerError> {
        if self.is_away() {
            return Err(BrokerError("Redis is unreachable".to_owned()));
        }
        // The connection manager may take longer to reconnect, hence this separate timeout.
        let answer = tokio::time::timeout(RESPONSE + CONNECT, answer).await;
        let error = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => RedisError::from((ErrorKind::Io, "no answer in time")),
        };
        if is_away(&error) {
            self.lose(&error);
        }
        Err(refused(error))
    }

    /// Marks Redis as unreachable, and starts to probe it.
    fn lose(&self, error: &RedisError) {
        if !self.0.is_away.swap(true, Ordering::Relaxed) {
            let nodes: Vec<String> = self.0.nodes.iter().map(|n| n.addr().to_string()).collect();
            let nodes = nodes.join(", ");
            tracing::warn!(
                redis = nodes,
                %error,
                "Redis is unreachable; reads come from the ledger until it responds. Start it, or correct --broker (REDIS_URL)"
            );
            (self.0.on_change)(Availability::Away);
            let shared = Arc::downgrade(&self.0);
            let wait = move || Self::wait_until_back(shared.clone());
            self.tasks().spawn("redis_return", wait);
        }
    }

    async fn wait_until_back(shared: Weak<Shared>) {
        loop {
            tokio::time::sleep(PROBE).await;
            let Some(connection) = shared.upgrade().map(Self) else {
                return;
            };
            // A server may accept a connection before it can answer commands, so send one.
            let is_new =
                async || connection.connect_again().await.is_ok() && connection.answers().await;
            if connection.answers().await || is_new().await {
                tracing::info!("Redis responds again");
                connection.0.is_away.store(false, Ordering::Relaxed);
                (connection.0.on_change)(Availability::Back);
                return;
            }
        }
    }

    async fn answers(&self) -> bool {
        let ping = redis::cmd("PING");
        let answer = async { self.link()?.send::<String>(&ping).await };
        matches!(tokio::time::timeout(CONNECT, answer).await, Ok(Ok(_)))
    }

    /// Replaces the link by a new one with the same subscriptions.
    async fn connect_again(&self) -> RedisResult<()> {
        let opened = Link::open(&self.0.nodes, &self.0.receive);
        let opened = tokio::time::timeout(2 * CONNECT, opened).await;
        let late = |_| RedisError::from((ErrorKind::Io, "no connection in time"));
        let link = opened.map_err(late)??;
        let channels: Vec<String> = {
            let channels = self.0.channels.lock();
            let channels = channels.unwrap_or_else(PoisonError::into_inner);
            channels.iter().cloned().collect()
        };
        for channel in channels {
            link.subscribe(&channel).await?;
        }
        let old = self.0.link.write();
        *old.unwrap_or_else(PoisonError::into_inner) = Some(link);
        Ok(())
    }
}

impl Link {
    async fn open(nodes: &[ConnectionInfo], receive: &PushHandler) -> RedisResult<Self> {
        let receive = receive.clone();
        let receive = move |pushed| {
            receive(pushed);
            Ok::<_, redis::aio::SendError>(())
        };
        if let [one] = nodes {
            let config = ConnectionManagerConfig::new()
                .set_response_timeout(Some(RESPONSE))
                .set_connection_timeout(Some(CONNECT))
                .set_number_of_retries(1)
                .set_max_delay(RECONNECT)
                .set_push_sender(receive)
                .set_automatic_resubscription();
            let client = Client::open(one.clone())?;
            let manager = ConnectionManager::new_with_config(client, config).await;
            return manager.map(Self::One);
        }
        let client = ClusterClientBuilder::new(nodes.to_vec())
            .use_protocol(ProtocolVersion::RESP3)
            .response_timeout(RESPONSE)
            .connection_timeout(CONNECT)
            .overall_response_timeout(Some(RESPONSE))
            .push_sender(receive)
            .build()?;
        client.get_async_connection().await.map(Self::Cluster)
    }

    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self.clone() {
            Self::One(mut connection) => command.query_async(&mut connection).await,
            Self::Cluster(mut connection) => command.query_async(&mut connection).await,
        }
    }

    async fn subscribe(&self, channel: &str) -> RedisResult<()> {
        match self.clone() {
            Self::One(mut connection) => {
                let mut command = redis::cmd("SSUBSCRIBE");
                command.arg(channel).exec_async(&mut connection).await
            }
            Self::Cluster(mut connection) => connection.ssubscribe(channel).await,
        }
    }
}

/// Whether an error means that Redis does not respond, and not that it refused a command.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_unrecoverable_error()
        || error.is_cluster_error()
        // Redis responds, but is not ready.
        || matches!(error.code(), Some("LOADING" | "CLUSTERDOWN" | "MASTERDOWN"))
}

/// The run ids in an answer to `INFO server`, sorted: of one server, or of all masters of a
/// Cluster.
fn runs(info: &Value) -> String {
    fn collect(info: &Value, runs: &mut BTreeSet<String>) {
        match info {
            Value::Map(answers) => answers.iter().for_each(|(_, info)| collect(info, runs)),
            Value::Array(answers) => answers.iter().for_each(|info| collect(info, runs)),
            Value::VerbatimString { text, .. } => note(text, runs),
            Value::BulkString(bytes) => note(&String::from_utf8_lossy(bytes), runs),
            _ => {}
        }
    }
    fn note(text: &str, runs: &mut BTreeSet<String>) {
        let ids = text.lines().filter_map(|line| line.strip_prefix("run_id:"));
        runs.extend(ids.map(|id| id.trim().to_owned()));
    }
    let mut found = BTreeSet::new();
    collect(info, &mut found);
    found.into_iter().collect::<Vec<_>>().join(",")
}

/// Connection settings with RESP3, which carries answers and published messages over one
/// connection.
fn info(url: &str) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone();
    Ok(info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that `map_err` requires"
)]
fn refused(error: RedisError) -> BrokerError {
    BrokerError(error.to_string())
}
