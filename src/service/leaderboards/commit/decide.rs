//! Rulings and erasures, serialised with commits. Changed standings are applied like
//! submissions, and stay in the outbox until then.

use std::collections::HashMap;

use crate::admin::audit::AuditNote;
use crate::service::error::Error;
use crate::service::leaderboards::commit::{Committer, Decision};
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::ports::broker::Change;
use crate::service::ports::records::RuledBatch;
use crate::{Ruled, SeasonKey};

impl Committer {
    pub(crate) async fn decide(
        &mut self,
        decision: &Decision,
        note: &AuditNote,
    ) -> Result<Ruled, Error> {
        let batch = match decision {
            Decision::Ruling(ruling) => self.records.rule(ruling, note).await??,
            Decision::Erase(player) => self.records.erase(player, note).await?,
        };
        let RuledBatch {
            id,
            ruled,
            changed,
            names,
        } = batch;
        let names: HashMap<_, _> = names.into_iter().collect();
        let is_named = self.rename(&names).await;
        let mut seasons: HashMap<SeasonKey, Vec<Change>> = HashMap::new();
        for (key, change) in changed {
            seasons.entry(key).or_default().push(change);
        }
        let mut is_applied = is_named;
        for (key, changes) in seasons {
            // The lock prevents a load of the season. A season that the broker does not hold
            // is loaded later from the ledger, which then contains the ruling.
            let loading = self.loader.lock(&key).await;
            for changes in changes.chunks(MAX_BATCH) {
                if let Err(error) = self.broker.apply(&key, changes).await {
                    tracing::warn!(season = %key, %error, "a ruling is recorded but not applied to the broker; it is retried");
                    is_applied = false;
                }
            }
            drop(loading);
            self.near.forget_season(&key);
        }
        // Another node may be loading an older state. The batch stays in the outbox and is
        // applied again soon.
        is_applied &= self.broker.is_local();
        if is_applied {
            self.settlement.applied.extend(id);
        }
        Ok(ruled)
    }
}
