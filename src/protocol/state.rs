//! States of channels, and the changes between them.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::Channel;
use crate::admin::vitals::{Thresholds, Vitals};
use crate::ranking::page::DeltaMismatch;
use crate::{Page, PageDelta, PlayerId, PlayerName, Rank, Score, Season, Timestamp};

/// Maximum number of items in a feed.
pub const FEED_LENGTH: usize = 30;
/// Number of seconds in the state of `ops`.
pub const OPS_SECONDS: usize = 60;

/// Drops the first items, which are the oldest, so that at most `most` remain.
pub fn keep_newest<T>(items: &mut Vec<T>, most: usize) {
    let over = items.len().saturating_sub(most);
    items.drain(..over);
}

/// State of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// State of [`Channel::Page`].
    Page(Page),
    /// State of [`Channel::Me`].
    Me(Mine),
    /// State of [`Channel::Feed`], newest last, at most [`FEED_LENGTH`].
    Feed(Vec<Highlight>),
    /// State of [`Channel::Presence`].
    Presence(Presence),
    /// State of [`Channel::Board`].
    Board(BoardState),
    /// State of [`Channel::Ops`].
    Ops(OpsState),
}

/// Change from one state to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Delta of a page.
    Page(PageDelta),
    /// New items of a feed, newest last.
    Feed(Vec<Highlight>),
    /// The next second of `ops`.
    Ops(Vitals),
}

/// The subscriber's own standing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mine {
    /// The subscriber's player; for a merged player, the player it was merged into.
    pub player: PlayerId,
    /// The standing, if there is one.
    pub standing: Option<MyPlace>,
    /// The last three overtakers since the subscription, newest last.
    pub overtaken_by: Vec<Overtaker>,
}

/// The subscriber's place in a season.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MyPlace {
    /// Rank under the board's tie rule.
    pub rank: Rank,
    /// Place, from 0.
    pub place: u64,
    /// Score in the season.
    pub score: Score,
    /// Total number of players.
    pub total: u64,
    /// Share of the other players ranked strictly below, 0 to 100.
    pub percentile: f64,
}

/// A player who overtook the subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaker {
    /// Id of the player.
    pub player: PlayerId,
    /// Display name at that time.
    pub name: PlayerName,
    /// Rank at that time.
    pub rank: Rank,
}

/// A notable change in a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// Offset of its publication in the season's stream.
    pub offset: u64,
    /// Kind of the change.
    pub kind: HighlightKind,
    /// Id of the player.
    pub player: PlayerId,
    /// Display name.
    pub name: PlayerName,
    /// Score after the change.
    pub score: Score,
    /// Rank after the change.
    pub rank: Rank,
    /// Rank before the change; absent for a new player.
    pub previous: Option<Rank>,
}

/// Kind of a highlight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HighlightKind {
    /// A new player took the lead.
    NewLeader,
    /// A player entered the first ten.
    EnteredTop10,
    /// A player in the first fifty improved their score, on a board that keeps the best.
    PersonalBest,
}

/// Viewers of a board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Number of connections on all nodes.
    pub count: u64,
    /// Display names of viewers who agreed to be listed, at most 20.
    pub names: Vec<PlayerName>,
}

/// Current settings of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardState {
    /// Version of the board's definition.
    pub version: u64,
    /// Display name.
    pub title: String,
    /// Whether it currently accepts submissions.
    pub is_open: bool,
    /// Whether the board is read-only.
    pub archived: bool,
    /// The running season of each period.
    pub seasons: Vec<RunningSeason>,
}

/// A running season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningSeason {
    /// The season.
    pub season: Season,
    /// Start of the next season; absent for `all`.
    pub next_reset: Option<Timestamp>,
    /// Whether an admin closed it.
    pub closed: bool,
}

/// Activity of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpsState {
    /// Thresholds of warnings.
    pub thresholds: Thresholds,
    /// The last seconds, newest last.
    pub seconds: Vec<Vitals>,
}

impl Presence {
    /// Sums the counts and merges the names without duplicates.
    #[must_use]
    pub fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.count += part.count;
            all.names.extend(part.names.iter().cloned());
        }
        all.names.sort_unstable();
        all.names.dedup();
        all
    }
}

impl State {
    /// The change from this state to `new`; `None` if the new state must be sent whole.
    #[must_use]
    pub fn change_to(&self, new: &Self) -> Option<Change> {
        match (self, new) {
            (Self::Page(old), Self::Page(new)) => Some(Change::Page(old.delta_to(new))),
            (Self::Feed(old), Self::Feed(items)) => {
                let last = old.last().map_or(0, |item| item.offset);
                let added = items.iter().filter(|item| item.offset > last);
                let change = Change::Feed(added.cloned().collect());
                // The change is not enough if an item was withdrawn or a name changed.
                let is_all = self.after(&change).is_ok_and(|after| after == *new);
                is_all.then_some(change)
            }
            (Self::Ops(old), Self::Ops(new)) if old.thresholds == new.thresholds => {
                let last = old.seconds.last().map(|second| second.at);
                let mut added = new.seconds.iter().filter(|second| Some(second.at) > last);
                let first = added.next()?;
                added.next().is_none().then(|| Change::Ops(first.clone()))
            }
            _ => None,
        }
    }

    /// Applies a change.
    ///
    /// # Errors
    /// Refuses a change for another kind of state, or one that does not fit.
    pub fn after(&self, change: &Change) -> Result<Self, DeltaMismatch> {
        match (self, change) {
            (Self::Page(page), Change::Page(delta)) => page.apply(delta).map(Self::Page),
            (Self::Feed(items), Change::Feed(added)) => {
                let mut all: Vec<Highlight> = items.iter().chain(added).cloned().collect();
                keep_newest(&mut all, FEED_LENGTH);
                Ok(Self::Feed(all))
            }
            (Self::Ops(state), Change::Ops(second)) => {
                let mut state = state.clone();
                state.seconds.push(second.clone());
                keep_newest(&mut state.seconds, OPS_SECONDS);
                Ok(Self::Ops(state))
            }
            _ => Err(DeltaMismatch),
        }
    }
}

impl Change {
    /// Size of the change, in items of a state.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            // One item for the total, which even an empty delta contains.
            Self::Page(delta) => 1 + delta.edits.len(),
            Self::Feed(items) => 1 + items.len(),
            Self::Ops(_) => 1,
        }
    }
}
