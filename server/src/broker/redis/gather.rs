//! Batches reads of places. While scripts of a season are in flight, new reads wait and share the
//! next script. There is no timer: the first read is sent at once, and concurrent reads share the
//! cost of a script.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::PlaceRead;
use leaderport::{PlayerId, SeasonKey};
use redis::Script;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::keys::Keys;
use super::scripts::over;
use super::texts;

/// Maximum number of players in one script. Redis runs a script of this size in well below a
/// millisecond.
const AT_ONCE: usize = 32;

/// Maximum number of scripts in flight for a season.
const MAX_IN_FLIGHT: usize = 2;

/// Result of [`leaderport::service::Broker::place`].
type Read = Result<Option<Option<PlaceRead>>, BrokerError>;

/// A caller that waits for a place.
struct Waiting {
    player: PlayerId,
    reply: oneshot::Sender<Read>,
}

#[derive(Default)]
struct Season {
    in_flight: usize,
    /// At most one entry for each waiting caller.
    waiting: Vec<Waiting>,
}

/// Pending reads of places. Clones share them.
#[derive(Clone)]
pub(super) struct Gather {
    connection: Connection,
    keys: Keys,
    script: Arc<Script>,
    seasons: Arc<Mutex<HashMap<SeasonKey, Season>>>,
}

impl Gather {
    pub(super) fn new(connection: Connection, keys: Keys, script: Script) -> Self {
        Self {
            connection,
            keys,
            script: Arc::new(script),
            seasons: Arc::default(),
        }
    }

    /// The place of a player.
    pub(super) async fn place(&self, key: &SeasonKey, player: &PlayerId) -> Read {
        let (reply, answer) = oneshot::channel();
        let player = player.clone();
        let must_send = {
            let mut seasons = self.lock();
            let season = seasons.entry(key.clone()).or_default();
            season.waiting.push(Waiting { player, reply });
            let must_send = season.in_flight < MAX_IN_FLIGHT;
            season.in_flight += usize::from(must_send);
            must_send
        };
        if must_send {
            // A separate task, because other callers wait for the scripts even if this caller is
            // cancelled.
            let (gather, key) = (self.clone(), key.clone());
            let tasks = self.connection.tasks();
            tasks.spawn("places", move || gather.clone().send(key.clone()));
        }
        let none = |_| Err(BrokerError("the read was cancelled".to_owned()));
        answer.await.unwrap_or_else(none)
    }

    /// Sends scripts until no caller waits.
    async fn send(self, key: SeasonKey) {
        while let Some(waiting) = self.take(&key) {
            let reads = self.ask(&key, &waiting).await;
            for (Waiting { reply, .. }, read) in waiting.into_iter().zip(reads) {
                // Fails only if the caller was cancelled.
                let _ = reply.send(read);
            }
        }
    }

    /// The next reads to send in one script. If no caller waits, returns `None` and counts the
    /// script as finished.
    fn take(&self, key: &SeasonKey) -> Option<Vec<Waiting>> {
        let mut seasons = self.lock();
        let season = seasons.get_mut(key)?;
        if season.waiting.is_empty() {
            season.in_flight -= 1;
            if season.in_flight == 0 {
                seasons.remove(key);
            }
            return None;
        }
        let count = season.waiting.len().min(AT_ONCE);
        Some(season.waiting.drain(..count).collect())
    }

    /// The result of each read.
    async fn ask(&self, key: &SeasonKey, waiting: &[Waiting]) -> Vec<Read> {
        let players: Vec<&str> = waiting.iter().map(|one| one.player.as_str()).collect();
        let places = over(&self.script, &self.keys.reading(key), &players);
        let answer: Result<Option<texts::PlacesAnswer>, _> = self.connection.run(&places).await;
        let players = waiting.iter().map(|one| &one.player);
        let read = |answer: Option<texts::PlacesAnswer>| {
            let places = answer.map(|answer| texts::places(&answer, players));
            places.transpose()
        };
        match answer.and_then(read) {
            Ok(Some(places)) => places.into_iter().map(|place| place.map(Some)).collect(),
            Ok(None) => waiting.iter().map(|_| Ok(None)).collect(),
            Err(error) => waiting.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SeasonKey, Season>> {
        self.seasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
