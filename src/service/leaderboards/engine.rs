//! The operator's view of ledger and broker: how far they are apart, and the
//! ways to bring them together. A season at a time, so that whoever asks can
//! show progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Drift, EngineState, Health, NodeState, SeasonKey, SeasonState, Slug};

/// How long a node that is gone is listed, in milliseconds.
const NODES_MILLIS: i64 = 60 * 60 * 1000;

/// How long a part may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// How many milliseconds a part takes to answer; none when it does not.
async fn answers_within(check: impl Future<Output = Result<(), Error>>) -> Option<f64> {
    let began = Instant::now();
    let answered = tokio::time::timeout(ANSWERS_WITHIN, check).await;
    matches!(answered, Ok(Ok(()))).then(|| began.elapsed().as_secs_f64() * 1000.0)
}

impl Leaderboards {
    /// What both engines have.
    ///
    /// # Errors
    /// Who may not, or an engine is away.
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
        Ok(EngineState { outbox, seasons })
    }

    /// How ledger, broker and nodes are.
    ///
    /// # Errors
    /// Who may not.
    pub async fn health(&self, caller: &Caller) -> Result<Health, Error> {
        caller.check(Operation::ReadEngine)?;
        let ledger = answers_within(self.check_ledger()).await;
        let broker = answers_within(self.check_broker()).await;
        // Nodes are not known while the ledger is away.
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

    /// Notes that this node is there. Gives all of the last hour.
    pub(crate) async fn note_node(&self) -> Result<Vec<NodeState>, Error> {
        let now = self.clock.now();
        let since = now.plus_millis(-NODES_MILLIS);
        let (node, started) = (&self.node, self.started);
        Ok(self.records.nodes(node, started, now, since).await?)
    }

    /// Whether the caller may see what a node does.
    ///
    /// # Errors
    /// Who may not.
    pub fn may_read_engine(&self, caller: &Caller) -> Result<(), Error> {
        caller.check(Operation::ReadEngine)
    }

    /// Compares a season in both engines by version, and unless it is a dry run
    /// applies what the broker lacks. Where the broker is ahead, the season is
    /// built anew. Standings that change meanwhile may be counted as stale.
    ///
    /// # Errors
    /// Who may not, an unknown board, or an engine is away.
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
            self.build_anew(key).await?;
        } else {
            self.loader.apply_all(key, &lacking).await?;
            self.near.forget_board(&key.board);
        }
        Ok(Drift {
            repaired: true,
            ..drift
        })
    }

    /// Builds a season anew from the ledger and swaps it in: readers see the old
    /// one until then. Gives its number of standings; a dry run, those that there would be.
    ///
    /// # Errors
    /// Who may not, an unknown board, or an engine is away.
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
        self.build_anew(key).await
    }

    pub(crate) async fn build_anew(&self, key: &SeasonKey) -> Result<u64, Error> {
        let standings = self.loader.build_anew(key).await?;
        self.near.forget_board(&key.board);
        Ok(standings)
    }

    /// Has the broker drop a board's seasons; whoever reads one loads it. Gives
    /// those that were held.
    ///
    /// # Errors
    /// Who may not, an unknown board, or the broker is away.
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
