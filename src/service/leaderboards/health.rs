//! Health of this node and of the engines: checked every two seconds for the metrics, and on
//! request for operators.

use std::sync::Weak;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Health, NodeState};

/// Time after its last heartbeat for which a node stays listed, in milliseconds.
const NODES_MILLIS: i64 = 60 * 60 * 1000;

/// Timeout of a health check.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Interval between checks.
const EVERY: Duration = Duration::from_secs(2);

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

    /// Sentences for operators about this node, each a reason to send it no requests.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let down = self.tasks.down().into_iter();
        let sentence = |task: &str| {
            format!("The task {task} panicked and has not started again; the log has the reason.")
        };
        down.map(sentence).collect()
    }

    /// Records a heartbeat of this node. Returns the nodes of the last hour.
    pub(crate) async fn note_node(&self) -> Result<Vec<NodeState>, Error> {
        let now = self.clock.now();
        let since = now.plus_millis(-NODES_MILLIS);
        let (node, started) = (&self.node, self.started);
        Ok(self.records.nodes(node, started, now, since).await?)
    }

    /// Writes the gauges of the engines.
    async fn measure_engines(&self) {
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
    }
}

/// Measures the engines and records heartbeats while the service exists.
pub(crate) async fn watch(service: Weak<Leaderboards>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        service.measure_engines().await;
        // A node with a local broker is the only node.
        if !service.broker.is_local()
            && let Err(error) = service.note_node().await
        {
            tracing::debug!(?error, "the heartbeat of this node was not recorded");
        }
    }
}
