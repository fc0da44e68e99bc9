//! What a channel has shown: its newest state and the changes that led to it.

use std::collections::VecDeque;

use super::Touches;
use crate::Position;
use crate::protocol::{Channel, Event, State};

/// How much the changes of a log may say, as a number of items: about as much as a
/// state. Who is farther behind is better served by the state.
const MOST: usize = 50;

/// How far somebody is in a log. The default has shown nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor(u64);

/// What a state does to a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// There is something new to show.
    News,
    /// It is what is there already.
    Same,
    /// It is older than what is there: the state must be read again.
    Older,
}

/// What a position that a client brings is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// What it has is brought forward from here.
    Recovered(Cursor),
    /// It gets the state.
    Whole,
    /// It knows more than this log: the state must be read again first.
    Behind,
}

/// The log of a channel. `F` is a frame: an event, in whatever form it is sent.
#[derive(Debug, Clone)]
pub struct Log<F> {
    channel: Channel,
    state: State,
    position: Position,
    /// The state was as it is from this offset on.
    since: u64,
    /// Positions that were given out with this state are not before this offset.
    oldest: u64,
    /// Counts the states, from 1.
    version: u64,
    /// The last of them leads to `version`.
    changes: VecDeque<Logged<F>>,
    whole: Option<F>,
}

#[derive(Debug, Clone)]
struct Logged<F> {
    /// It is made for the state that was from this offset on
    since: u64,
    /// to this one.
    until: u64,
    weight: usize,
    frame: F,
}

impl<F: From<Event> + Clone> Log<F> {
    /// Begins with a state, as of a position.
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

    /// Which channel.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The newest state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// As of when.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Takes the state as of a position, and what touched it between the position
    /// before and this one.
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
                // It may have been another one in between.
                self.since = position.offset;
            }
            self.position = position;
            self.whole = None;
            return Published::Same;
        }
        if position.is_degraded() {
            // Of no stream: nobody can say what became of such a state.
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

    /// What a client gets that has the state of `since`. `touched` says what touched
    /// the state between two offsets, as far as that is known.
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
            // So the state is one of that position, too.
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

    /// The next frame for somebody, and where they are then; none when they have all.
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

    /// How many states somebody has not been shown.
    #[must_use]
    pub fn behind(&self, cursor: Cursor) -> u64 {
        self.version.saturating_sub(cursor.0)
    }

    /// The frame that led to the newest state, if it is a change.
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
