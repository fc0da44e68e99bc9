//! The start of the service: loads the running seasons, catches up with the outbox, and starts the
//! group commit and the lasting tasks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use moka::sync::Cache;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::admin::health::Neighbours;
use super::admin::recounts::Recounts;
use super::admin::{deletion, health, recounts};
use super::commit::{Committer, Shared};
use super::near_cache::Near;
use super::reads::board_reads::BoardReads;
use super::reads::merges::Merges;
use super::reads::player_search::SEARCHES_AT_ONCE;
use super::reads::{export, read, sketch, viewers};
use super::reconciliation::loader::Loader;
use super::reconciliation::outbox::Applied;
use super::reconciliation::{repair, restored};
use super::{Leaderboards, near_cache};
use crate::service::error::Error;
use crate::service::ports::broker::Broker;
use crate::service::ports::clock::Clock;
use crate::service::ports::ledger::{Ledger, StoredBoards};
use crate::service::ports::limiter::Limiter;
use crate::service::ports::records::Records;
use crate::service::supervisor::Supervisor;
use crate::{NodeProfile, SeasonKey};

/// Concurrent loads of seasons at start-up; each costs a round trip.
const SEASONS_AT_ONCE: usize = 32;

/// The ports of the service.
pub struct Ports {
    /// The durable truth.
    pub ledger: Arc<dyn Ledger>,
    /// Rare reads and writes of the ledger's database.
    pub records: Arc<dyn Records>,
    /// The ranked state.
    pub broker: Arc<dyn Broker>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The rate limiter.
    pub limiter: Arc<dyn Limiter>,
    /// Unique name of this node.
    pub node: String,
    /// Place of this node, and its settings that all nodes must share.
    pub profile: NodeProfile,
}

/// Task of the group commit. It ends, with every request committed, after the last
/// [`Leaderboards`] is dropped.
pub type CommitTask = JoinHandle<()>;

/// Work done at start-up, for the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rebuilt {
    /// Seasons loaded.
    pub seasons: u64,
    /// Standings loaded.
    pub standings: u64,
    /// Batches that were recorded but not applied.
    pub drained: u64,
}

/// Loads the running seasons that the broker does not hold, as long as it responds.
async fn load_running(loader: &Loader, running: &[SeasonKey]) -> Result<Rebuilt, Error> {
    let mut rebuilt = Rebuilt::default();
    let loads = running.iter().map(|key| loader.ensure(key));
    let mut loads = stream::iter(loads).buffer_unordered(SEASONS_AT_ONCE);
    while let Some(loaded) = loads.next().await {
        match loaded {
            Ok(Some(standings)) => {
                rebuilt.standings += standings;
                rebuilt.seasons += 1;
            }
            Ok(None) => {}
            Err(error) if error.is_of_broker() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(rebuilt)
}

impl Leaderboards {
    /// Starts the service. Reads the boards, and loads every running season that the broker
    /// does not hold. Applies batches that an earlier process left in the outbox, and
    /// starts the group commit. If the broker is down, the service starts anyway and
    /// catches up later. With a remote broker, the node caches up to `near_pages` pages.
    ///
    /// # Errors
    /// Fails if the ledger cannot be read.
    pub async fn start(
        ports: Ports,
        near_pages: usize,
    ) -> Result<(Arc<Self>, CommitTask, Rebuilt), Error> {
        let Ports {
            ledger,
            records,
            broker,
            clock,
            limiter,
            node,
            profile,
        } = ports;
        let StoredBoards { boards, unreadable } = ledger.boards().await?;
        let boards = boards.into_iter();
        let boards: BTreeMap<_, _> = boards.map(|b| (b.slug.clone(), Arc::new(b))).collect();
        let running: Vec<SeasonKey> = boards
            .values()
            .flat_map(|b| {
                let seasons = b.seasons_at(clock.now());
                seasons.into_iter().map(|season| SeasonKey {
                    board: b.slug.clone(),
                    season,
                })
            })
            .collect();
        let slugs = boards.keys().chain(&unreadable).cloned().collect();
        match restored::drop_if_ahead(&*ledger, &*broker, slugs).await {
            Err(error) if !error.is_of_broker() => return Err(error),
            // The check is repeated when the broker is back.
            Ok(_) | Err(_) => {}
        }
        let boards = Arc::new(RwLock::new(boards));
        let loader = Loader::new(ledger.clone(), records.clone(), broker.clone());
        let loader = Arc::new(loader);
        let mut rebuilt = load_running(&loader, &running).await?;
        let near = Near::new(if broker.is_local() { 0 } else { near_pages });
        let near = Arc::new(near);
        let (requests, queue) = mpsc::channel(1024);
        let applied = Arc::new(Applied::default());
        let shared = Shared {
            applied: applied.clone(),
            boards: boards.clone(),
            loader: loader.clone(),
            near: near.clone(),
        };
        let recounts = Arc::new(Recounts::new(
            &shared,
            ledger.clone(),
            records.clone(),
            broker.clone(),
            clock.clone(),
        ));
        let committer = Committer::new(
            queue,
            shared,
            ledger.clone(),
            records.clone(),
            broker.clone(),
        );
        let tasks = Supervisor::default();
        let task = committer.start(&tasks);
        let service = Arc::new(Self {
            started: clock.now(),
            applied,
            boards,
            broker,
            clock,
            degraded: Semaphore::new(read::DEGRADED_AT_ONCE),
            searches: Semaphore::new(SEARCHES_AT_ONCE),
            exports: export::permits(),
            ledger,
            limiter,
            loader,
            merges: Merges::default(),
            near,
            neighbours: Neighbours::new(profile),
            node,
            records,
            recounts,
            reads: Mutex::default(),
            requests,
            season_counts: BoardReads::new(),
            season_labels: BoardReads::new(),
            sketches: Cache::builder()
                .max_capacity(sketch::SEASONS)
                .time_to_live(sketch::LIFETIME)
                .build(),
            sketching: Mutex::default(),
            sketch_turns: Semaphore::new(sketch::MADE_AT_ONCE),
            tasks,
            unreadable: Mutex::new(unreadable),
            viewers: viewers::cache(),
        });
        rebuilt.drained = service.begin().await?;
        if let Err(error) = service.meet_nodes().await {
            tracing::debug!(?error, "this node could not be recorded");
        }
        service.start_tasks();
        Ok((service, task, rebuilt))
    }

    fn start_tasks(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        let service = weak.clone();
        let drain = move || repair::keep_drained(service.clone());
        self.tasks.spawn("outbox", drain);
        let service = weak.clone();
        let delete = move || deletion::keep_deleting(service.clone());
        self.tasks.spawn("deletion", delete);
        let (service, recounts) = (weak.clone(), self.recounts.clone());
        let recount = move || recounts::keep_recounting(service.clone(), recounts.clone());
        self.tasks.spawn("recounts", recount);
        let service = weak.clone();
        let refold = move || repair::refold_names(service.clone());
        self.tasks.spawn("folded_names", refold);
        let service = weak.clone();
        let watch = move || health::watch(service.clone());
        self.tasks.spawn("health", watch);
        // Subscribe now, so that no notice after the start is missed.
        let (service, mut notices) = (weak.clone(), Some(self.broker.subscribe()));
        let follow = move || repair::follow(service.clone(), notices.take());
        self.tasks.spawn("notices", follow);
        if self.near.is_on() {
            let mut notices = Some(self.broker.subscribe());
            let follow = move || near_cache::follow(weak.clone(), notices.take());
            self.tasks.spawn("near_cache", follow);
        }
    }

    /// Catches up with the ledger at the start, unless the broker is down. Returns the number
    /// of applied batches.
    async fn begin(&self) -> Result<u64, Error> {
        let caught_up = async {
            self.reload_outdated().await?;
            self.drain(Duration::ZERO).await
        };
        match caught_up.await {
            Err(error) if error.is_of_broker() => {
                tracing::warn!(
                    ?error,
                    "the broker is down; the service starts without it and catches up later"
                );
                Ok(0)
            }
            drained => drained,
        }
    }
}
