//! What brings broker, nodes and ledger together again after something failed.
//!
//! What is recorded and not known to be applied is in the ledger's outbox: left
//! by a process that was killed in between, or because the broker was away. Any
//! node applies it; versions make it harmless to do so twice.

use std::collections::HashMap;
use std::sync::{PoisonError, Weak};
use std::time::Duration;

use futures::future::try_join_all;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;

use super::broker::{Change, Notice};
use super::ledger::{Settlement, Unapplied};
use super::{Error, Leaderboards};
use crate::{PlayerId, PlayerName, SeasonKey, Slug};

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// What is younger is on its way.
const OVERDUE: Duration = Duration::from_secs(5);

/// Batches read from the outbox at once.
const BATCHES: u32 = 32;

impl Leaderboards {
    /// Applies what has been in the outbox for `age`. Gives the number of batches.
    ///
    /// # Errors
    /// When an engine is away; what was applied until then is settled.
    pub async fn drain(&self, age: Duration) -> Result<u64, Error> {
        let mut drained = 0;
        loop {
            let batches = self.ledger.unapplied(age, BATCHES).await?;
            if batches.is_empty() {
                return Ok(drained);
            }
            self.apply_again(&batches).await?;
            drained += batches.len() as u64;
            let settlement = Settlement {
                answers: Vec::new(),
                applied: batches.into_iter().map(|batch| batch.id).collect(),
            };
            self.ledger.record(&settlement, &[]).await?;
        }
    }

    async fn apply_again(&self, batches: &[Unapplied]) -> Result<(), Error> {
        let standings = batches.iter().flat_map(|batch| &batch.standings);
        let mut names: HashMap<PlayerId, PlayerName> = HashMap::new();
        let mut seasons: HashMap<SeasonKey, Vec<Change>> = HashMap::new();
        for (key, standing) in standings {
            if let Some(name) = &standing.name {
                names.insert(standing.player.clone(), name.clone());
            }
            let changes = seasons.entry(key.clone()).or_default();
            changes.push(standing.clone());
        }
        let names: Vec<_> = names.into_iter().collect();
        self.broker.rename(&names).await?;
        let applied = seasons
            .iter()
            .map(|(key, changes)| self.loader.apply(key, changes));
        try_join_all(applied).await?;
        Ok(())
    }

    /// Takes a board's rules from the ledger, where another node put them.
    async fn learn(&self, slug: &Slug) -> Result<(), Error> {
        if let Some(board) = self.ledger.board(slug).await? {
            let mut boards = self.boards.write().unwrap_or_else(PoisonError::into_inner);
            boards.insert(slug.clone(), board.into());
        }
        Ok(())
    }

    /// After the broker was away: gives it what it missed, and learns what this node did.
    async fn catch_up(&self) -> Result<(), Error> {
        let batches = self.drain(Duration::ZERO).await?;
        tracing::info!(batches, "the broker is back; applied what it had missed");
        self.learn_all().await
    }

    async fn learn_all(&self) -> Result<(), Error> {
        let all = self.ledger.boards().await?;
        let mut boards = self.boards.write().unwrap_or_else(PoisonError::into_inner);
        boards.extend(all.into_iter().map(|b| (b.slug.clone(), b.into())));
        Ok(())
    }
}

/// Drains the outbox for as long as the service is there.
pub(super) async fn keep_drained(service: Weak<Leaderboards>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        match service.drain(OVERDUE).await {
            Ok(0) => {}
            Ok(batches) => tracing::info!(batches, "applied what the broker had missed"),
            Err(error) => tracing::warn!(?error, "the outbox is not drained yet"),
        }
    }
}

/// Does what notices ask for, for as long as the service is there: learns of
/// boards that other nodes define, and catches up with a broker that was away.
pub(super) async fn follow(service: Weak<Leaderboards>, mut notices: Receiver<Notice>) {
    loop {
        let notice = notices.recv().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        let learnt = match notice {
            Ok(Notice::Defined(slug)) => service.learn(&slug).await,
            Ok(Notice::Back) => service.catch_up().await,
            // Definitions may be among what was missed.
            Ok(Notice::Lost(_)) | Err(RecvError::Lagged(_)) => service.learn_all().await,
            Ok(Notice::Published(..) | Notice::Loaded(_) | Notice::Away) => continue,
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = learnt {
            tracing::warn!(
                ?error,
                "a board's definition was not read; it is read with the next"
            );
        }
    }
}
