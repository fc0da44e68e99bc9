//! The operator's view of ledger and broker: their drift, and its repair. Each call handles
//! one season, so that callers can show progress.

use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Drift, EngineState, SeasonKey, SeasonState, Slug};

/// Maximum number of dead letters in the state.
const DEAD_LETTERS: u32 = 100;

impl Leaderboards {
    /// State of ledger and broker; without the broker, that of the ledger.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn engine_state(&self, caller: &Caller) -> Result<EngineState, Error> {
        caller.check(Operation::ReadEngine)?;
        let mut seasons = Vec::new();
        let mut broker_down = false;
        for (key, recorded) in self.ledger.seasons().await? {
            let ranked = if broker_down {
                None
            } else {
                let read = self.broker.slice(&key, 0, 0).await;
                broker_down = read.is_err();
                read.ok().flatten().map(|slice| slice.total)
            };
            seasons.push(SeasonState {
                board: key.board,
                season: key.season,
                recorded,
                ranked,
            });
        }
        let outbox = self.ledger.outbox().await?;
        let (dead, dead_letters) = self.records.dead_letters(DEAD_LETTERS).await?;
        Ok(EngineState {
            outbox,
            dead,
            dead_letters,
            recounts: self.records.recounts().await?,
            seasons,
            broker_down,
        })
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
        let _paused = self.loader.pause(board).await;
        let held = self.broker.forget(board, None).await?;
        self.near.forget_board(board);
        Ok(held)
    }
}
