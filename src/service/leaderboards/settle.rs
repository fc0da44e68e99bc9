//! Ranks of repeated submissions whose first answer had none: the broker was down, or the process
//! was killed before the ranks were stored. They are read outside the group commit, so that no
//! other caller waits, and stored once, so that later repeats get the same answer.

use futures::stream::{self, StreamExt};

use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::{ImportOutcome, Outcome, Request};
use crate::service::ports::ledger::Settled;
use crate::service::ports::stored::Ranks;
use crate::{PlayerId, SeasonKey};

/// Number of submissions whose ranks are read concurrently.
const AT_ONCE: usize = 64;

impl Leaderboards {
    /// Fills in current ranks where a repeat has none, and stores them.
    pub(crate) async fn settle_repeats(
        &self,
        mut outcomes: Vec<Result<ImportOutcome, Error>>,
    ) -> Vec<Result<ImportOutcome, Error>> {
        let mut settling = Vec::new();
        for outcome in &mut outcomes {
            if let Ok(repeat) = outcome
                && repeat.is_repeat
                && has_no_ranks(&repeat.outcome)
            {
                settling.push(self.settle(&mut repeat.outcome));
            }
        }
        let settled = stream::iter(settling).buffer_unordered(AT_ONCE);
        let settled: Vec<Settled> = settled
            .filter_map(|settled| std::future::ready(settled.complete()))
            .collect()
            .await;
        if !settled.is_empty() {
            // If the queue is full, the next repeat settles the ranks.
            let _ = self.requests.try_send(Request::Settle(settled));
        }
        outcomes
    }

    async fn settle(&self, outcome: &mut Outcome) -> Settled {
        for season in outcome.seasons.iter_mut().filter(|s| s.ranks.is_none()) {
            let key = SeasonKey {
                board: outcome.board.clone(),
                season: season.season,
            };
            season.ranks = self.current_ranks(&key, &outcome.player).await;
        }
        Settled {
            id: outcome.id,
            ranks: outcome.seasons.iter().map(|s| s.ranks).collect(),
        }
    }

    /// The current rank of a player, also as the previous one. `None` if the broker does not know
    /// it. A merged player has the rank of the player who receives the standing.
    async fn current_ranks(&self, key: &SeasonKey, player: &PlayerId) -> Option<Ranks> {
        let receiving = self.merges.of(player, &*self.records).await;
        let player = receiving.as_ref().unwrap_or(player);
        let held = self.broker.place(key, player).await.ok()?;
        let place = if let Some(place) = held {
            place?
        } else {
            self.loader.ensure(key).await.ok()?;
            self.broker.place(key, player).await.ok()???
        };
        self.near.see(key, place.position);
        Some(Ranks {
            rank: place.rank,
            previous: Some(place.rank),
            position: place.position,
        })
    }
}

fn has_no_ranks(outcome: &Outcome) -> bool {
    outcome.seasons.iter().any(|season| season.ranks.is_none())
}
