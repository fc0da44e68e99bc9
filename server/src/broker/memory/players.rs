//! Ids and display names of the players of all seasons. Players are never dropped.

use std::cmp::Ordering;
use std::sync::Arc;

use leaderport::{PlayerId, PlayerName};

use super::interner::Interner;

/// Players by number, shared by all seasons.
#[derive(Debug, Default)]
pub(super) struct Players {
    ids: Interner,
    names: Vec<Option<Arc<str>>>,
}

impl Players {
    pub(super) fn find(&self, id: &PlayerId) -> Option<u32> {
        self.ids.find(id.as_str().as_bytes())
    }

    /// The player's number; a new player gets the next one. Stores the name only if the player has
    /// none.
    pub(super) fn intern(&mut self, id: &PlayerId, name: Option<&PlayerName>) -> u32 {
        let number = self.ids.intern(id.as_str().as_bytes());
        let slot = number as usize;
        if slot >= self.names.len() {
            self.names.resize(slot + 1, None);
        }
        if let (Some(name), None) = (name, &self.names[slot]) {
            self.names[slot] = Some(name.as_str().into());
        }
        number
    }

    /// Sets a player's name. Returns the number of a known player whose name changed.
    pub(super) fn rename(&mut self, id: &PlayerId, name: &PlayerName) -> Option<u32> {
        let Some(number) = self.find(id) else {
            self.intern(id, Some(name));
            return None;
        };
        let held = &mut self.names[number as usize];
        if held.as_deref() == Some(name.as_str()) {
            return None;
        }
        *held = Some(name.as_str().into());
        Some(number)
    }

    pub(super) fn id(&self, number: u32) -> PlayerId {
        let text = std::str::from_utf8(self.ids.text(number));
        PlayerId::stored(text.expect("interned ids are text")).expect("interned ids are valid")
    }

    pub(super) fn name(&self, number: u32, id: &PlayerId) -> PlayerName {
        match &self.names[number as usize] {
            Some(name) => PlayerName::stored(name).expect("stored names are valid"),
            None => id.into(),
        }
    }

    /// Compares two players' ids by their bytes.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.ids.text(a).cmp(self.ids.text(b))
    }
}
