//! What channels show: their states, and the changes between them.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::Channel;
use crate::vitals::{Thresholds, Vitals};
use crate::{
    Page, PageDelta, PlayerId, PlayerName, Rank, Score, Season, Timestamp, page::DeltaMismatch,
};

/// Items that a feed keeps.
pub const FEED_LENGTH: usize = 30;
/// Seconds that `ops` begins with.
pub const OPS_SECONDS: usize = 60;

/// Drops the oldest, which come first, of more than `most`.
pub fn keep_newest<T>(items: &mut Vec<T>, most: usize) {
    let over = items.len().saturating_sub(most);
    items.drain(..over);
}

/// A channel's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Of [`Channel::Page`].
    Page(Page),
    /// Of [`Channel::Me`].
    Me(Mine),
    /// Of [`Channel::Feed`], the newest last, at most [`FEED_LENGTH`].
    Feed(Vec<Highlight>),
    /// Of [`Channel::Presence`].
    Presence(Presence),
    /// Of [`Channel::Board`].
    Board(BoardState),
    /// Of [`Channel::Ops`].
    Ops(OpsState),
}

/// How a state becomes the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Of a page.
    Page(PageDelta),
    /// What is added to a feed, the newest last.
    Feed(Vec<Highlight>),
    /// The next second of `ops`.
    Ops(Vitals),
}

/// The listener's own standing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mine {
    /// Who: of who was merged into another, the other.
    pub player: PlayerId,
    /// Where they stand, if they do.
    pub standing: Option<MyPlace>,
    /// Who overtook them while this was watched: the last three, the newest last.
    pub overtaken_by: Vec<Overtaker>,
}

/// Where the listener stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MyPlace {
    /// Rank.
    pub rank: Rank,
    /// The place, counted from 0.
    pub place: u64,
    /// Score.
    pub score: Score,
    /// Of how many.
    pub total: u64,
    /// The share of the others ranked strictly below, 0 to 100.
    pub percentile: f64,
}

impl MyPlace {
    /// Among which share of all that is, the best first, who is counted: over 0, at most 100.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "members are fewer than 2^32")]
    pub fn top_percent(&self) -> f64 {
        let share = self.rank.get() as f64 * 100.0 / self.total.max(1) as f64;
        share.clamp(0.1, 100.0)
    }
}

/// Somebody who came past the listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaker {
    /// Who.
    pub player: PlayerId,
    /// Their name then.
    pub name: PlayerName,
    /// Their rank then.
    pub rank: Rank,
}

/// Something that happened on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// The offset of its publication in the season's stream.
    pub offset: u64,
    /// What.
    pub kind: HighlightKind,
    /// Who.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// Their score after it.
    pub score: Score,
    /// Their rank after it.
    pub rank: Rank,
    /// Their rank before it; none for a newcomer.
    pub previous: Option<Rank>,
}

/// What is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HighlightKind {
    /// Somebody else leads.
    NewLeader,
    /// Somebody came among the first ten.
    EnteredTop10,
    /// Somebody of the first fifty has a better score than ever, on a board that
    /// keeps the best.
    PersonalBest,
}

/// Who watches a board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// How many connections, on all nodes.
    pub count: u64,
    /// Those who wish to be seen, by name, at most 20.
    pub names: Vec<PlayerName>,
}

/// A board as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardState {
    /// Counts its definitions.
    pub version: u64,
    /// Its name for people.
    pub title: String,
    /// Whether it takes submissions of now.
    pub is_open: bool,
    /// Whether it is kept for reading alone.
    pub archived: bool,
    /// A running season for each of its periods.
    pub seasons: Vec<RunningSeason>,
}

/// A season that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningSeason {
    /// Which.
    pub season: Season,
    /// When the next one begins; never for `all`.
    pub next_reset: Option<Timestamp>,
    /// Whether it was closed by hand.
    pub closed: bool,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpsState {
    /// When to warn.
    pub thresholds: Thresholds,
    /// The last seconds, the newest last.
    pub seconds: Vec<Vitals>,
}

impl Presence {
    /// All of them together, each name once.
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
    /// How this becomes `new`; none where the new state is sent whole.
    #[must_use]
    pub fn change_to(&self, new: &Self) -> Option<Change> {
        match (self, new) {
            (Self::Page(old), Self::Page(new)) => Some(Change::Page(old.delta_to(new))),
            (Self::Feed(old), Self::Feed(items)) => {
                let last = old.last().map_or(0, |item| item.offset);
                let added = items.iter().filter(|item| item.offset > last);
                let change = Change::Feed(added.cloned().collect());
                // Not where something was taken back, or has another name.
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

    /// The state after a change.
    ///
    /// # Errors
    /// When the change is not of such a state, or does not fit it.
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
    /// How much of a state it says, as a number of its items.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            // Also what lists nothing: the total alone.
            Self::Page(delta) => 1 + delta.edits.len(),
            Self::Feed(items) => 1 + items.len(),
            Self::Ops(_) => 1,
        }
    }
}
