//! Who wishes to be seen on a board, and by what name: whose name may be another is told, and
//! named anew.

use std::collections::{BTreeSet, HashMap, HashSet};

use leaderport::service::broker::Publication;
use leaderport::{PlayerId, PlayerName};

use super::inbox::{ConnectionId, Slot};

/// Players are named anew so many at a time; the others next time.
const AT_A_TIME: usize = 16;

/// Those who wish to be seen.
#[derive(Default)]
pub(super) struct Shown {
    players: HashMap<PlayerId, Seen>,
    /// Who of them stands on the board as somebody else, whom they are one with, by that one.
    merged: HashMap<PlayerId, PlayerId>,
    /// Whose name may be another.
    outdated: BTreeSet<PlayerId>,
}

#[derive(Default)]
struct Seen {
    on: HashSet<(ConnectionId, Slot)>,
    /// None while they do not stand on the board.
    name: Option<PlayerName>,
}

impl Shown {
    /// Somebody wishes to be seen. They are to be named.
    pub(super) fn add(&mut self, player: &PlayerId, on: (ConnectionId, Slot)) {
        let seen = self.players.entry(player.clone()).or_default();
        seen.on.insert(on);
        self.outdated.insert(player.clone());
    }

    /// Not any more, on that connection.
    pub(super) fn remove(&mut self, player: &PlayerId, on: (ConnectionId, Slot)) {
        let Some(seen) = self.players.get_mut(player) else {
            return;
        };
        seen.on.remove(&on);
        if seen.on.is_empty() {
            self.players.remove(player);
            self.outdated.remove(player);
            self.merged.retain(|_, of| of != player);
        }
    }

    /// Hears what was published: who came to the board, left it, or has another name. Whether
    /// anybody is to be named anew.
    pub(super) fn hear(&mut self, publications: &[Publication]) -> bool {
        for publication in publications {
            let is_named_anew = match (publication.now, publication.previous_score) {
                // The same score again is a name.
                (Some((score, _)), Some(before)) => score == before,
                (None, _) | (_, None) => true,
            };
            let who = &publication.player;
            if is_named_anew && self.players.contains_key(who) {
                self.outdated.insert(who.clone());
            }
            if let Some(of) = self.merged.get(who).filter(|_| is_named_anew) {
                self.outdated.insert(of.clone());
            }
        }
        self.is_outdated()
    }

    /// Something may have been missed: all are to be named anew.
    pub(super) fn lost(&mut self) {
        self.outdated = self.players.keys().cloned().collect();
    }

    /// Whether anybody is to be named anew.
    pub(super) fn is_outdated(&self) -> bool {
        !self.outdated.is_empty()
    }

    /// Some who are to be named anew, no more than can be looked up at once.
    pub(super) fn take_outdated(&mut self) -> Vec<PlayerId> {
        let some = std::iter::from_fn(|| self.outdated.pop_first());
        some.take(AT_A_TIME).collect()
    }

    /// Could not be named now.
    pub(super) fn put_back(&mut self, player: PlayerId) {
        if self.players.contains_key(&player) {
            self.outdated.insert(player);
        }
    }

    /// How somebody stands on the board: as whom, and by what name.
    pub(super) fn named(&mut self, player: &PlayerId, as_whom: Option<(PlayerId, PlayerName)>) {
        let Some(seen) = self.players.get_mut(player) else {
            return;
        };
        let (row, name) = as_whom.unzip();
        seen.name = name;
        self.merged.retain(|_, of| of != player);
        if let Some(row) = row.filter(|row| row != player) {
            self.merged.insert(row, player.clone());
        }
    }

    /// The names, in order, at most so many.
    pub(super) fn names(&self, most: usize) -> Vec<PlayerName> {
        let names = self.players.values().filter_map(|seen| seen.name.clone());
        let names: BTreeSet<PlayerName> = names.collect();
        names.into_iter().take(most).collect()
    }
}
