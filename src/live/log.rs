//! Log of a channel: its newest state and the recent changes that led to it.
//!
//! A state is *valid* from the publication that made it to the last offset before the next
//! publication that touches the channel. A client with a state of any offset in this range
//! has the same data.

use std::collections::VecDeque;

use super::Touches;
use crate::Position;
use crate::protocol::{Channel, Event, State};

/// Maximum weight of a log's changes, in items: about one state. A subscriber that is
/// further behind receives the full state instead.
const MOST: usize = 50;

/// Progress of a subscriber in a log. The default cursor precedes all states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor(u64);

/// Result of publishing a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The state changed: there is a new frame for the subscribers.
    News,
    /// The state is unchanged.
    Same,
    /// The state is older than the log's newest one. The caller must read it again.
    Older,
}

/// Result of joining with the position that a client holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// The client catches up with the changes after this cursor.
    Recovered(Cursor),
    /// The client needs the full state.
    Whole,
    /// The client has a newer state than this log. The caller must read the state again and
    /// then join again.
    Behind,
}

/// The log of a channel. `F` is a frame: an event encoded for sending.
#[derive(Debug, Clone)]
pub struct Log<F> {
    channel: Channel,
    state: State,
    position: Position,
    /// Lowest offset at which the current state is known to be valid.
    since: u64,
    /// Lowest position that a client with the current state may have. It can be below `since`.
    oldest: u64,
    /// Number of states so far, from 1.
    version: u64,
    /// Changes in order; the last one leads to `version`.
    changes: VecDeque<Logged<F>>,
    whole: Option<F>,
}

#[derive(Debug, Clone)]
struct Logged<F> {
    /// First offset at which the state before this change is valid.
    since: u64,
    /// Last offset at which the state before this change is valid.
    until: u64,
    weight: usize,
    frame: F,
}

impl<F: From<Event> + Clone> Log<F> {
    /// Creates a log with its first state.
    #[must_use]
    pub fn new(channel: Channel, state: State, position: Position) -> Self {
        Self {
            channel,
            state,
            position,
            since: position.offset,
            oldest: position.offset,
            version: 1,
            changes: VecDeque::new(),
            whole: None,
        }
    }

    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The newest state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Position of the newest state.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Publishes the state at a position. `touches` lists the publications since the log's
    /// position that touched the channel.
    pub fn publish(&mut self, state: State, position: Position, touches: Touches) -> Published {
        if position.epoch != self.position.epoch {
            return self.begin_again(state, position);
        }
        if position.offset < self.position.offset {
            return Published::Older;
        }
        let is_same = state == self.state;
        if is_same && (touches.first.is_none() || position == self.position) {
            if !touches.is_known {
                // Unknown publications may have changed the state and changed it back.
                self.since = position.offset;
            }
            self.position = position;
            self.whole = None;
            return Published::Same;
        }
        if position.is_degraded() {
            // A degraded position belongs to no stream, so changes between two of them are
            // unknown.
            return self.begin_again(state, position);
        }
        let first = touches.first.filter(|_| touches.is_known);
        let until = first.map_or(self.position.offset, |first| first - 1);
        let until = until.max(self.position.offset);
        match self.state.change_to(&state) {
            Some(change) => {
                let weight = change.weight();
                let frame = F::from(Event::Change {
                    channel: self.channel.clone(),
                    from: (self.oldest, until),
                    position,
                    change,
                });
                self.changes.push_back(Logged {
                    since: self.since,
                    until,
                    weight,
                    frame,
                });
                self.drop_old();
            }
            None => self.changes.clear(),
        }
        self.since = match touches {
            Touches {
                last: Some(last),
                is_known: true,
                ..
            } => last,
            _ => position.offset,
        };
        self.oldest = self.since;
        self.show(state, position);
        Published::News
    }

    fn begin_again(&mut self, state: State, position: Position) -> Published {
        self.changes.clear();
        self.since = position.offset;
        self.oldest = position.offset;
        self.show(state, position);
        Published::News
    }

    fn show(&mut self, state: State, position: Position) {
        self.state = state;
        self.position = position;
        self.version += 1;
        self.whole = None;
    }

    fn drop_old(&mut self) {
        let mut weight: usize = self.changes.iter().map(|c| c.weight).sum();
        while weight > MOST && self.changes.len() > 1 {
            weight -= self.changes.pop_front().map_or(0, |c| c.weight);
        }
    }

    /// Joins a client that holds the state at `since`. `touched` returns the known
    /// publications that touched the state between two offsets.
    pub fn join(&mut self, since: Option<Position>, touched: impl Fn(u64, u64) -> Touches) -> Join {
        let is_of_stream = |p: &Position| p.epoch == self.position.epoch && !p.is_degraded();
        let Some(since) = since.filter(is_of_stream) else {
            return Join::Whole;
        };
        let (at, now) = (since.offset, self.position.offset);
        let newest = Join::Recovered(Cursor(self.version));
        if at > now {
            let touches = touched(now, at);
            if !touches.is_known || touches.first.is_some() {
                return Join::Behind;
            }
            // No publication touched the state in between, so the state is also valid at the
            // client's position.
            self.position = since;
            self.whole = None;
            return newest;
        }
        if at >= self.since {
            return newest;
        }
        let behind = (1..).zip(self.changes.iter().rev());
        for (behind, change) in behind {
            if (change.since..=change.until).contains(&at) {
                return Join::Recovered(Cursor(self.version - behind));
            }
        }
        let touches = touched(at, now);
        if touches.is_known && touches.first.is_none() {
            self.since = at;
            self.oldest = self.oldest.min(at);
            return newest;
        }
        Join::Whole
    }

    /// The next frame after a cursor, and the new cursor; `None` if the subscriber is up to
    /// date.
    pub fn next(&mut self, cursor: Cursor) -> Option<(F, Cursor)> {
        let behind = self.version.saturating_sub(cursor.0);
        if behind == 0 {
            return None;
        }
        let kept = self.changes.len();
        let index = usize::try_from(behind)
            .ok()
            .and_then(|b| kept.checked_sub(b));
        if let Some(change) = index.and_then(|index| self.changes.get(index)) {
            return Some((change.frame.clone(), Cursor(cursor.0 + 1)));
        }
        Some((self.whole(), Cursor(self.version)))
    }

    /// Number of states that the subscriber has not received yet.
    #[must_use]
    pub fn behind(&self, cursor: Cursor) -> u64 {
        self.version.saturating_sub(cursor.0)
    }

    /// The frame of the change that led to the newest state, if there is one.
    #[must_use]
    pub fn newest(&self) -> Option<&F> {
        self.changes.back().map(|change| &change.frame)
    }

    /// The newest state as a frame.
    pub fn whole(&mut self) -> F {
        let make = || {
            F::from(Event::State {
                channel: self.channel.clone(),
                position: self.position,
                state: self.state.clone(),
            })
        };
        self.whole.get_or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests;
