//! Repair: reconciles broker, nodes and ledger after failures.
//!
//! A batch stays in the ledger's outbox ([`outbox`](super::outbox)) after a killed process or an
//! outage of the broker. Any node then applies it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;

use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::leaderboards::reconciliation::restored;
use crate::service::leaderboards::{Leaderboards, known, learn, take_all};
use crate::service::ports::broker::Notice;
use crate::{Board, Slug};

/// Interval between checks of the outbox.
const EVERY: Duration = Duration::from_secs(2);

/// Minimum age of a batch that is applied again. Younger batches may still be in progress on
/// the node that recorded them.
const OVERDUE: Duration = Duration::from_secs(5);

/// Interval of reloading all definitions, in checks of the outbox.
const LEARN_EVERY: u32 = 15;

/// Number of boards checked concurrently in the broker.
const BOARDS_AT_ONCE: usize = 32;

/// Interval between checks for names of an earlier version. A node of that version, in a rolling
/// upgrade, may fold all names back.
const CHECK_FOLDS: Duration = Duration::from_mins(5);

/// Pause between two steps of folding names, in which other writers continue.
const BETWEEN_FOLDS: Duration = Duration::from_millis(50);

impl Leaderboards {
    /// Reloads a board's rules from the ledger after another node changed or deleted them.
    async fn learn(&self, slug: &Slug) -> Result<(), Error> {
        learn(&self.boards, &*self.ledger, &self.near, slug).await
    }

    /// Catches up after an outage of the broker. Reloads definitions, drops seasons ranked
    /// by outdated rules, and applies the outbox.
    async fn catch_up(&self) -> Result<(), Error> {
        self.follow_ledger().await?;
        self.reload_outdated().await?;
        let batches = self.drain(Duration::ZERO).await?;
        tracing::info!(
            batches,
            "the broker responds again; applied the batches that it had missed"
        );
        Ok(())
    }

    /// Reloads definitions. Drops the broker's seasons if the ledger was restored to an earlier
    /// state.
    pub(crate) async fn follow_ledger(&self) -> Result<(), Error> {
        self.learn_all().await?;
        let boards = self.stored_boards();
        if restored::drop_if_ahead(&*self.ledger, &*self.broker, boards).await? {
            self.near.forget_all();
        }
        Ok(())
    }

    /// The known boards, and those that this version cannot read.
    fn stored_boards(&self) -> BTreeSet<Slug> {
        let known = self.boards().into_iter();
        let unreadable = self.unreadable_boards();
        known
            .map(|board| board.slug.clone())
            .chain(unreadable)
            .collect()
    }

    fn unreadable_boards(&self) -> BTreeSet<Slug> {
        let unreadable = self.unreadable.lock();
        unreadable.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops all seasons of a restarted broker. The broker may hold an old state, and the
    /// outbox no longer contains the later changes. Later reads load the seasons again. If it
    /// fails, or this node dies, the notice of the restart is repeated on every node.
    async fn start_again(&self) -> Result<(), Error> {
        // Another node, or an earlier notice, may have ended the restart.
        let Some(run) = self.broker.restarted_run().await? else {
            return Ok(());
        };
        tracing::warn!("the broker was restarted; its seasons are dropped and loaded again");
        for slug in self.stored_boards() {
            self.broker.forget(&slug, None).await?;
            self.near.forget_board(&slug);
        }
        self.broker.end_restart(&run).await?;
        Ok(())
    }

    /// Drops and reloads the broker's seasons that are ranked by outdated rules. The known rules of
    /// a board that cannot be read may themselves be outdated.
    pub(crate) async fn reload_outdated(&self) -> Result<(), Error> {
        let unreadable = self.unreadable_boards();
        let mut boards = self.boards();
        boards.retain(|board| !unreadable.contains(&board.slug));
        let drops = boards.into_iter();
        let drops = drops.map(|board| self.reload_outdated_of(board).boxed());
        let drops = stream::iter(drops).buffer_unordered(BOARDS_AT_ONCE);
        drops.try_collect().await
    }

    async fn reload_outdated_of(&self, board: Arc<Board>) -> Result<(), Error> {
        let ranking = Ranking::from(&*board);
        for season in self.broker.forget(&board.slug, Some(ranking)).await? {
            tracing::info!(%season, "the broker ranked a season by outdated rules; the season is loaded again");
            // Reload at once, which notifies the subscribers.
            self.loader.ensure(&season).await?;
        }
        Ok(())
    }

    async fn learn_all(&self) -> Result<(), Error> {
        let known = known(&self.boards);
        let stored = self.ledger.boards().await?;
        let unreadable = self.unreadable.lock();
        unreadable
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&stored.unreadable);
        for slug in take_all(&self.boards, known, stored) {
            self.near.forget_board(&slug);
        }
        Ok(())
    }
}

/// Drains the outbox while the service exists.
pub(crate) async fn keep_drained(service: Weak<Leaderboards>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round: u32 = 0;
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        // Reload all definitions from time to time, in case a notice was lost.
        round += 1;
        if round.is_multiple_of(LEARN_EVERY)
            && let Err(error) = service.learn_all().await
        {
            tracing::warn!(
                ?error,
                "the boards' definitions could not be reloaded; it is retried"
            );
        }
        if round.is_multiple_of(LEARN_EVERY)
            && let Err(error) = service.count_dead_letters().await
        {
            tracing::debug!(?error, "the dead letters were not counted");
        }
        match service.drain(OVERDUE).await {
            Ok(0) => {}
            Ok(batches) => tracing::info!(batches, "applied the overdue batches of the outbox"),
            Err(error) => tracing::warn!(?error, "the outbox could not be drained; it is retried"),
        }
    }
}

/// A subscription to notices, and the error of missed ones if it begins now. `None` if the
/// service has ended.
pub(crate) fn subscribed(
    service: &Weak<Leaderboards>,
    notices: Option<Receiver<Notice>>,
) -> Option<(Receiver<Notice>, Option<RecvError>)> {
    if let Some(notices) = notices {
        return Some((notices, None));
    }
    let notices = service.upgrade()?.broker.subscribe();
    // The number of missed notices is unknown.
    Some((notices, Some(RecvError::Lagged(1))))
}

/// Handles notices while the service exists: reloads boards that other nodes defined, and
/// catches up after an outage of the broker. Without `notices`, subscribes now; notices were
/// missed.
pub(crate) async fn follow(service: Weak<Leaderboards>, notices: Option<Receiver<Notice>>) {
    let Some((mut notices, mut missed)) = subscribed(&service, notices) else {
        return;
    };
    loop {
        let notice = match missed.take() {
            Some(missed) => Err(missed),
            None => notices.recv().await,
        };
        let Some(service) = service.upgrade() else {
            return;
        };
        let learnt = match notice {
            Ok(Notice::Defined(slug)) => service.learn(&slug).await,
            Ok(Notice::Back) => service.catch_up().await,
            Ok(Notice::Restarted) => service.start_again().await,
            // The missed notices may include definitions.
            Ok(Notice::Lost(_)) | Err(RecvError::Lagged(_)) => service.learn_all().await,
            Ok(Notice::Published(..) | Notice::Loaded(_) | Notice::Away) => continue,
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = learnt {
            tracing::warn!(
                ?error,
                "a notice could not be handled; definitions are reloaded soon, and a restart of the broker is handled again"
            );
        }
    }
}

/// Folds names of an earlier version again, in small steps, while the service exists.
pub(crate) async fn refold_names(service: Weak<Leaderboards>) {
    while let Some(service) = service.upgrade() {
        let pause = match service.records.refold_names().await {
            Ok(true) => BETWEEN_FOLDS,
            Ok(false) => CHECK_FOLDS,
            Err(error) => {
                tracing::warn!(?error, "names could not be folded again; it is retried");
                EVERY
            }
        };
        drop(service);
        tokio::time::sleep(pause).await;
    }
}
