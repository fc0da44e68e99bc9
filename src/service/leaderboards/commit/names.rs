//! Display names in a commit: those of submissions, and those that players chose.

use std::collections::HashMap;

use crate::PlayerId;
use crate::service::leaderboards::commit::Committer;
use crate::service::ports::ledger::{Recorded, Renamed, Renaming};
use crate::service::ports::stored::StoredName;

/// The new names in a batch: for each player, the last one.
pub(crate) fn new_names(
    recorded: &[Recorded],
    renamings: &[Renaming],
    renamed: &[Renamed],
) -> HashMap<PlayerId, StoredName> {
    let submitted = recorded.iter().filter_map(|recorded| match recorded {
        Recorded::New(new) => Some((new.player.clone(), new.name.clone()?)),
        _ => None,
    });
    let chosen = renamings.iter().zip(renamed);
    let chosen = chosen.filter_map(|(one, now)| Some((one.player.clone(), now.name()?.clone())));
    submitted.chain(chosen).collect()
}

impl Committer {
    /// Sets display names in the broker, before any season changes, because a name belongs
    /// to a player and not to a season. Returns whether the broker has the names.
    pub(crate) async fn rename(&self, names: &HashMap<PlayerId, StoredName>) -> bool {
        if names.is_empty() {
            return true;
        }
        let names: Vec<_> = names.iter().map(|(p, n)| (p.clone(), n.clone())).collect();
        match self.broker.rename(&names, false).await {
            Ok(shown) => {
                for (key, position) in shown {
                    self.near.see(&key, position);
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "names are recorded but not applied to the broker; they are retried");
                // An acknowledged caller must not read an older cached page.
                self.near.forget_all();
                false
            }
        }
    }
}
