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
fn new_subscriber_gets_the_state_and_then_each_change() {
    let mut log = log();
    let (frame, cursor) = log.next(Cursor::default()).unwrap();
    assert!(matches!(frame, Event::State { position, .. } if position == at(30)));
    assert_eq!(log.next(cursor), None);
    log.publish(page(&[4, 3, 2]), at(31), touched(31, 31));
    let (frame, cursor) = log.next(cursor).unwrap();
    assert!(matches!(frame, Event::Change { from: (27, 30), position, .. } if position == at(31)));
    assert_eq!(log.next(cursor), None);
}

#[test]
fn join_recovers_a_position_with_the_missed_changes() {
    let joined = |offset| {
        let mut log = log();
        match log.join(Some(at(offset)), |_, _| UNKNOWN) {
            Join::Recovered(cursor) => Ok(frames(&mut log, cursor).len()),
            other => Err(other),
        }
    };
    assert_eq!([joined(30), joined(27)], [Ok(0), Ok(0)]);
    // The second state is valid from 18 to 26. Offsets 15 to 17 are inside the step that
    // made it, so the state at these offsets is unknown.
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
fn join_at_an_untouched_position_needs_no_frames() {
    let mut log = Log::<Event>::new(channel(), page(&[1]), at(10));
    let Join::Recovered(cursor) = log.join(Some(at(4)), |_, _| NONE) else {
        panic!("nothing touched it");
    };
    assert_eq!(log.next(cursor), None);
    let Join::Recovered(cursor) = log.join(Some(at(12)), |_, _| NONE) else {
        panic!("nothing touched it");
    };
    // Both cursors continue with the next change.
    log.publish(page(&[2]), at(13), touched(13, 13));
    let (frame, _) = log.next(cursor).unwrap();
    assert!(matches!(frame, Event::Change { from: (4, 12), .. }));
}

#[test]
fn log_weight_is_bounded_by_one_state() {
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
fn log_of_a_page_without_rows_is_bounded() {
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
fn new_epoch_or_degraded_position_publishes_the_full_state() {
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
    // A degraded state is published whole whenever it differs.
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
fn state_without_deltas_is_replaced_whole() {
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
