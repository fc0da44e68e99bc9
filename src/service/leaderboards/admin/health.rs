//! Health of this node and of the engines: checked every two seconds for the metrics, and on
//! request for operators.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Health, NodeProfile, NodeSetting, NodeState};

/// Time after its last heartbeat for which a node stays listed, in milliseconds.
const NODES_MILLIS: i64 = 60 * 60 * 1000;

/// Time after its last heartbeat for which a node counts as running, in milliseconds: several
/// heartbeats.
const LIVE_MILLIS: i64 = 10 * 1000;

/// Timeout of a health check.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Timeout for reading the id of the broker's data.
const STORE_WITHIN: Duration = Duration::from_millis(500);

/// Number of known ids of the broker's data.
const STORES: usize = 2;

/// Interval between checks.
const EVERY: Duration = Duration::from_secs(2);

/// This node among the nodes of its deployment.
pub(crate) struct Neighbours {
    profile: NodeProfile,
    /// Ids of the broker's data, newest first.
    stores: Mutex<Vec<String>>,
    /// Running nodes with other settings, as of the last heartbeat.
    differing: Mutex<Vec<NodeState>>,
    /// Whether this node stops, and records no more heartbeats.
    is_leaving: AtomicBool,
}

impl Neighbours {
    pub(crate) fn new(profile: NodeProfile) -> Self {
        Self {
            profile,
            stores: Mutex::default(),
            differing: Mutex::default(),
            is_leaving: AtomicBool::new(false),
        }
    }

    /// The profile of this node, over the broker's data with this id if it is known.
    fn profile_over(&self, store: Option<String>) -> NodeProfile {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = store
            && stores.first() != Some(&store)
        {
            stores.insert(0, store);
            stores.truncate(STORES);
        }
        NodeProfile {
            stores: stores.clone(),
            ..self.profile.clone()
        }
    }

    fn differing(&self) -> Vec<NodeState> {
        let differing = self.differing.lock();
        differing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores the running nodes with other settings, and logs changes.
    fn note(&self, nodes: &[NodeState]) {
        let now: Vec<NodeState> = nodes
            .iter()
            .filter(|node| !node.differs.is_empty())
            .cloned()
            .collect();
        let mut differing = self
            .differing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_in = |node: &NodeState, of: &[NodeState]| of.iter().any(|n| n.node == node.node);
        for node in now.iter().filter(|node| !is_in(node, &differing)) {
            for problem in sentences(node) {
                tracing::error!(node = node.node, "{problem}");
            }
        }
        for node in differing.iter().filter(|node| !is_in(node, &now)) {
            tracing::info!(node = node.node, "a node with other settings has stopped");
        }
        *differing = now;
    }
}

/// The settings in which a node differs from this one, and the remedy.
fn sentences(node: &NodeState) -> impl Iterator<Item = String> + '_ {
    let NodeState {
        node,
        host,
        differs,
        ..
    } = node;
    differs.iter().map(move |setting| {
        let (differs, remedy) = match setting {
            NodeSetting::Broker => (
                "uses the same database with another broker",
                "the same --broker and --broker-prefix",
            ),
            NodeSetting::CookieSecret => ("has another cookie secret", "the same --cookie-secret"),
            NodeSetting::ApiToken => (
                "has another API token, or only one of the two nodes has a token",
                "the same --api-token",
            ),
            NodeSetting::TokenSecrets => (
                "has other token secrets, and one of the two nodes refuses the other's tokens",
                "the same --token-secrets",
            ),
            NodeSetting::Https => (
                "has other names of cookies, because only one of the two nodes uses HTTPS",
                "the same --public-url and --secure-cookies",
            ),
            NodeSetting::PushKey => (
                "has another key for notifications, and browsers accept those of one key only",
                "the same --push-private-key",
            ),
        };
        format!("The running node {node} on {host} {differs}. Give all nodes {remedy}.")
    })
}

/// Response time of a check in milliseconds; `None` if it fails or times out.
async fn answers_within(check: impl Future<Output = Result<(), Error>>) -> Option<f64> {
    let began = Instant::now();
    let answered = tokio::time::timeout(ANSWERS_WITHIN, check).await;
    matches!(answered, Ok(Ok(()))).then(|| began.elapsed().as_secs_f64() * 1000.0)
}

impl Leaderboards {
    /// Health of ledger, broker and nodes.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission.
    pub async fn health(&self, caller: &Caller) -> Result<Health, Error> {
        caller.check(Operation::ReadEngine)?;
        let ledger = answers_within(self.check_ledger()).await;
        let broker = answers_within(self.check_broker()).await;
        // The list of nodes is in the ledger.
        let nodes = match ledger {
            Some(_) => tokio::time::timeout(ANSWERS_WITHIN, self.note_node()).await,
            None => Ok(Ok(Vec::new())),
        };
        let nodes = nodes.map_or_else(|_| Vec::new(), Result::unwrap_or_default);
        Ok(Health {
            ledger,
            broker,
            nodes,
            at: self.clock.now(),
        })
    }

    /// Sentences for operators about this node, each a reason to send it no requests. Of two nodes
    /// that differ in settings, the later one has the problem.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let of_engines = [self.ledger.tasks_down(), self.broker.tasks_down()].concat();
        let down = self.tasks.down().into_iter().chain(of_engines);
        let down = down.map(|task| {
            format!("The task {task} panicked and has not started again; the log has the reason.")
        });
        let this = (self.started, self.node.as_str());
        let differing = self.neighbours.differing().into_iter();
        let earlier = differing.filter(|node| (node.started_at, node.node.as_str()) < this);
        let differing = earlier.flat_map(|node| sentences(&node).collect::<Vec<_>>());
        down.chain(differing).collect()
    }

    /// Records a heartbeat of this node. Returns the nodes of the last hour.
    pub(crate) async fn note_node(&self) -> Result<Vec<NodeState>, Error> {
        let now = self.clock.now();
        let since = now.plus_millis(-NODES_MILLIS);
        // While the broker is down, its data is the last known.
        let store = tokio::time::timeout(STORE_WITHIN, self.broker.store_id()).await;
        let store = store.ok().and_then(Result::ok).flatten();
        let profile = self.neighbours.profile_over(store);
        let node = &self.node;
        let nodes = self.records.nodes(node, &profile, self.started, now, since);
        let mut nodes = nodes.await?;
        let live = now.plus_millis(-LIVE_MILLIS);
        for node in nodes.iter_mut().filter(|node| node.seen_at < live) {
            node.differs.clear();
        }
        self.neighbours.note(&nodes);
        Ok(nodes)
    }

    /// Records a heartbeat of this node, and finds running nodes with other settings. Does nothing
    /// if this is the only possible node.
    pub(crate) async fn meet_nodes(&self) -> Result<(), Error> {
        let is_alone = self.ledger.is_local() && self.broker.is_local();
        if is_alone || self.neighbours.is_leaving.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.note_node().await.map(drop)
    }

    /// Removes this node from the list of nodes, before the process ends.
    pub async fn leave(&self) {
        self.neighbours.is_leaving.store(true, Ordering::Relaxed);
        let left = self.records.forget_node(&self.node);
        if !matches!(tokio::time::timeout(ANSWERS_WITHIN, left).await, Ok(Ok(()))) {
            tracing::debug!("this node could not be removed from the list of nodes");
        }
    }

    /// Writes the gauges of the engines. Returns whether the ledger responds.
    async fn measure_engines(&self) -> bool {
        let (ledger, broker) = tokio::join!(
            answers_within(self.check_ledger()),
            answers_within(self.check_broker())
        );
        let is_up = |answer: Option<f64>| f64::from(u8::from(answer.is_some()));
        metrics::gauge!("leaderport_ledger_up").set(is_up(ledger));
        metrics::gauge!("leaderport_broker_up").set(is_up(broker));
        let outbox = async { tokio::join!(self.ledger.outbox(), self.ledger.outbox_age()) };
        // Without the ledger, the last known values stay.
        if let Ok((Ok(batches), Ok(age))) = tokio::time::timeout(ANSWERS_WITHIN, outbox).await {
            let batches = u32::try_from(batches).unwrap_or(u32::MAX);
            metrics::gauge!("leaderport_outbox_batches").set(batches);
            let age = age.unwrap_or_default();
            metrics::gauge!("leaderport_outbox_oldest_seconds").set(age.as_secs_f64());
        }
        ledger.is_some()
    }
}

/// Measures the engines and records heartbeats while the service exists.
pub(crate) async fn watch(service: Weak<Leaderboards>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_up = true;
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        let is_up = service.measure_engines().await;
        // The database may have been restored during the outage.
        if is_up
            && !was_up
            && let Err(error) = service.follow_ledger().await
        {
            tracing::warn!(
                ?error,
                "the broker could not be compared with the ledger after an outage"
            );
        }
        was_up = is_up;
        if let Err(error) = service.meet_nodes().await {
            tracing::debug!(?error, "the heartbeat of this node was not recorded");
        }
    }
}
