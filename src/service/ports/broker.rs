//! Port of the broker: the ranked state, its stream of publications, and publish/subscribe.
//! It can be rebuilt from the ledger at any time.
//!
//! A broker *holds* a season once the season is loaded, until it is evicted or dropped.
//! Only a held season can be read and changed. Loading replaces a season and starts a new
//! epoch of its stream.
//!
//! Applying a change is atomic: ranked state, stream and publication move together. A change
//! has the version of its standing. A change that is not newer than the broker's standing is
//! ignored, so retries and reordered changes converge.
//!
//! A *place* is the index of a row in the total order. In code it counts from 0. Tied rows
//! share a rank, but never a place.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::board::Ranking;
use crate::protocol::{Highlight, HighlightKind, Presence};
use crate::service::error::BrokerError;
use crate::service::ports::stored::{Ranks, StoredName, StoredStanding};
use crate::{Order, PAGE_SIZE, PlayerId, Position, Rank, Row, Score, ScorePolicy, SeasonKey, Slug};

/// A standing to apply to a season. It may be older than the broker's one.
pub type Change = StoredStanding;

/// A standing that the broker applied or loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The season.
    pub key: SeasonKey,
    /// The player.
    pub player: PlayerId,
    /// Version of the standing.
    pub version: u64,
}

/// Consecutive rows of a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Number of ranked players.
    pub total: u64,
    /// Place of the first row, from 0.
    pub start: u64,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Position of the state read.
    pub position: Position,
}

/// Place of a player or a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRead {
    /// The row; absent for a score.
    pub row: Option<Row>,
    /// Rank under the season's tie rule.
    pub rank: Rank,
    /// Place, from 0.
    pub ordinal: u64,
    /// Number of ranked players.
    pub total: u64,
    /// Number of players ranked strictly below.
    pub below: u64,
    /// Position of the state read.
    pub position: Position,
}

/// A change of a season, as published to subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The player whose standing changed.
    pub player: PlayerId,
    /// Score and rank after the change; absent if the player lost the standing.
    pub now: Option<(Score, Rank)>,
    /// Rank before the change; absent for a new player.
    pub previous: Option<Rank>,
    /// Score before the change; absent for a new player.
    pub previous_score: Option<Score>,
    /// Position in the season's stream.
    pub position: Position,
    /// First and last place, from 0, whose row may have changed. If a player left, the last
    /// place may be past the end.
    pub touched: (u64, u64),
    /// Number of ranked players after the change.
    pub total: u64,
}

impl Publication {
    /// The highlight in this publication, if there is one under the board's rules. Its name
    /// is derived from the id, because publications contain no names.
    #[must_use]
    pub fn highlight(&self, policy: ScorePolicy, order: Order) -> Option<Highlight> {
        let (score, rank) = self.now?;
        let came_to = |last: u64| {
            rank.get() <= last && self.previous.is_none_or(|before| before.get() > last)
        };
        let is_better = |before: Score| order.is_better(score, before);
        let kind = if came_to(1) {
            HighlightKind::NewLeader
        } else if came_to(10) {
            HighlightKind::EnteredTop10
        } else if policy == ScorePolicy::Best
            && rank.get() <= PAGE_SIZE
            && self.previous_score.is_some_and(is_better)
        {
            HighlightKind::PersonalBest
        } else {
            return None;
        };
        Some(Highlight {
            offset: self.position.offset,
            kind,
            player: self.player.clone(),
            name: (&self.player).into(),
            score,
            rank,
            previous: self.previous,
        })
    }
}

/// A notice to subscribers.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Changes of a season, in order.
    Published(SeasonKey, Arc<[Publication]>),
    /// The season was reloaded: a new epoch, everything may differ.
    Loaded(SeasonKey),
    /// Publications of a board may have been missed: all its seasons may differ.
    Lost(Slug),
    /// A board was created or redefined.
    Defined(Slug),
    /// The broker does not respond: no notice arrives until it returns.
    Away,
    /// The broker responds again: everything may differ.
    Back,
    /// The broker was restarted. Its state may lack changes that it had applied, and must be
    /// dropped. Repeated until [`Broker::end_restart`].
    Restarted,
}

/// Publications since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// All publications after the position, in order.
    All(Vec<Publication>),
    /// The stream starts later, or has another epoch: read the state again.
    Gone,
}

/// The ranked state.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Whether the season is held, so that it can be read and changed.
    async fn holds(&self, key: &SeasonKey) -> Result<bool, BrokerError>;

    /// Replaces a season by these standings, held or not, and starts a new epoch.
    /// Concurrently applied changes are lost unless they are in `standings`.
    async fn load(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError>;

    /// Loads a season unless it is already held. If two nodes load it at once, the second
    /// load has no effect.
    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError>;

    /// Drops the seasons of a board; with `unlike`, only those ranked by other rules.
    /// Returns the dropped seasons.
    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError>;

    /// Sets display names. A name that is not newer than the broker's is ignored, so names
    /// converge in any order. Each held season publishes the rows of players whose names
    /// changed. Returns these seasons with their positions.
    ///
    /// Loading and applying follow the same rule. With `again`, unchanged names are published
    /// too. A caller needs that after a failed attempt, which may have published the names in
    /// some seasons only.
    async fn rename(
        &self,
        names: &[(PlayerId, StoredName)],
        again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError>;

    /// Applies changes in order and returns their ranks. For a stale change, rank and previous
    /// rank are both the current rank. The ranks are absent for a player who lost the
    /// standing. `None` if the season is not held.
    async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Option<Vec<Option<Ranks>>>, BrokerError>;

    /// Up to `limit` rows, starting at a place from 0. `None` if the season is not held.
    async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Option<Slice>, BrokerError>;

    /// The place of a player. `None` if the season is not held, `Some(None)` if the player
    /// has no standing.
    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError>;

    /// Up to `limit` rows with the player in the middle; near an end of the season, the player
    /// may be off the middle. One atomic read. `None` as for [`Self::place`].
    async fn around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Option<Slice>>, BrokerError>;

    /// The place of a new player with this score. `None` if the season is not held.
    async fn place_of_score(
        &self,
        key: &SeasonKey,
        score: Score,
    ) -> Result<Option<PlaceRead>, BrokerError>;

    /// The place of the first row of a rank, from 0. A rank that the tie rule skips has the place
    /// at which it would be; a rank beyond the last has the last place; an empty season has the
    /// place 0. `None` if the season is not held.
    async fn place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<Option<u64>, BrokerError>;

    /// The publications after a position. `None` if the season is not held.
    async fn missed(&self, key: &SeasonKey, since: Position)
    -> Result<Option<Missed>, BrokerError>;

    /// The version of every standing of a season. `None` if the season is not held. The answer
    /// is not a snapshot: each version was read after the call began.
    async fn versions(
        &self,
        key: &SeasonKey,
    ) -> Result<Option<HashMap<PlayerId, u64>>, BrokerError>;

    /// Some hundred of the newest standings that any node applied or loaded. They outlive the
    /// processes, so they show that a ledger was restored to an earlier state. A broker that does
    /// not outlive its process has none.
    async fn newest_applied(&self) -> Result<Vec<Applied>, BrokerError> {
        Ok(Vec::new())
    }

    /// Forgets the versions of the names of all players, and of those on these boards, so that the
    /// names of a ledger replace the held ones. The held names stay.
    async fn forget_name_versions(&self, _boards: &BTreeSet<Slug>) -> Result<(), BrokerError> {
        Ok(())
    }

    /// Forgets which players have a standing on a deleted board, so that their names are no longer
    /// published there.
    async fn forget_members(&self, _board: &Slug) -> Result<(), BrokerError> {
        Ok(())
    }

    /// Deletes the list of [`Self::newest_applied`], or only its standings of a board.
    async fn forget_newest_applied(&self, _board: Option<&Slug>) -> Result<(), BrokerError> {
        Ok(())
    }

    /// The current run of the broker, if it was restarted and its former state was not dropped yet
    /// ([`Notice::Restarted`]).
    async fn restarted_run(&self) -> Result<Option<String>, BrokerError> {
        Ok(None)
    }

    /// Notes that the state from before this run was dropped. Call it after the last drop.
    async fn end_restart(&self, _run: &str) -> Result<(), BrokerError> {
        Ok(())
    }

    /// Whether the broker is in this process. There is then only one node, and caching the
    /// broker's answers is useless.
    fn is_local(&self) -> bool {
        false
    }

    /// Id of the data, equal for all nodes that share it; new after a loss of all data. None for a
    /// broker in this process.
    async fn store_id(&self) -> Result<Option<String>, BrokerError> {
        Ok(None)
    }

    /// Lasting tasks of this broker in this process that panicked and have not started again.
    fn tasks_down(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Checks that the broker responds.
    async fn ping(&self) -> Result<(), BrokerError>;

    /// Reports a node's viewers of a board. The report is valid for `lasts`. Returns the sum
    /// of the valid reports of all nodes, with sorted names.
    async fn present(
        &self,
        board: &Slug,
        node: &str,
        here: &Presence,
        lasts: Duration,
    ) -> Result<Presence, BrokerError>;

    /// Notifies every node that a board was defined.
    async fn announce(&self, board: &Slug) -> Result<(), BrokerError>;

    /// Subscribes to all later notices. The channel is bounded: a slow subscriber gets an
    /// error and must read again.
    fn subscribe(&self) -> broadcast::Receiver<Notice>;
}
