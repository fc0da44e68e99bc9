//! The viewers of a board who have chosen to be listed by name. A publication marks the names that
//! may have changed as outdated, and these names are looked up again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use leaderport::service::ports::broker::Publication;
use leaderport::{PlayerId, PlayerName};

/// Maximum number of names to look up at once; the others follow in the next round.
const AT_A_TIME: usize = 16;

/// The listed viewers. `C` identifies a connection; a viewer may have several.
pub(crate) struct VisibleNames<C> {
    players: HashMap<PlayerId, Seen<C>>,
    /// Viewers who were merged into another player. The key is the receiving player, whom the board
    /// lists.
    merged: HashMap<PlayerId, PlayerId>,
    /// Players whose name may have changed.
    outdated: BTreeSet<PlayerId>,
}

struct Seen<C> {
    on: HashSet<C>,
    /// Display name; absent without a standing on the board.
    name: Option<PlayerName>,
}

impl<C> Default for VisibleNames<C> {
    fn default() -> Self {
        Self {
            players: HashMap::new(),
            merged: HashMap::new(),
            outdated: BTreeSet::new(),
        }
    }
}

impl<C: Eq + Hash> VisibleNames<C> {
    /// Adds a viewer, whose name must be looked up.
    pub(crate) fn add(&mut self, player: &PlayerId, on: C) {
        let unnamed = || Seen {
            on: HashSet::new(),
            name: None,
        };
        let seen = self.players.entry(player.clone()).or_insert_with(unnamed);
        seen.on.insert(on);
        self.outdated.insert(player.clone());
    }

    /// Removes a viewer from a connection.
    pub(crate) fn remove(&mut self, player: &PlayerId, on: &C) {
        let Some(seen) = self.players.get_mut(player) else {
            return;
        };
        seen.on.remove(on);
        if seen.on.is_empty() {
            self.players.remove(player);
            self.outdated.remove(player);
            self.merged.retain(|_, of| of != player);
        }
    }

    /// Marks viewers who got a standing, lost it, or were renamed. Returns whether a name must be
    /// looked up.
    pub(crate) fn receive(&mut self, publications: &[Publication]) -> bool {
        for publication in publications {
            let is_renamed = match (publication.now, publication.previous_score) {
                // A publication with an unchanged score announces a new name.
                (Some((score, _)), Some(before)) => score == before,
                (None, _) | (_, None) => true,
            };
            let who = &publication.player;
            if is_renamed && self.players.contains_key(who) {
                self.outdated.insert(who.clone());
            }
            if let Some(of) = self.merged.get(who).filter(|_| is_renamed) {
                self.outdated.insert(of.clone());
            }
        }
        self.is_outdated()
    }

    /// Marks all names as outdated, because publications may have been missed.
    pub(crate) fn lost(&mut self) {
        self.outdated = self.players.keys().cloned().collect();
    }

    /// Whether a name must be looked up.
    pub(crate) fn is_outdated(&self) -> bool {
        !self.outdated.is_empty()
    }

    /// Takes up to [`AT_A_TIME`] players to look up.
    pub(crate) fn take_outdated(&mut self) -> Vec<PlayerId> {
        let some = std::iter::from_fn(|| self.outdated.pop_first());
        some.take(AT_A_TIME).collect()
    }

    /// Marks a player again, after a failed lookup.
    pub(crate) fn put_back(&mut self, player: PlayerId) {
        if self.players.contains_key(&player) {
            self.outdated.insert(player);
        }
    }

    /// Stores the result of a lookup: the listed player and the name.
    pub(crate) fn named(&mut self, player: &PlayerId, as_whom: Option<(PlayerId, PlayerName)>) {
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

    /// Up to `most` names, sorted.
    pub(crate) fn names(&self, most: usize) -> Vec<PlayerName> {
        let names = self.players.values().filter_map(|seen| seen.name.clone());
        let names: BTreeSet<PlayerName> = names.collect();
        names.into_iter().take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Epoch, Position, Rank, Score};

    use super::*;

    fn id(of: &str) -> PlayerId {
        PlayerId::new(of).unwrap()
    }

    /// A publication of a player with these scores before and after.
    fn published(of: &str, before: Option<i64>, now: Option<i64>) -> Publication {
        let score = |value| Score::new(value).unwrap();
        Publication {
            player: id(of),
            now: now.map(|now| (score(now), Rank::after(0))),
            previous: before.map(|_| Rank::after(0)),
            previous_score: before.map(score),
            position: Position {
                epoch: Epoch(1),
                offset: 1,
            },
            touched: (0, 0),
            total: 1,
        }
    }

    fn name(shown: &mut VisibleNames<u8>, player: &str, row: &str, name: &str) {
        assert_eq!(shown.take_outdated(), [id(player)]);
        shown.named(&id(player), Some((id(row), name.parse().unwrap())));
    }

    fn names(shown: &VisibleNames<u8>) -> Vec<String> {
        let names = shown.names(20).into_iter();
        names.map(|name| name.to_string()).collect()
    }

    #[test]
    fn names_are_looked_up_after_arrival_rename_and_departure() {
        let mut shown = VisibleNames::default();
        shown.add(&id("ann"), 1);
        name(&mut shown, "ann", "ann", "Ann");
        assert_eq!(names(&shown), ["Ann"]);
        // A new score is not a new name, and other players are not listed.
        assert!(!shown.receive(&[published("ann", Some(1), Some(2))]));
        assert!(!shown.receive(&[published("bob", None, Some(2))]));
        assert!(shown.receive(&[published("ann", Some(2), Some(2))]));
        name(&mut shown, "ann", "ann", "Anna");
        assert!(shown.receive(&[published("ann", Some(2), None)]));
        // A failed lookup keeps the name, and is repeated.
        assert_eq!(shown.take_outdated(), [id("ann")]);
        shown.put_back(id("ann"));
        assert_eq!(names(&shown), ["Anna"]);
        assert_eq!(shown.take_outdated(), [id("ann")]);
        shown.named(&id("ann"), None);
        assert!(names(&shown).is_empty());
        assert!(shown.receive(&[published("ann", None, Some(1))]));
    }

    #[test]
    fn merged_player_has_the_name_of_the_other_player() {
        let mut shown = VisibleNames::default();
        shown.add(&id("ann"), 1);
        name(&mut shown, "ann", "bob", "Bob");
        assert!(shown.receive(&[published("bob", Some(2), Some(2))]));
        name(&mut shown, "ann", "ann", "Ann");
        assert!(
            !shown.receive(&[published("bob", Some(2), Some(2))]),
            "no longer merged"
        );
    }

    #[test]
    fn name_disappears_with_the_last_connection() {
        let mut shown = VisibleNames::default();
        shown.add(&id("ann"), 1);
        name(&mut shown, "ann", "ann", "Ann");
        shown.add(&id("ann"), 2);
        name(&mut shown, "ann", "ann", "Ann");
        shown.remove(&id("ann"), &1);
        assert_eq!(names(&shown), ["Ann"]);
        shown.remove(&id("ann"), &2);
        assert!(names(&shown).is_empty());
        shown.lost();
        shown.put_back(id("ann"));
        assert!(!shown.is_outdated());
    }

    #[test]
    fn lookups_per_round_are_limited() {
        let mut shown = VisibleNames::default();
        for n in 0..=AT_A_TIME {
            shown.add(&id(&format!("p{n}")), 1);
        }
        assert_eq!(shown.take_outdated().len(), AT_A_TIME);
        assert!(shown.is_outdated());
        assert_eq!(shown.take_outdated().len(), 1);
        assert_eq!(shown.names(3).len(), 0);
    }
}
