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
mod tests {
    use super::*;
    use crate::protocol::Presence;
    use crate::{Epoch, Page, PageNumber, PlayerId, PlayerName, Rank, Row, Score, Timestamp};

    fn at(offset: u64) -> Position {
        Position {
            epoch: Epoch(1),
            offset,
        }
    }

    fn page(scores: &[i64]) -> State {
        let rows = (0..).zip(scores).map(|(n, score)| {
            let player = PlayerId::new(&format!("p{n}")).unwrap();
            Row {
                rank: Rank::after(n),
                name: PlayerName::from(&player),
                player,
                score: Score::new(*score).unwrap(),
                achieved_at: Timestamp::MIN,
            }
        });
        State::Page(Page {
            number: PageNumber::FIRST,
            total: scores.len() as u64,
            rows: rows.collect(),
        })
    }

    fn channel() -> Channel {
        Channel::try_from("page:atp:all:1".to_owned()).unwrap()
    }

    fn touched(first: u64, last: u64) -> Touches {
        Touches {
            first: Some(first),
            last: Some(last),
            is_known: true,
        }
    }

    const UNKNOWN: Touches = Touches {
        first: None,
        last: None,
        is_known: false,
    };
    const NONE: Touches = Touches {
        is_known: true,
        ..UNKNOWN
    };

    /// States at 10, then at 20 (touched at 15 and 18), then at 30 (touched at 27).
    fn log() -> Log<Event> {
        let mut log = Log::new(channel(), page(&[3, 2, 1]), at(10));
        assert_eq!(
            log.publish(page(&[3, 2, 2]), at(20), touched(15, 18)),
            Published::News
        );
        assert_eq!(
            log.publish(page(&[3, 3, 2]), at(30), touched(27, 27)),
            Published::News
        );
        log
    }

    fn frames(log: &mut Log<Event>, mut cursor: Cursor) -> Vec<Event> {
        let mut frames = Vec::new();
        while let Some((frame, next)) = log.next(cursor) {
            frames.push(frame);
            cursor = next;
        }
        frames
    }

    #[test]
    fn who_comes_new_gets_the_state_and_then_every_change() {
        let mut log = log();
        let (frame, cursor) = log.next(Cursor::default()).unwrap();
        assert!(matches!(frame, Event::State { position, .. } if position == at(30)));
        assert_eq!(log.next(cursor), None);
        log.publish(page(&[4, 3, 2]), at(31), touched(31, 31));
        let (frame, cursor) = log.next(cursor).unwrap();
        assert!(
            matches!(frame, Event::Change { from: (27, 30), position, .. } if position == at(31))
        );
        assert_eq!(log.next(cursor), None);
    }

    #[test]
    fn a_position_is_brought_forward_by_what_was_missed() {
        let joined = |offset| {
            let mut log = log();
            match log.join(Some(at(offset)), |_, _| UNKNOWN) {
                Join::Recovered(cursor) => Ok(frames(&mut log, cursor).len()),
                other => Err(other),
            }
        };
        assert_eq!([joined(30), joined(27)], [Ok(0), Ok(0)]);
        // Between 18 and 26 it was the second state; from 15 on it was on its way there.
        assert_eq!([joined(26), joined(18)], [Ok(1), Ok(1)]);
        assert_eq!([joined(17), joined(15)], [Err(Join::Whole); 2]);
        assert_eq!([joined(14), joined(10)], [Ok(2), Ok(2)]);
        assert_eq!(joined(9), Err(Join::Whole));
        assert_eq!(joined(31), Err(Join::Behind));
        let mut log = log();
        assert_eq!(log.join(None, |_, _| NONE), Join::Whole);
        let other = Position {
            epoch: Epoch(2),
            offset: 30,
        };
        assert_eq!(log.join(Some(other), |_, _| NONE), Join::Whole);
    }

    #[test]
    fn a_position_that_nothing_touched_since_needs_nothing() {
        let mut log = Log::<Event>::new(channel(), page(&[1]), at(10));
        let Join::Recovered(cursor) = log.join(Some(at(4)), |_, _| NONE) else {
            panic!("nothing touched it");
        };
        assert_eq!(log.next(cursor), None);
        let Join::Recovered(cursor) = log.join(Some(at(12)), |_, _| NONE) else {
            panic!("nothing touched it");
        };
        // Both take the next change.
        log.publish(page(&[2]), at(13), touched(13, 13));
        let (frame, _) = log.next(cursor).unwrap();
        assert!(matches!(frame, Event::Change { from: (4, 12), .. }));
    }

    #[test]
    fn a_log_is_no_longer_than_a_state() {
        let mut log = Log::<Event>::new(channel(), page(&[0]), at(0));
        for n in 1..1000 {
            let score = i64::try_from(n).unwrap();
            log.publish(page(&[score]), at(n), touched(n, n));
        }
        assert_eq!(log.changes.len(), MOST / 2);
        let late = Cursor(log.version - 26);
        assert!(matches!(log.next(late), Some((Event::State { .. }, _))));
    }

    #[test]
    fn a_log_of_a_page_without_rows_is_short_as_well() {
        let empty = |total| {
            State::Page(Page {
                number: PageNumber::FIRST,
                total,
                rows: Vec::new(),
            })
        };
        let mut log = Log::<Event>::new(channel(), empty(0), at(0));
        for n in 1..1000 {
            log.publish(empty(n), at(n), touched(n, n));
        }
        assert_eq!(log.changes.len(), MOST);
    }

    #[test]
    fn a_stream_that_begins_again_is_shown_whole() {
        let mut log = log();
        let (_, cursor) = log.next(Cursor::default()).unwrap();
        let anew = Position {
            epoch: Epoch(2),
            offset: 1,
        };
        assert_eq!(log.publish(page(&[9]), anew, UNKNOWN), Published::News);
        assert!(matches!(log.next(cursor), Some((Event::State { .. }, _))));
        assert_eq!(log.publish(page(&[9]), anew, NONE), Published::Same);
        let before = Position { offset: 0, ..anew };
        assert_eq!(log.publish(page(&[8]), before, NONE), Published::Older);
        // So is what comes from the ledger, each time that it differs.
        log.publish(page(&[8]), Position::DEGRADED, UNKNOWN);
        assert_eq!(
            log.publish(page(&[8]), Position::DEGRADED, UNKNOWN),
            Published::Same
        );
        assert_eq!(
            log.publish(page(&[7]), Position::DEGRADED, UNKNOWN),
            Published::News
        );
        assert_eq!(log.join(Some(Position::DEGRADED), |_, _| NONE), Join::Whole);
    }

    #[test]
    fn a_small_state_is_replaced() {
        let channel = Channel::try_from("presence:atp".to_owned()).unwrap();
        let state = |count| {
            State::Presence(Presence {
                count,
                names: Vec::new(),
            })
        };
        let mut log = Log::<Event>::new(channel, state(1), at(1));
        let (_, cursor) = log.next(Cursor::default()).unwrap();
        log.publish(state(2), at(2), Touches::at(2));
        log.publish(state(3), at(3), Touches::at(3));
        let (frame, cursor) = log.next(cursor).unwrap();
        assert!(matches!(frame, Event::State { position, .. } if position == at(3)));
        assert_eq!(log.next(cursor), None);
        assert_eq!(log.join(Some(at(2)), |_, _| UNKNOWN), Join::Whole);
        assert_eq!(
            log.join(Some(at(3)), |_, _| UNKNOWN),
            Join::Recovered(cursor)
        );
    }
}
