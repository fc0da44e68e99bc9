//! The merged players, with the players who receive their standings. A read of an unknown
//! player asks for them, and anyone may ask for unknown players, so this node keeps all
//! merges for some seconds instead of a query for each read.
//!
//! A merge by this node is known at once, one by another node after [`KEPT`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::PlayerId;
use crate::service::ports::records::Records;

/// Lifetime of the merges read.
const KEPT: Duration = Duration::from_secs(5);

/// Time until the next attempt after a failed read.
const RETRIED_AFTER: Duration = Duration::from_secs(1);

/// Maximum number of merges in memory. With more of them, each lookup is a query.
pub(crate) const MAX_KEPT: u32 = 100_000;

/// Merges by merged player; `None` if there are too many.
type All = Option<Arc<HashMap<PlayerId, PlayerId>>>;

#[derive(Default)]
pub(crate) struct Merges {
    state: Mutex<State>,
    /// Held during a read, so that concurrent callers share it.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The merges, and the time until which they count as current.
    known: Option<(All, Instant)>,
    /// Number of changes; a read that began before a change is not kept.
    changes: u64,
}

impl Merges {
    /// The player who receives this player's standings, if merged. Also `None` while the
    /// ledger is down and no merges are known.
    pub(crate) async fn of(&self, player: &PlayerId, records: &dyn Records) -> Option<PlayerId> {
        match self.all(records).await {
            Some(all) => all.get(player).cloned(),
            None => records.player(player).await.ok()?.merged_into,
        }
    }

    /// Drops the merges; call it after a ruling.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.changes += 1;
        state.known = None;
    }

    async fn all(&self, records: &dyn Records) -> All {
        if let Some(all) = self.current() {
            return all;
        }
        let _reading = self.reading.lock().await;
        if let Some(all) = self.current() {
            return all;
        }
        let begun = self.lock().changes;
        let read = records.merges(MAX_KEPT + 1).await;
        let mut state = self.lock();
        let (all, lasts) = match read {
            Ok(all) if all.len() > MAX_KEPT as usize => (None, KEPT),
            Ok(all) => (Some(Arc::new(all.into_iter().collect())), KEPT),
            Err(error) => {
                tracing::debug!(%error, "the merged players were not read; it is retried");
                let known = state.known.take().and_then(|(all, _)| all);
                (Some(known.unwrap_or_default()), RETRIED_AFTER)
            }
        };
        if state.changes == begun {
            state.known = Some((all.clone(), Instant::now() + lasts));
        }
        all
    }

    fn current(&self) -> Option<All> {
        let state = self.lock();
        let (all, until) = state.known.as_ref()?;
        (Instant::now() < *until).then(|| all.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
