//! The heartbeat of all connections: a timing wheel with one timer, instead of one timer for each
//! connection.
//!
//! Each connection belongs to one part of the wheel. One part is checked at each tick, so each
//! connection is checked once per rotation. A connection that sent nothing during a rotation gets a
//! ping. If it is silent for the next rotation too, it is closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use leaderport::protocol::CloseCode;
use tokio::time::MissedTickBehavior;

use crate::realtime::delivery::inbox::Inbox;

const PARTS: usize = 50;

/// The connections of a node, divided into parts.
pub(crate) struct Wheel {
    parts: Vec<Mutex<Part>>,
    next: std::sync::atomic::AtomicUsize,
}

type Part = HashMap<usize, Watched>;

struct Watched {
    inbox: Weak<Inbox>,
    is_pinged: bool,
}

/// Keeps a connection on the wheel until it is dropped.
pub(crate) struct HeartbeatGuard {
    wheel: Arc<Wheel>,
    number: usize,
}

impl Wheel {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            next: std::sync::atomic::AtomicUsize::new(0),
        })
    }

    /// Adds a connection.
    pub(crate) fn register(self: &Arc<Self>, inbox: &Arc<Inbox>) -> HeartbeatGuard {
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let watched = Watched {
            inbox: Arc::downgrade(inbox),
            is_pinged: false,
        };
        self.part(number).insert(number, watched);
        HeartbeatGuard {
            wheel: self.clone(),
            number,
        }
    }

    fn part(&self, number: usize) -> std::sync::MutexGuard<'_, Part> {
        let part = &self.parts[number % PARTS];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks the parts in rotation, without end. `turn` is the duration of one rotation.
    pub(crate) async fn turn(self: Arc<Self>, turn: Duration) {
        let parts = u32::try_from(PARTS).expect("a small number");
        let mut ticks = tokio::time::interval(turn / parts);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in (0..PARTS).cycle() {
            ticks.tick().await;
            self.look_at(number);
        }
    }

    fn look_at(&self, number: usize) {
        for watched in self.part(number).values_mut() {
            let Some(inbox) = watched.inbox.upgrade() else {
                continue;
            };
            let was_active = inbox.look();
            if watched.is_pinged && !was_active {
                inbox.end(CloseCode::Silent);
            }
            watched.is_pinged = !was_active;
        }
    }
}

impl Drop for HeartbeatGuard {
    fn drop(&mut self) {
        self.wheel.part(self.number).remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silent_connection_ends_one_turn_after_its_ping() {
        let wheel = Wheel::new();
        let (silent, lively) = (Arc::new(Inbox::new()), Arc::new(Inbox::new()));
        let seats = (wheel.register(&silent), wheel.register(&lively));
        let turning = tokio::spawn(wheel.clone().turn(Duration::from_secs(25)));
        let answers = async {
            loop {
                let marks = lively.marked().await;
                assert!(marks.is_look());
                lively.record_activity();
            }
        };
        tokio::select! {
            code = silent.ended() => assert_eq!(code, CloseCode::Silent),
            code = lively.ended() => panic!("a responding connection ended with {code:?}"),
            () = answers => {}
        }
        turning.abort();
        drop(seats);
        assert!(
            wheel
                .parts
                .iter()
                .all(|part| part.lock().unwrap().is_empty())
        );
    }
}
