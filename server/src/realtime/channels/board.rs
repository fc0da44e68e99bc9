//! A watched board: its settings and running seasons, and its presence.
//!
//! Both are small, and both change with time or by actions of other nodes. While either is
//! watched, a task of the board checks both about once a second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use leaderport::protocol::{Channel, Presence, State};
use leaderport::service::ports::broker::Publication;
use leaderport::service::{Error, Leaderboards};
use leaderport::{PlayerId, Season, Slug};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::realtime::channels::registry::Registry;
use crate::realtime::channels::visible_names::VisibleNames;
use crate::realtime::channels::watchers::{Positions, Single};
use crate::realtime::delivery::inbox::{ConnectionId, Slot};

/// Maximum time between two checks; the minimum is a quarter of this.
const LOOK: Duration = Duration::from_secs(1);

/// Interval at which a node repeats an unchanged presence report.
const SAY_AGAIN: Duration = Duration::from_secs(5);

/// Maximum number of displayed names.
const NAMES: usize = 20;

/// A watched board.
pub(crate) struct BoardWatch {
    pub(crate) slug: Slug,
    /// Registry of the watched boards; contains this one until it is dropped.
    boards: Arc<Registry<Slug, BoardWatch>>,
    leaderboards: Arc<Leaderboards>,
    positions: Arc<Positions>,
    pub(crate) settings: Single,
    pub(crate) presence: Single,
    /// Viewers who have chosen to be listed by name.
    shown: Mutex<VisibleNames<(ConnectionId, Slot)>>,
    work: Arc<Notify>,
}

impl BoardWatch {
    pub(crate) fn start(
        boards: Arc<Registry<Slug, Self>>,
        leaderboards: Arc<Leaderboards>,
        slug: Slug,
        positions: Arc<Positions>,
    ) -> Arc<Self> {
        let board = Arc::new(Self {
            settings: Single::new(Channel::Board(slug.clone())),
            presence: Single::new(Channel::Presence(slug.clone())),
            slug,
            boards,
            leaderboards: leaderboards.clone(),
            positions,
            shown: Mutex::default(),
            work: Arc::new(Notify::new()),
        });
        let (weak, boards) = (Arc::downgrade(&board), board.boards.clone());
        let (notify, slug) = (board.work.clone(), board.slug.clone());
        let tasks = leaderboards.tasks().clone();
        tasks.spawn("board", move || {
            let (weak, boards, notify) = (weak.clone(), boards.clone(), notify.clone());
            work(weak, boards, notify, leaderboards.clone(), slug.clone())
        });
        board
    }

    /// Reads the settings for the first time.
    pub(crate) fn open_settings(&self) -> Result<(), Error> {
        self.look_at_settings().map(drop)
    }

    /// Publishes a first, empty presence. The task then counts the viewers.
    pub(crate) fn open_presence(&self) {
        if self.presence.newest().is_none() {
            self.presence
                .show(State::Presence(Presence::default()), &self.positions);
        }
    }

    /// Starts a check, because the settings may have changed.
    pub(crate) fn defined(&self) {
        self.work.notify_one();
    }

    /// Adds a viewer. With `player`, the viewer is listed by the player's name.
    pub(crate) fn came(&self, on: (ConnectionId, Slot), player: Option<&PlayerId>) {
        if let Some(player) = player {
            self.shown().add(player, on);
        }
        self.work.notify_one();
    }

    /// Removes a viewer. `player` must be the same as in [`Self::came`].
    pub(crate) fn left(&self, on: (ConnectionId, Slot), player: Option<&PlayerId>) {
        if let Some(player) = player {
            self.shown().remove(player, &on);
        }
        self.work.notify_one();
    }

    /// Handles publications of a season of the board.
    pub(crate) fn receive(&self, publications: &[Publication]) {
        if self.shown().receive(publications) {
            self.work.notify_one();
        }
    }

    /// Marks all names as outdated, because publications may have been missed.
    pub(crate) fn lost(&self) {
        self.shown().lost();
        self.work.notify_one();
    }

    /// Looks up names that may have changed.
    async fn look_up_names(&self) {
        let outdated = self.shown().take_outdated();
        for player in outdated {
            match self.leaderboards.shown_on(&self.slug, &player).await {
                Ok(as_whom) => self.shown().named(&player, as_whom),
                // Keep the old name, and look up the player again in the next round.
                Err(_) => self.shown().put_back(player),
            }
        }
    }

    fn shown(&self) -> MutexGuard<'_, VisibleNames<(ConnectionId, Slot)>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes the current settings. Returns the running seasons.
    fn look_at_settings(&self) -> Result<Vec<Season>, Error> {
        let state = self.leaderboards.board_state(&self.slug)?;
        let seasons = state.seasons.iter().map(|running| running.season).collect();
        self.settings.show(State::Board(state), &self.positions);
        Ok(seasons)
    }

    /// The viewers on this node.
    fn here(&self) -> Presence {
        Presence {
            count: self.presence.watchers.count() as u64,
            names: self.shown().names(NAMES),
        }
    }
}

/// The board's task; ends when the board is dropped.
async fn work(
    board: Weak<BoardWatch>,
    boards: Arc<Registry<Slug, BoardWatch>>,
    work: Arc<Notify>,
    leaderboards: Arc<Leaderboards>,
    slug: Slug,
) {
    let mut last_sent: Option<(Presence, Instant)> = None;
    let mut seasons: Option<Vec<Season>> = None;
    loop {
        let _ = timeout(LOOK, work.notified()).await;
        let began = Instant::now();
        let Some(board) = board.upgrade() else {
            break;
        };
        // If the board no longer exists, its last state stays.
        if let Ok(now) = board.look_at_settings()
            && seasons
                .replace(now.clone())
                .is_some_and(|before| before != now)
        {
            // A player with a standing in the previous season may have none in this one.
            board.shown().lost();
        }
        board.look_up_names().await;
        if board.shown().is_outdated() {
            board.work.notify_one();
        }
        let here = board.here();
        let is_due = last_sent
            .as_ref()
            .is_none_or(|(before, at)| *before != here || at.elapsed() >= SAY_AGAIN);
        let is_alone = leaderboards.is_alone();
        // After the last viewer has left, an empty report is sent once.
        let was_here = last_sent
            .as_ref()
            .is_some_and(|(before, _)| before.count > 0);
        if (here.count > 0 || was_here) && (is_due || !is_alone) {
            let all = leaderboards.present(&slug, &here).await;
            // While the broker is down, only this node's viewers are counted.
            let mut all = all.unwrap_or_else(|_| here.clone());
            all.names.truncate(NAMES);
            board.presence.show(State::Presence(all), &board.positions);
        }
        if is_due {
            last_sent = Some((here, began));
        }
        drop(board);
        tokio::time::sleep_until(began + LOOK / 4).await;
    }
    // Send an empty report, unless a new viewer has started the board's next task, which
    // sends its own report.
    if !boards.holds(&slug) && last_sent.is_some_and(|(before, _)| before.count > 0) {
        // If this fails, the previous report expires by itself.
        let _ = leaderboards.present(&slug, &Presence::default()).await;
    }
}

impl Drop for BoardWatch {
    fn drop(&mut self) {
        self.boards.leave(&self.slug);
        self.work.notify_one();
    }
}
