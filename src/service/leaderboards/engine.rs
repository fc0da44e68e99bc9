//! The operator's view of ledger and broker: their drift, and its repair. Each call handles
//! one season, so that callers can show progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Drift, EngineState, Health, NodeState, SeasonKey, SeasonState, Slug};

/// Time after its last heartbeat for which a node stays listed, in milliseconds.
const NODES_MILLIS: i64 = 60 * 60 * 1000;

/// Maximum number of dead letters in the state.
const DEAD_LETTERS: u32 = 100;

/// Timeout of a health check.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Response time of a check in milliseconds; `None` if it fails or times out.
async fn answers_within(check: impl Future<Output = Result<(), Error>>) -> Option<f64> {
    let began = Instant::now();
    let answered = tokio::time::timeout(ANSWERS_WITHIN, check).await;
    matches!(answered, Ok(Ok(()))).then(|| began.elapsed().as_secs_f64() * 1000.0)
}

impl Leaderboards {
    /// State of ledger and broker.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if an engine is down.
    pub async fn engine_state(&self, caller: &Caller) -> Result<EngineState, Error> {
        caller.check(Operation::ReadEngine)?;
        let mut seasons = Vec::new();
        for (key, recorded) in self.ledger.seasons().await? {
            let ranked = self.broker.slice(&key, 0, 0).await?;
            seasons.push(SeasonState {
                board: key.board,
                season: key.season,
                recorded,
                ranked: ranked.map(|slice| slice.total),
            });
        }
        let outbox = self.ledger.outbox().await?;
        let (dead, dead_letters) = self.records.dead_letters(DEAD_LETTERS).await?;
        Ok(EngineState {
            outbox,
            dead,
            dead_letters,
            seasons,
        })
    }

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

    /// Records a heartbeat of this node. Returns the nodes of the last hour.
    pub(crate) async fn note_node(&self) -> Result<Vec<NodeState>, Error> {
        let now = self.clock.now();
        let since = now.plus_millis(-NODES_MILLIS);
        let (node, started) = (&self.node, self.started);
        Ok(self.records.nodes(node, started, now, since).await?)
    }

    /// Checks that the caller may read the state of the engines.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission.
    pub fn may_read_engine(&self, caller: &Caller) -> Result<(), Error> {
        caller.check(Operation::ReadEngine)
    }

    /// Compares a season in ledger and broker by version. Unless it is a dry run, applies
    /// the standings that the broker lacks. If the broker is ahead, rebuilds the season.
    /// Standings that change concurrently may be counted as stale.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or an engine is
    /// down.
    pub async fn sync(
        &self,
        caller: &Caller,
        key: &SeasonKey,
        is_dry_run: bool,
    ) -> Result<Drift, Error> {
        caller.check(Operation::RepairEngine(&key.board))?;
        self.board(&key.board)?;
        let (drift, lacking) = self.loader.compare(key).await?;
        if is_dry_run || drift.is_none() {
            return Ok(drift);
        }
        let note = self.note_of(caller, "sync_season", key.to_string());
        self.records.note(&note).await?;
        if drift.ahead > 0 {
            self.rebuild_season(key).await?;
        } else {
            self.loader.apply_all(key, &lacking).await?;
            self.near.forget_board(&key.board);
        }
        Ok(Drift {
            repaired: true,
            ..drift
        })
    }

    /// Rebuilds a season from the ledger and swaps it in; readers see the old one until
    /// then. Returns the number of standings, in a dry run the expected number.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or an engine is
    /// down.
    pub async fn rebuild(
        &self,
        caller: &Caller,
        key: &SeasonKey,
        is_dry_run: bool,
    ) -> Result<u64, Error> {
        caller.check(Operation::RepairEngine(&key.board))?;
        self.board(&key.board)?;
        if is_dry_run {
            let recorded = self.ledger.seasons_of(&key.board).await?.into_iter();
            let mut recorded = recorded.filter(|(season, _)| *season == key.season);
            return Ok(recorded.next().map_or(0, |(_, standings)| standings));
        }
        let note = self.note_of(caller, "rebuild_season", key.to_string());
        self.records.note(&note).await?;
        self.rebuild_season(key).await
    }

    pub(crate) async fn rebuild_season(&self, key: &SeasonKey) -> Result<u64, Error> {
        let standings = self.loader.rebuild_season(key).await?;
        self.near.forget_board(&key.board);
        Ok(standings)
    }

    /// Drops a board's seasons from the broker; the next read of a season loads it. Returns
    /// the dropped seasons, in a dry run those that would be dropped.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, or the broker is
    /// down.
    pub async fn clear_cache(
        &self,
        caller: &Caller,
        board: &Slug,
        is_dry_run: bool,
    ) -> Result<Vec<SeasonKey>, Error> {
        caller.check(Operation::RepairEngine(board))?;
        self.board(board)?;
        if is_dry_run {
            let mut held = Vec::new();
            for (season, _) in self.ledger.seasons_of(board).await? {
                let board = board.clone();
                let key = SeasonKey { board, season };
                if self.broker.slice(&key, 0, 0).await?.is_some() {
                    held.push(key);
                }
            }
            return Ok(held);
        }
        let note = self.note_of(caller, "clear_cache", board.to_string());
        self.records.note(&note).await?;
        let _paused = self.loader.pause().await;
        let held = self.broker.forget(board, None).await?;
        self.near.forget_board(board);
        Ok(held)
    }
}
