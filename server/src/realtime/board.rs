//! A watched board: its settings and running seasons, and who watches.
//!
//! Both are small, and change by time passing and by what other nodes do; so a task
//! of the board's looks once a second, as long as somebody watches either.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use leaderport::protocol::{Channel, Presence, State};
use leaderport::service::{Error, Leaderboards};
use leaderport::{PlayerName, Position, Slug};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::hub::Hub;
use super::inbox::{ConnectionId, Slot};
use super::watchers::Single;

/// The shortest time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// How often a node says who watches there though nothing changed.
const SAY_AGAIN: Duration = Duration::from_secs(5);

/// Names that are shown, at most.
const NAMES: usize = 20;

/// The board.
pub(super) struct BoardWatch {
    pub(super) slug: Slug,
    hub: Weak<Hub>,
    leaderboards: Arc<Leaderboards>,
    first: Position,
    pub(super) settings: Single,
    pub(super) presence: Single,
    /// Those who wish to be seen.
    shown: Mutex<HashMap<(ConnectionId, Slot), PlayerName>>,
    work: Arc<Notify>,
}

impl BoardWatch {
    pub(super) fn start(
        hub: Weak<Hub>,
        leaderboards: Arc<Leaderboards>,
        slug: Slug,
        first: Position,
    ) -> Arc<Self> {
        let board = Arc::new(Self {
            settings: Single::new(Channel::Board(slug.clone())),
            presence: Single::new(Channel::Presence(slug.clone())),
            slug,
            hub,
            leaderboards: leaderboards.clone(),
            first,
            shown: Mutex::default(),
            work: Arc::new(Notify::new()),
        });
        let slug = board.slug.clone();
        tokio::spawn(work(
            Arc::downgrade(&board),
            board.work.clone(),
            leaderboards,
            slug,
        ));
        board
    }

    /// Reads the settings for the first time.
    pub(super) fn open_settings(&self) -> Result<(), Error> {
        self.look_at_settings()
    }

    /// Shows who watches for the first time: at least this one more.
    pub(super) fn open_presence(&self) {
        if self.presence.newest().is_none() {
            self.presence
                .show(State::Presence(Presence::default()), self.first);
        }
    }

    /// The settings may be others.
    pub(super) fn defined(&self) {
        self.work.notify_one();
    }

    /// Somebody came, and wishes to be seen by a name or not.
    pub(super) fn came(&self, id: ConnectionId, slot: Slot, name: Option<PlayerName>) {
        if let Some(name) = name {
            self.lock().insert((id, slot), name);
        }
        self.work.notify_one();
    }

    /// Somebody left.
    pub(super) fn left(&self, id: ConnectionId, slot: Slot) {
        self.lock().remove(&(id, slot));
        self.work.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ConnectionId, Slot), PlayerName>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_at_settings(&self) -> Result<(), Error> {
        let state = self.leaderboards.board_state(&self.slug)?;
        self.settings.show(State::Board(state), self.first);
        Ok(())
    }

    /// Who watches here.
    fn here(&self) -> Presence {
        let names: BTreeSet<PlayerName> = self.lock().values().cloned().collect();
        Presence {
            count: self.presence.watchers.count() as u64,
            names: names.into_iter().take(NAMES).collect(),
        }
    }
}

/// The board's task: ends when nobody holds the board.
async fn work(
    board: Weak<BoardWatch>,
    work: Arc<Notify>,
    leaderboards: Arc<Leaderboards>,
    slug: Slug,
) {
    let mut said: Option<(Presence, Instant)> = None;
    loop {
        let _ = timeout(LOOK, work.notified()).await;
        let began = Instant::now();
        let Some(board) = board.upgrade() else {
            break;
        };
        // A board that is not there any more shows what it was.
        let _ = board.look_at_settings();
        let here = board.here();
        let is_due = said
            .as_ref()
            .is_none_or(|(before, at)| *before != here || at.elapsed() >= SAY_AGAIN);
        let is_alone = leaderboards.is_alone();
        if here.count > 0 && (is_due || !is_alone) {
            let all = leaderboards.present(&slug, &here).await;
            // Without the broker a node knows of itself alone.
            let mut all = all.unwrap_or_else(|_| here.clone());
            all.names.truncate(NAMES);
            board.presence.show(State::Presence(all), board.first);
        }
        if is_due {
            said = Some((here, began));
        }
        drop(board);
        tokio::time::sleep_until(began + LOOK / 4).await;
    }
    if said.is_some_and(|(before, _)| before.count > 0) {
        // The others learn it from time passing if this does not arrive.
        let _ = leaderboards.present(&slug, &Presence::default()).await;
    }
}

impl Drop for BoardWatch {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.forget_board(&self.slug);
        }
        self.work.notify_one();
    }
}
