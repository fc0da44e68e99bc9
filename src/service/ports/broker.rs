//! The port of the ranked state, its stream of publications, and
//! publish/subscribe. Always rebuildable from the ledger.
//!
//! A broker holds *seasons*. Applying a change to one is atomic: ranked state,
//! stream and publication move together. A change carries the version of its
//! standing; one that is not newer than what is held is ignored, so that
//! retries and reorderings converge. Loading replaces a season and begins a new
//! epoch of its stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::board::Ranking;
use crate::protocol::{Highlight, HighlightKind, Presence};
use crate::service::ports::error::BrokerError;
use crate::service::ports::stored::{Ranks, StoredStanding};
use crate::{
    Order, PAGE_SIZE, PlayerId, PlayerName, Position, Rank, Row, Score, ScorePolicy, SeasonKey,
    Slug,
};

/// A change of a season: a standing, newer than what the broker holds or not.
pub type Change = StoredStanding;

/// Consecutive rows of a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Everybody ranked.
    pub total: u64,
    /// The first row's place, counted from 0.
    pub start: u64,
    /// In order.
    pub rows: Vec<Row>,
    /// Of the state read.
    pub position: Position,
}

/// Where a player, or a score, stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRead {
    /// The row; none when asked for a score.
    pub row: Option<Row>,
    /// The rank by the season's tie rule.
    pub rank: Rank,
    /// The place, counted from 0.
    pub ordinal: u64,
    /// Everybody ranked.
    pub total: u64,
    /// Those ranked strictly below.
    pub below: u64,
    /// Of the state read.
    pub position: Position,
}

/// One change of a season, as others hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Whose standing changed.
    pub player: PlayerId,
    /// Score and rank after it; none when they stand there no more.
    pub now: Option<(Score, Rank)>,
    /// The rank before it; none for a newcomer.
    pub previous: Option<Rank>,
    /// The score before it; none for a newcomer.
    pub previous_score: Option<Score>,
    /// Its place in the season's stream.
    pub position: Position,
    /// The first and last place, counted from 0, whose row may differ. The last
    /// may be past the end, where somebody left.
    pub touched: (u64, u64),
    /// Everybody ranked, after the change.
    pub total: u64,
}

impl Publication {
    /// What is worth telling of it, on a board of these rules. The name is the id:
    /// publications carry none.
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

/// What subscribers hear.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Changes of a season, in order.
    Published(SeasonKey, Arc<[Publication]>),
    /// The season was loaded anew: a new epoch, everything may differ.
    Loaded(SeasonKey),
    /// What was published of a board may have been missed: everything of it may
    /// differ.
    Lost(Slug),
    /// A board was defined, new or again.
    Defined(Slug),
    /// The broker does not answer: nothing more is heard until it is back.
    Away,
    /// The broker was away and answers again: everything may differ.
    Back,
    /// The broker was started anew: what it holds may be older than what it was
    /// given, and must be dropped.
    Restarted,
}

/// What a reader missed since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// Everything after the position, in order.
    All(Vec<Publication>),
    /// The stream no longer goes back that far, or it is of another epoch:
    /// read the state again.
    Gone,
}

/// The ranked state.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Whether the season is held, so that applying and reading will find it.
    async fn holds(&self, key: &SeasonKey) -> Result<bool, BrokerError>;

    /// Replaces a season by these standings, held or not. A new epoch. What was
    /// applied to it meanwhile is lost, if it is not among them.
    async fn load(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError>;

    /// Loads a season unless it is held by then: of two nodes that load it at
    /// once, the second changes nothing.
    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError>;

    /// Drops the seasons of a board; with `unlike`, those alone that are ranked by
    /// other rules. Gives those that were held.
    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError>;

    /// Names players, in order. Every held season in which a player whose name
    /// changed stands publishes the row anew; gives those seasons with their
    /// positions then. Loading and applying name only players who have no name
    /// yet: this is the one way to another. `again` shows also names that are
    /// known: for who cannot know whether they were shown everywhere.
    async fn rename(
        &self,
        names: &[(PlayerId, PlayerName)],
        again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError>;

    /// Applies changes in order. For each its ranks: where it is stale, rank
    /// and previous rank are both the present one; none where the player stands
    /// there no more. `None` when the season is not held.
    async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Option<Vec<Option<Ranks>>>, BrokerError>;

    /// Up to `limit` rows from a place counted from 0. `None` when not held.
    async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Option<Slice>, BrokerError>;

    /// Where a player stands. `None` when not held, `Some(None)` when the
    /// player has no standing.
    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError>;

    /// Up to `limit` rows with the player in their middle, as far as the ends
    /// of the season allow; in one atomic read. `None` as for [`Self::place`].
    async fn around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Option<Slice>>, BrokerError>;

    /// Where a newcomer with this score would stand. `None` when not held.
    async fn place_of_score(
        &self,
        key: &SeasonKey,
        score: Score,
    ) -> Result<Option<PlaceRead>, BrokerError>;

    /// What was published after a position. `None` when not held.
    async fn missed(&self, key: &SeasonKey, since: Position)
    -> Result<Option<Missed>, BrokerError>;

    /// The version of every standing of a season. `None` when not held. Not of
    /// one instant: each is at least as new as when this was called.
    async fn versions(
        &self,
        key: &SeasonKey,
    ) -> Result<Option<HashMap<PlayerId, u64>>, BrokerError>;

    /// Whether it is in this process, so that a copy of what it says is of no use.
    fn is_local(&self) -> bool {
        false
    }

    /// Answers when the broker does.
    async fn ping(&self) -> Result<(), BrokerError>;

    /// Says who watches a board at a node, which is good for as long as it `lasts`,
    /// and gives who does at all: the sum of what is still good, names in their order.
    async fn present(
        &self,
        board: &Slug,
        node: &str,
        here: &Presence,
        lasts: Duration,
    ) -> Result<Presence, BrokerError>;

    /// Tells every node that a board was defined.
    async fn announce(&self, board: &Slug) -> Result<(), BrokerError>;

    /// Hears every notice from now on. Bounded: who lags is told so, and reads again.
    fn subscribe(&self) -> broadcast::Receiver<Notice>;
}
