//! Deletion of boards. An archived board is unknown at once; its rows are removed in steps, which
//! any node continues after a crash. Then the slug may be used again.

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::Request;
use crate::{BoardSize, Slug};

/// Interval between checks for unfinished deletions.
const EVERY: Duration = Duration::from_secs(1);

/// Pause between two steps, in which other writers continue.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);

/// Time for which a deletion waits for loads of other nodes, in milliseconds. A load that ends
/// later drops its season itself, unless its node is killed.
const LOADS_MILLIS: i64 = 10_000;

impl Leaderboards {
    /// Numbers of submissions and players that the deletion of a board would remove.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or the ledger is down.
    pub async fn board_size(&self, caller: &Caller, slug: &Slug) -> Result<BoardSize, Error> {
        caller.check(Operation::DeleteBoard)?;
        self.board(slug)?;
        Ok(self.records.board_size(slug).await?)
    }

    /// Deletes an archived board with all its submissions and standings. The board is unknown on
    /// return; its rows are removed in the background. With `expected`, deletes only that version.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, is not archived or has
    /// another version, or the ledger is down.
    pub async fn delete_board(
        &self,
        caller: &Caller,
        slug: &Slug,
        expected: Option<u64>,
    ) -> Result<BoardSize, Error> {
        let size = self.board_size(caller, slug).await?;
        let mut note = self.note_of(caller, "delete_board", slug.to_string());
        note.after = serde_json::to_string(&size).ok();
        let (reply, answer) = oneshot::channel();
        self.request(Request::Delete {
            slug: slug.clone(),
            expected,
            note,
            reply,
        })
        .await?;
        answer.await.map_err(|_| Error::stopping())??;
        self.season_counts.forget(slug);
        Ok(size)
    }

    /// Continues the oldest unfinished deletion by one step. Returns whether another step may
    /// follow at once. Otherwise there is no deletion, or it must wait for other nodes.
    async fn continue_deletion(&self) -> Result<bool, Error> {
        let Some(step) = self.records.delete_step().await? else {
            return Ok(false);
        };
        if !step.is_empty {
            return Ok(true);
        }
        // Another node may have loaded a season that it had read before.
        let age = self.clock.now().millis_i64() - step.began_at.millis_i64();
        if !self.broker.is_local() && age < LOADS_MILLIS {
            return Ok(false);
        }
        let loading = self.loader.pause(&step.slug).await;
        self.broker.forget(&step.slug, None).await?;
        self.broker.forget_members(&step.slug).await?;
        self.near.forget_board(&step.slug);
        // The versions of a new board begin at 1. Older entries would be ahead of them, like
        // those of a restored ledger.
        self.broker.forget_newest_applied(Some(&step.slug)).await?;
        self.records.finish_deletion(&step).await?;
        drop(loading);
        tracing::info!(board = %step.slug, "a board was deleted");
        Ok(true)
    }
}

/// Continues deletions while the service exists.
pub(crate) async fn keep_deleting(service: Weak<Leaderboards>) {
    while let Some(service) = service.upgrade() {
        let pause = match service.continue_deletion().await {
            Ok(true) => BETWEEN_STEPS,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(?error, "a board could not be deleted; it is retried");
                EVERY
            }
        };
        // A long deletion must not delay the end of the service.
        drop(service);
        tokio::time::sleep(pause).await;
    }
}
