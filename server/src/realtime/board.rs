//! A watched board: its settings and running seasons, and who watches.
//!
//! Both are small, and change by time passing and by what other nodes do; so a task
//! of the board's looks once a second, as long as somebody watches either.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use leaderport::protocol::{Channel, Presence, State};
use leaderport::service::broker::Publication;
use leaderport::service::{Error, Leaderboards};
use leaderport::{PlayerId, PlayerName, Slug};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::hub::Hub;
use super::inbox::{ConnectionId, Slot};
use super::watchers::{Positions, Single};

/// The shortest time between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// How often a node says who watches there though nothing changed.
const SAY_AGAIN: Duration = Duration::from_secs(5);

/// Names that are shown, at most.
const NAMES: usize = 20;

/// Somebody who wishes to be seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) player: PlayerId,
    /// How the board shows them; none while they do not stand on it.
    pub(super) name: Option<PlayerName>,
}

/// The board.
pub(super) struct BoardWatch {
    pub(super) slug: Slug,
    hub: Weak<Hub>,
    leaderboards: Arc<Leaderboards>,
    positions: Arc<Positions>,
    pub(super) settings: Single,
    pub(super) presence: Single,
    /// Those who wish to be seen.
    shown: Mutex<HashMap<(ConnectionId, Slot), Seen>>,
    /// Somebody of them may have another name, or none any more.
    is_outdated: AtomicBool,
    work: Arc<Notify>,
}

impl BoardWatch {
    pub(super) fn start(
        hub: Weak<Hub>,
        leaderboards: Arc<Leaderboards>,
        slug: Slug,
        positions: Arc<Positions>,
    ) -> Arc<Self> {
        let board = Arc::new(Self {
            settings: Single::new(Channel::Board(slug.clone())),
            presence: Single::new(Channel::Presence(slug.clone())),
            slug,
            hub,
            leaderboards: leaderboards.clone(),
            positions,
            shown: Mutex::default(),
            is_outdated: AtomicBool::new(false),
            work: Arc::new(Notify::new()),
        });
        let slug = board.slug.clone();
        tokio::spawn(work(
            Arc::downgrade(&board),
            board.hub.clone(),
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
                .show(State::Presence(Presence::default()), &self.positions);
        }
    }

    /// The settings may be others.
    pub(super) fn defined(&self) {
        self.work.notify_one();
    }

    /// Somebody came, and wishes to be seen or not.
    pub(super) fn came(&self, id: ConnectionId, slot: Slot, seen: Option<Seen>) {
        if let Some(seen) = seen {
            self.lock().insert((id, slot), seen);
        }
        self.work.notify_one();
    }

    /// Hears what was published of a season of the board: who came to it, left it, or has
    /// another name is shown so here, too.
    pub(super) fn hear(&self, publications: &[Publication]) {
        let is_named_anew = |p: &&Publication| match (p.now, p.previous_score) {
            // The same score again is a name.
            (Some((score, _)), Some(before)) => score == before,
            (None, _) | (_, None) => true,
        };
        let mut named_anew = publications.iter().filter(is_named_anew).peekable();
        if named_anew.peek().is_none() {
            return;
        }
        let shown = self.lock();
        let is_shown = |p: &Publication| shown.values().any(|seen| seen.player == p.player);
        if named_anew.any(is_shown) {
            self.is_outdated.store(true, Ordering::Release);
            self.work.notify_one();
        }
    }

    /// Publications may have been missed.
    pub(super) fn lost(&self) {
        self.is_outdated.store(true, Ordering::Release);
        self.work.notify_one();
    }

    /// Finds out the names of now, if they may be others.
    async fn name_anew(&self) {
        if !self.is_outdated.swap(false, Ordering::AcqRel) {
            return;
        }
        let players: BTreeSet<PlayerId> = {
            let shown = self.lock();
            shown.values().map(|seen| seen.player.clone()).collect()
        };
        for player in players {
            let name = self.leaderboards.name_on(&self.slug, &player).await;
            let mut shown = self.lock();
            for seen in shown.values_mut().filter(|seen| seen.player == player) {
                seen.name.clone_from(&name);
            }
        }
    }

    /// Somebody left, or is not to be named any more.
    pub(super) fn left(&self, id: ConnectionId, slot: Slot) {
        self.lock().remove(&(id, slot));
        self.work.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(ConnectionId, Slot), Seen>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_at_settings(&self) -> Result<(), Error> {
        let state = self.leaderboards.board_state(&self.slug)?;
        self.settings.show(State::Board(state), &self.positions);
        Ok(())
    }

    /// Who watches here.
    fn here(&self) -> Presence {
        let names = self.lock();
        let names = names.values().filter_map(|seen| seen.name.clone());
        let names: BTreeSet<PlayerName> = names.collect();
        Presence {
            count: self.presence.watchers.count() as u64,
            names: names.into_iter().take(NAMES).collect(),
        }
    }
}

/// The board's task: ends when nobody holds the board.
async fn work(
    board: Weak<BoardWatch>,
    hub: Weak<Hub>,
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
        board.name_anew().await;
        let here = board.here();
        let is_due = said
            .as_ref()
            .is_none_or(|(before, at)| *before != here || at.elapsed() >= SAY_AGAIN);
        let is_alone = leaderboards.is_alone();
        // That nobody is left is said as well, once.
        let was_here = said.as_ref().is_some_and(|(before, _)| before.count > 0);
        if (here.count > 0 || was_here) && (is_due || !is_alone) {
            let all = leaderboards.present(&slug, &here).await;
            // Without the broker a node knows of itself alone.
            let mut all = all.unwrap_or_else(|_| here.clone());
            all.names.truncate(NAMES);
            board.presence.show(State::Presence(all), &board.positions);
        }
        if is_due {
            said = Some((here, began));
        }
        drop(board);
        tokio::time::sleep_until(began + LOOK / 4).await;
    }
    // Somebody may have come again, and said so.
    let is_held = hub.upgrade().is_some_and(|hub| hub.holds_board(&slug));
    if !is_held && said.is_some_and(|(before, _)| before.count > 0) {
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
