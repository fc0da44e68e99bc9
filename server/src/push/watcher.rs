//! Finds out which players with a subscription were overtaken, and notifies those who are away.
//!
//! Only they are watched: publications mark a player whose row may have changed, and the rank is
//! read again at most once in the configured interval. A new subscription is read at once. Every
//! node watches; the ledger decides which one sends ([`Push::claim_due`]).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use leaderport::service::ports::broker::Notice;
use leaderport::service::{Error, Leaderboards, Push};
use leaderport::{PlayerId, Rank, SeasonKey, Slug};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, watch};
use tokio::time::MissedTickBehavior;

use crate::push::Sender;
use crate::push::sender::Overtaken;
use crate::push::watched::Watched;
use crate::realtime::Realtime;
use crate::startup::shutdown::until_stopped;

/// Maximum number of ranks that are read in an interval.
const MAX_READS: usize = 500;

/// Maximum number of notifications that wait or are being sent. More of them are dropped.
const MAX_WAITING: usize = 1_024;

/// Maximum number of players whose browsers are notified at once.
const SENT_AT_ONCE: usize = 16;

/// Interval at which unused subscriptions end.
const CLEANUP: Duration = Duration::from_hours(1);

/// Watches the players with a subscription.
pub(crate) struct Watcher {
    leaderboards: Arc<Leaderboards>,
    push: Arc<Push>,
    realtime: Arc<Realtime>,
    sender: Arc<Sender>,
    /// The minimum interval of the reads of a player's rank.
    pace: Duration,
    waiting: Arc<Semaphore>,
    sending: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

/// The watched players of a board, in its longest running season.
struct WatchedBoard {
    season: Option<SeasonKey>,
    players: HashMap<PlayerId, Watched>,
}

type Boards = HashMap<Slug, WatchedBoard>;

impl Watcher {
    /// Starts to watch, until `stopped`.
    pub(crate) fn start(
        leaderboards: Arc<Leaderboards>,
        realtime: Arc<Realtime>,
        (push, sender): (Arc<Push>, Sender),
        pace: Duration,
        stopped: watch::Receiver<bool>,
    ) {
        let tasks = leaderboards.tasks().clone();
        let watcher = Arc::new(Self {
            leaderboards,
            push,
            realtime,
            sender: Arc::new(sender),
            pace,
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            sending: Arc::new(Semaphore::new(SENT_AT_ONCE)),
            stopped,
        });
        tasks.spawn("push", move || {
            let notices = watcher.leaderboards.notices();
            until_stopped(watcher.stopped.clone(), watcher.clone().watch(notices))
        });
    }

    async fn watch(self: Arc<Self>, mut notices: Receiver<Notice>) {
        let mut boards = Boards::new();
        let mut ticks = tokio::time::interval(self.pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut cleanups = tokio::time::interval(CLEANUP);
        cleanups.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_due = tokio::select! {
                notice = notices.recv() => match notice {
                    Ok(notice) => {
                        receive(&mut boards, &notice);
                        continue;
                    }
                    Err(RecvError::Lagged(_)) => {
                        mark_all(boards.values_mut());
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                },
                _ = cleanups.tick() => {
                    self.end_unused().await;
                    false
                }
                () = self.push.changed() => false,
                _ = ticks.tick() => true,
            };
            self.refresh(&mut boards).await;
            self.read(&mut boards, is_due).await;
            count(&boards);
        }
    }

    async fn end_unused(&self) {
        match self.push.end_unused().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "unused push subscriptions have ended"),
            Err(error) => {
                tracing::warn!(
                    ?error,
                    "unused push subscriptions stay for now; their end is retried"
                );
            }
        }
    }

    /// Reads which players to watch. Keeps the state of those who are watched already.
    async fn refresh(&self, boards: &mut Boards) {
        let pairs = match self.push.watched().await {
            Ok(pairs) => pairs,
            Err(error) => {
                tracing::warn!(
                    ?error,
                    "the players to notify cannot be read; the read is retried"
                );
                return;
            }
        };
        let mut former = std::mem::take(boards);
        for (slug, player) in pairs {
            let known = former.get_mut(&slug);
            let season = known.as_ref().and_then(|board| board.season.clone());
            let watched = known.and_then(|board| board.players.remove(&player));
            let board = boards.entry(slug).or_insert_with(|| WatchedBoard {
                season,
                players: HashMap::new(),
            });
            let watched = watched.unwrap_or_else(Watched::new);
            board.players.insert(player, watched);
        }
    }

    /// Reads the ranks that may have changed, or, before the interval has passed, only those that were
    /// not read yet. Players cause that by their subscriptions.
    async fn read(&self, boards: &mut Boards, is_due: bool) {
        let mut reads = 0;
        for (slug, board) in boards.iter_mut() {
            // A deleted board has no season.
            let Ok(season) = self.leaderboards.find(slug, None, None) else {
                continue;
            };
            board.enter(&season.key);
            for (player, watched) in &mut board.players {
                if !watched.is_stale || !is_due && watched.has_row() {
                    continue;
                }
                if reads == MAX_READS {
                    return;
                }
                reads += 1;
                let standing = self.leaderboards.standing(season.clone(), player).await;
                let standing = match standing {
                    Ok(standing) => Some(standing),
                    Err(Error::UnknownPlayer(..)) => None,
                    // An engine is down. The rest waits for the next interval.
                    Err(error) if error.retry_helps() => return,
                    // The board has just been deleted.
                    Err(_) => break,
                };
                if let Some((rank, by)) = watched.update(standing.as_ref()) {
                    self.notify(&season.key, player, rank, &by).await;
                }
            }
        }
    }

    /// Notifies a player, unless a page of this node shows them the board. On another node, the
    /// service worker of the page's browser hides the notification.
    async fn notify(&self, key: &SeasonKey, player: &PlayerId, rank: Rank, by: &PlayerId) {
        let Ok(board) = self.leaderboards.board(&key.board) else {
            return;
        };
        if self.realtime.is_present(&key.board, player) {
            return;
        }
        let Ok(place) = self.waiting.clone().try_acquire_owned() else {
            metrics::counter!("leaderport_push_messages_total", "outcome" => "dropped")
                .increment(1);
            return;
        };
        let overtaken = Overtaken {
            board: key.board.clone(),
            title: board.title.clone(),
            player: player.clone(),
            rank,
            by: self.leaderboards.name_of(key, by).await,
        };
        let (sender, sending) = (self.sender.clone(), self.sending.clone());
        let sent = async move {
            // The semaphore is never closed, so this cannot fail.
            let _turn = sending.acquire_owned().await;
            sender.notify(&overtaken).await;
            drop(place);
        };
        tokio::spawn(until_stopped(self.stopped.clone(), sent));
    }
}

impl WatchedBoard {
    /// Starts over in a new season.
    fn enter(&mut self, season: &SeasonKey) {
        if self.season.as_ref() != Some(season) {
            self.season = Some(season.clone());
            let players = self.players.values_mut();
            players.for_each(|watched| *watched = Watched::new());
        }
    }
}

/// Publishes the number of watched players.
fn count(boards: &Boards) {
    let all = boards.values().flat_map(|board| board.players.values());
    let count = u32::try_from(all.count()).unwrap_or(u32::MAX);
    metrics::gauge!("leaderport_push_watched").set(f64::from(count));
}

fn receive(boards: &mut Boards, notice: &Notice) {
    match notice {
        Notice::Published(key, publications) => {
            let board = boards.get_mut(&key.board);
            let Some(board) = board.filter(|board| board.season.as_ref() == Some(key)) else {
                return;
            };
            for (player, watched) in &mut board.players {
                watched.receive(player, publications);
            }
        }
        Notice::Loaded(SeasonKey { board, .. }) | Notice::Lost(board) | Notice::Defined(board) => {
            mark_all(boards.get_mut(board));
        }
        // Without publications, a read finds out nothing, and it would cost one of the ledger.
        Notice::Away => {}
        Notice::Back | Notice::Restarted => mark_all(boards.values_mut()),
    }
}

/// Marks players whose ranks may have changed unnoticed.
fn mark_all<'a>(boards: impl IntoIterator<Item = &'a mut WatchedBoard>) {
    for board in boards {
        let players = board.players.values_mut();
        players.for_each(|watched| watched.is_stale = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_read_again_after_an_outage_and_not_during_it() {
        let (arena, ann) = (Slug::new("arena").unwrap(), PlayerId::new("ann").unwrap());
        let mut watched = Watched::new();
        assert_eq!(watched.update(None), None);
        let board = WatchedBoard {
            season: None,
            players: HashMap::from([(ann.clone(), watched)]),
        };
        let mut boards = Boards::from([(arena.clone(), board)]);
        for (notice, expected) in [(Notice::Away, false), (Notice::Back, true)] {
            receive(&mut boards, &notice);
            assert_eq!(
                boards[&arena].players[&ann].is_stale, expected,
                "{notice:?}"
            );
        }
    }
}
