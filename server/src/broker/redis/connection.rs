//! One connection for commands and for what is published, to one server or to
//! a Cluster. It comes back by itself, subscriptions included.
//!
//! A lost connection is noticed at once, and one that says nothing any more by a
//! heartbeat, also where nobody sends a command. From then on none waits: all
//! fail at once until a probe is answered. So a broker that is away costs a caller nothing. Each
//! probe that fails is followed by one over a new connection, since one that is
//! half open never says that it is.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use leaderport::service::ports::error::BrokerError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, ProtocolVersion,
    PushInfo, PushKind, RedisError, RedisResult, ScriptInvocation, Value,
};
use tokio::sync::Notify;

/// How long a command may take: many times what the longest script takes.
const RESPONSE: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(1);
/// The longest pause between two attempts to connect again.
const RECONNECT: Duration = Duration::from_millis(500);

/// How often Redis is asked whether it is there, whoever else asks it something.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How often it is tried whether Redis answers again.
const PROBE: Duration = Duration::from_millis(200);

/// What became of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It does not answer.
    Away,
    /// It answers again.
    Back,
    /// It is another process than the one that was given what it holds.
    Restarted,
}

/// What is called with what is published.
type Hear = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// To one server, or to a Cluster.
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
    hear: Hear,
    /// Gives whether anybody hears it.
    turn: Box<dyn Fn(Turn) -> bool + Send + Sync>,
    /// The key that says which processes hold what is there, and what it said.
    run: String,
    runs: Mutex<String>,
    /// None until Redis answered for the first time.
    link: RwLock<Option<Link>>,
    /// To be listened to again over a new link.
    channels: Mutex<BTreeSet<String>>,
    /// Whether Redis is known to be away.
    is_away: AtomicBool,
}

impl Connection {
    /// Connects to `redis://` or `rediss://`; several, comma-separated, are
    /// nodes of a Cluster; and listens to a channel. `run` is where Redis keeps which
    /// process it is. `hear` is called with what is published, `turn` when Redis
    /// goes, comes or is another; they must not block. Where nobody answers yet,
    /// Redis is away.
    pub(super) async fn open(
        url: &str,
        [channel, run]: [String; 2],
        hear: impl Fn(PushInfo) + Send + Sync + 'static,
        turn: impl Fn(Turn) -> bool + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        let nodes: RedisResult<Vec<ConnectionInfo>> =
            url.split(',').map(|node| info(node.trim())).collect();
        let was_cut = Arc::new(Notify::new());
        let cut = was_cut.clone();
        let hear = move |pushed: PushInfo| {
            if pushed.kind == PushKind::Disconnection {
                cut.notify_one();
            }
            hear(pushed);
        };
        let connection = Self(Arc::new(Shared {
            nodes: nodes.map_err(refused)?,
            hear: Arc::new(hear),
            turn: Box::new(turn),
            run,
            runs: Mutex::default(),
            link: RwLock::default(),
            channels: Mutex::new(BTreeSet::from([channel])),
            is_away: AtomicBool::new(false),
        }));
        match connection.connect_anew().await {
            Ok(()) => {}
            Err(error) if is_away(&error) => connection.lose(&error),
            Err(error) => return Err(refused(error)),
        }
        // Before anything is given to it.
        connection.beat().await;
        let shared = Arc::downgrade(&connection.0);
        tokio::spawn(Self::feel_the_pulse(shared, was_cut));
        Ok(connection)
    }

    async fn feel_the_pulse(shared: Weak<Shared>, was_cut: Arc<Notify>) {
        loop {
            let _ = tokio::time::timeout(HEARTBEAT, was_cut.notified()).await;
            let Some(shared) = shared.upgrade() else {
                return;
            };
            Self(shared).beat().await;
        }
    }

    /// Asks whether Redis is there, and which process it is.
    async fn beat(&self) {
        let mut info = redis::cmd("INFO");
        // What fails here has told that Redis is away, or is not allowed to us.
        let Ok(info) = self.send::<Value>(info.arg("server")).await else {
            return;
        };
        if let Err(error) = self.note_run(&runs(&info)).await {
            tracing::warn!(%error, "it is not known whether Redis was started anew");
        }
    }

    /// A Redis that was started anew may hold what it held some time ago.
    async fn note_run(&self, runs: &str) -> Result<(), BrokerError> {
        let known = || self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.is_empty() || *known() == runs {
            return Ok(());
        }
        let mut get = redis::cmd("GET");
        let before: Option<String> = self.send(get.arg(&self.0.run)).await?;
        if before.is_some_and(|before| before != runs) {
            tracing::warn!("Redis was started anew; what it holds is dropped and loaded again");
            if !(self.0.turn)(Turn::Restarted) {
                // Nobody is there yet to drop it.
                return Ok(());
            }
        }
        let mut set = redis::cmd("SET");
        let () = self.send(set.arg(&self.0.run).arg(runs)).await?;
        runs.clone_into(&mut known());
        Ok(())
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

    /// Hears what is published on a channel, from when this returns on.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), BrokerError> {
        self.guard(async { self.link()?.subscribe(channel).await })
            .await?;
        let channels = self.0.channels.lock();
        let mut channels = channels.unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.to_owned());
        Ok(())
    }

    /// Lets nobody wait for a Redis that is known to be away.
    async fn guard<T>(
        &self,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, BrokerError> {
        if self.0.is_away.load(Ordering::Relaxed) {
            return Err(BrokerError("Redis is away".to_owned()));
        }
        // Reconnecting has its own, longer patience.
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

    /// Notes that Redis is away, and begins to look for it.
    fn lose(&self, error: &RedisError) {
        if !self.0.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "Redis is away; reads come from the ledger");
            (self.0.turn)(Turn::Away);
            tokio::spawn(self.clone().wait_until_back());
        }
    }

    async fn wait_until_back(self) {
        // Nobody else has the connection any more: nobody waits for it.
        while Arc::strong_count(&self.0) > 1 {
            tokio::time::sleep(PROBE).await;
            // A new connection may be to one that answers, but not yet.
            let is_new = async || self.connect_anew().await.is_ok() && self.answers().await;
            if self.answers().await || is_new().await {
                tracing::info!("Redis answers again");
                self.0.is_away.store(false, Ordering::Relaxed);
                (self.0.turn)(Turn::Back);
                return;
            }
        }
    }

    async fn answers(&self) -> bool {
        let ping = redis::cmd("PING");
        let answer = async { self.link()?.send::<String>(&ping).await };
        matches!(tokio::time::timeout(CONNECT, answer).await, Ok(Ok(_)))
    }

    /// Puts a new link into the place of one that does not answer.
    async fn connect_anew(&self) -> RedisResult<()> {
        let opened = Link::open(&self.0.nodes, &self.0.hear);
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
    async fn open(nodes: &[ConnectionInfo], hear: &Hear) -> RedisResult<Self> {
        let hear = hear.clone();
        let hear = move |pushed| {
            hear(pushed);
            Ok::<_, redis::aio::SendError>(())
        };
        if let [one] = nodes {
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
        let client = ClusterClientBuilder::new(nodes.to_vec())
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

/// The ids of the processes that an answer to `INFO server` is of: one of a server,
/// those of all masters of a Cluster, sorted.
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
