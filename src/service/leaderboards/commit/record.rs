//! Recording of a commit's entries under current rules. Entries admitted under outdated
//! rules are admitted again.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use crate::service::error::Error;
use crate::service::leaderboards::admission::{self, Terms};
use crate::service::leaderboards::commit::{Committer, MAX_DEFINITIONS, keys};
use crate::service::leaderboards::learn;
use crate::service::ports::ledger::{Entry, RecordedBatch, Renaming};
use crate::{SeasonKey, Slug};

impl Committer {
    pub(crate) async fn record(
        &mut self,
        entries: &[Entry],
        renamings: &[Renaming],
    ) -> Result<RecordedBatch, Error> {
        // Cleared even if recording fails, so that the settlement cannot grow while the ledger
        // fails. A batch that stays in the outbox is applied again, which is idempotent.
        let settlement = std::mem::take(&mut self.settlement);
        let ledger = &self.ledger;
        Ok(ledger.record_all(&settlement, entries, renamings).await?)
    }

    /// Records entries. If another node has redefined or deleted their board since, admits them again.
    pub(crate) async fn record_by_current_rules(
        &mut self,
        mut entries: Vec<Entry>,
        renamings: &[Renaming],
    ) -> Result<(Vec<Entry>, RecordedBatch), Error> {
        for _ in 0..MAX_DEFINITIONS {
            let recorded = self.record(&entries, renamings).await?;
            if !recorded.is_outdated {
                return Ok((entries, recorded));
            }
            let failed = self.learn(&entries).await;
            let admit = |e: Entry| {
                if let Some(error) = failed.get(&e.board.slug) {
                    return Entry {
                        refusal: Some(error.clone()),
                        seasons: Vec::new(),
                        ..e
                    };
                }
                let terms = Terms {
                    origin: e.origin,
                    may_rename: e.may_rename,
                };
                let submission = e.submission.clone();
                match admission::admit(&self.boards, submission, e.arrived, terms) {
                    Ok(entry) => entry,
                    // The board was deleted.
                    Err(error) => Entry {
                        refusal: Some(error),
                        seasons: Vec::new(),
                        ..e
                    },
                }
            };
            entries = entries.into_iter().map(admit).collect();
            self.hold(&entries).await;
        }
        Err(Error::Unavailable {
            part: "ledger",
            detail: "boards are defined all the time".to_owned(),
        })
    }

    /// Loads the seasons in which the entries count.
    pub(crate) async fn hold(&self, entries: &[Entry]) {
        // A season is loaded before it changes, so that previous ranks are known. An outage of
        // the broker must not stop the commit: the change is applied later.
        let admitted = entries.iter().filter(|e| e.refusal.is_none());
        let mut keys: Vec<SeasonKey> = admitted.flat_map(keys).collect();
        keys.sort_unstable();
        keys.dedup();
        let loader = &self.loader;
        join_all(keys.iter().map(|key| async move {
            if let Err(Error::Unavailable { detail, .. }) = loader.ensure(key).await {
                tracing::warn!(season = %key, error = detail, "season not loaded before a commit");
            }
        }))
        .await;
    }

    /// Reloads the definitions of the entries' boards from the ledger. Returns the errors of those
    /// that cannot be read: a newer version may have defined them. The others go on.
    async fn learn(&self, entries: &[Entry]) -> BTreeMap<Slug, Error> {
        let slugs: BTreeSet<_> = entries.iter().map(|e| e.board.slug.clone()).collect();
        let mut failed = BTreeMap::new();
        for slug in slugs {
            if let Err(error) = learn(&self.boards, &*self.ledger, &self.near, &slug).await {
                failed.insert(slug, error);
            }
        }
        failed
    }
}
